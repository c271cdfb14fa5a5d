//! A filesystem in memory, for a store that ends with its process.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{Disk, DiskFile, DiskReader};

/// Files that are there for as long as somebody has them open or they have a name.
#[derive(Debug, Default)]
pub(crate) struct MemoryDisk {
    files: Mutex<BTreeMap<PathBuf, MemoryFile>>,
}

#[derive(Debug, Clone)]
struct MemoryFile(Arc<RwLock<Vec<u8>>>);

impl MemoryDisk {
    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, MemoryFile>> {
        // Nothing panics while it holds the lock.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, file: &Path) -> io::Result<MemoryFile> {
        let files = self.files();
        files
            .get(file)
            .cloned()
            .ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Disk for MemoryDisk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let files = self.files();
        let in_dir = files.keys().filter(|path| path.parent() == Some(dir));
        let names = in_dir.filter_map(|path| path.file_name());
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    fn read(&self, file: &Path, len_max: u64) -> io::Result<Vec<u8>> {
        let file = self.file(file)?;
        let bytes = file.0.read().unwrap_or_else(PoisonError::into_inner);
        let len = usize::try_from(len_max).unwrap_or(usize::MAX);
        Ok(bytes[..len.min(bytes.len())].to_vec())
    }

    fn len(&self, file: &Path) -> io::Result<u64> {
        let file = self.file(file)?;
        let bytes = file.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(bytes.len() as u64)
    }

    fn create(&self, file: &Path, len: u64) -> io::Result<Box<dyn DiskFile>> {
        let len = usize::try_from(len).map_err(|_| ErrorKind::OutOfMemory)?;
        let made = MemoryFile(Arc::new(RwLock::new(vec![0; len])));
        self.files().insert(file.to_owned(), made.clone());
        Ok(Box::new(made))
    }

    fn reader(&self, file: &Path) -> io::Result<Box<dyn DiskReader>> {
        Ok(Box::new(self.file(file)?))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(self.file(file)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.files();
        let file = files.remove(from).ok_or(ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let removed = self.files().remove(file);
        removed.map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl DiskReader for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
        let found = rest.and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut file = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let at = usize::try_from(offset).map_err(|_| ErrorKind::InvalidInput)?;
        let end = at.checked_add(bytes.len()).ok_or(ErrorKind::InvalidInput)?;
        if file.len() < end {
            file.resize(end, 0);
        }
        file[at..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
