//! The write-ahead log; `docs/formats/wal.md` describes its files byte by byte, and why they are
//! as they are.

mod format;
mod replay;
mod salvage;
mod state;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use format::{Record, Signal};
pub(crate) use replay::{Log, ReplayedGroup};
pub(crate) use salvage::{Salvaged, SalvagedRecord, files, salvage_file};
pub(crate) use writer::Wal;

use std::path::{Path, PathBuf};

/// Where in the log a group of records is: its sequence number, 1 for the first group, and then one
/// more for each. All records of a group are of one [`Lsn`], since they become safe together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lsn(pub(crate) u64);

use crate::error::{OpenError, corrupt};
use format::HeaderError;

/// How a file's name begins, before its number of 16 digits.
const NAME_START: &str = "wal-";

/// How a file's name ends.
const NAME_END: &str = ".log";

/// A file that is being made; it gets its name when it is whole.
const NAME_UNFINISHED: &str = "wal-unfinished.tmp";

/// The file of the log's state.
const STATE_NAME: &str = "wal-state";

/// A state that is being written; it gets its name when it is safe.
const STATE_NAME_UNFINISHED: &str = "wal-state.tmp";

fn file_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{NAME_START}{number:016}{NAME_END}"))
}

/// The number of the file, if that is what the name is.
fn file_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(NAME_START)?.strip_suffix(NAME_END)?;
    let is_number = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| digits.parse().ok())?
        .filter(|&number| number > 0)
}

/// Names the file whose header cannot be read.
fn header_problem(file: &Path, error: &HeaderError) -> OpenError {
    match *error {
        HeaderError::Damaged(what) => corrupt(file, 0, what).into(),
        HeaderError::Version(found) => OpenError::Version {
            file: file.to_owned(),
            found,
            newest: format::VERSION,
        },
    }
}
