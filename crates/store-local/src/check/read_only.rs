//! A filesystem that nothing is changed on.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::disk::{Disk, DiskFile, DiskReader};

/// Reads what another one has. What would only tidy it up does nothing; what would write fails.
pub(super) struct ReadOnly(Arc<dyn Disk>);

impl ReadOnly {
    pub(super) fn new(disk: Arc<dyn Disk>) -> Self {
        Self(disk)
    }
}

impl Disk for ReadOnly {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.0.list(dir)
    }

    fn read(&self, file: &Path, len_max: u64) -> io::Result<Vec<u8>> {
        self.0.read(file, len_max)
    }

    fn len(&self, file: &Path) -> io::Result<u64> {
        self.0.len(file)
    }

    fn create(&self, _: &Path, _: u64) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn reader(&self, file: &Path) -> io::Result<Box<dyn DiskReader>> {
        self.0.reader(file)
    }

    fn open(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
