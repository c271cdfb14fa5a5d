//! One process to a data directory.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::error::{OpenError, io_error};

/// The file that is locked, in the data directory. It holds the process id of whoever has the
/// lock; the lock itself is the operating system's, and ends with the process however that ends.
const FILE_NAME: &str = "lock";

/// The right to use a data directory, until it is dropped.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

impl DirLock {
    pub(crate) fn acquire(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join(FILE_NAME);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse {
                    dir: dir.to_owned(),
                    pid: read_pid(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error).into()),
        }
        write_pid(&mut file).map_err(io_error("write", &path))?;
        Ok(Self { _file: file })
    }
}

/// Who has the lock, if that can be told: the other process may be about to write it.
fn read_pid(file: &mut File) -> Option<u32> {
    /// More digits than any process id has.
    const LEN_MAX: u64 = 16;
    let mut text = String::new();
    file.take(LEN_MAX).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}
