//! One process to a data directory.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::error::{OpenError, io_error};

/// The file that holds the process id of whoever has the lock, in the data directory.
const FILE_NAME: &str = "lock";

/// The right to use a data directory, until it is dropped.
///
/// Two things are locked, by the operating system and for no longer than the process runs. The
/// directory itself is what counts: its lock holds whatever becomes of the files in it, and
/// whatever name it gets. The file is locked as well because it is all that the first versions of
/// Clew locked, and one of them may still be running.
#[derive(Debug)]
pub(crate) struct DirLock {
    _dir: File,
    _file: File,
}

impl DirLock {
    pub(crate) fn acquire(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join(FILE_NAME);
        let opened = File::open(dir).map_err(io_error("open", dir))?;
        if !try_lock(&opened).map_err(io_error("lock", dir))? {
            return Err(in_use(dir, &path));
        }
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(io_error("open", &path))?;
        if !try_lock(&file).map_err(io_error("lock", &path))? {
            return Err(in_use(dir, &path));
        }
        write_pid(&mut file).map_err(io_error("write", &path))?;
        Ok(Self {
            _dir: opened,
            _file: file,
        })
    }
}

/// Whether this process has the lock now, and no other one has it.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn in_use(dir: &Path, file: &Path) -> OpenError {
    OpenError::InUse {
        dir: dir.to_owned(),
        pid: read_pid(file),
    }
}

/// Who has the lock, if that can be told: the other process may be about to write it, and the file
/// may be removed.
fn read_pid(file: &Path) -> Option<u32> {
    /// More digits than any process id has.
    const LEN_MAX: u64 = 16;
    let mut text = String::new();
    let file = File::open(file).ok()?;
    file.take(LEN_MAX).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}
