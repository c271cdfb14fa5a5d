//! Why a store cannot be opened.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the data directory {} is in use by {}", dir.display(), Owner(*pid))]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The other process, if it said who it is.
        pid: Option<u32>,
    },
    /// There is nothing of a store in the directory.
    #[error("there are no traces in {}", dir.display())]
    NoStore {
        /// The directory.
        dir: PathBuf,
    },
    /// A file is of a version that this program does not know.
    #[error(
        "{} has format version {found}; this program knows up to {newest}: open it with the \
         version of Clew that wrote it, or a later one",
        file.display()
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that can be read.
        newest: u32,
    },
    /// A file cannot be read, or does not hold what was written to it.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// What can go wrong with the files of a store.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A file does not hold what was written to it.
    #[error("{} is damaged at byte {offset}: {what}", file.display())]
    Corrupt {
        /// The damaged file.
        file: PathBuf,
        /// Where in the file the damage was noticed, in bytes.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// The operating system refused an operation on a file.
    #[error("cannot {action} {}", file.display())]
    Io {
        /// What was tried, such as `open`.
        action: &'static str,
        /// On which file.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl DiskError {
    /// Whether the file is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// Whether what was written is not there any more, and will not be.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Corrupt { .. }) || self.is_missing() || self.is_unreadable()
    }

    /// Whether the disk cannot give back what was written to it.
    fn is_unreadable(&self) -> bool {
        let unreadable = Errno::IO.raw_os_error();
        matches!(self, Self::Io { source, .. } if source.raw_os_error() == Some(unreadable))
    }

    /// Whether there is no room on the disk.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        matches!(self, Self::Io { source, .. } if [StorageFull, QuotaExceeded].contains(&source.kind()))
    }

    /// Which file it is about.
    pub(crate) fn file(&self) -> &Path {
        match self {
            Self::Corrupt { file, .. } | Self::Io { file, .. } => file,
        }
    }
}

/// Says who has a directory open.
struct Owner(Option<u32>);

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "process {pid}"),
            None => f.write_str("another process"),
        }
    }
}

/// Names the file and what was tried with it.
pub(crate) fn io_error(action: &'static str, file: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let file = file.to_owned();
    move |source| DiskError::Io {
        action,
        file,
        source,
    }
}

/// Names the place of the damage.
pub(crate) fn corrupt(file: &Path, offset: u64, what: impl Into<String>) -> DiskError {
    DiskError::Corrupt {
        file: file.to_owned(),
        offset,
        what: what.into(),
    }
}

/// The error with what the operating system said.
pub(crate) fn describe(error: &DiskError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
