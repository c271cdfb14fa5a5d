//! Reading the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clew_store::StoreError;

use crate::disk::Disk;
use crate::error::{OpenError, corrupt, io_error};

use super::format::{self, FileHeader, GroupHeader, HeaderError, Record};
use super::writer::{CurrentFile, Sealed, Wal};
use super::{Lsn, NAME_UNFINISHED, file_number, file_path};

/// The files of a log, whose headers fit together.
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    files: Vec<LogFile>,
}

struct LogFile {
    path: PathBuf,
    header: FileHeader,
    len: u64,
}

/// A group that was read.
pub(crate) struct ReplayedGroup<'a> {
    /// Where in the log all of its records are.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "segments will begin where others end")
    )]
    pub(crate) lsn: Lsn,
    /// The file that it stands in.
    pub(crate) file: &'a Path,
    /// Where in the file its records begin.
    offset: u64,
    body: &'a [u8],
    /// How much of the file it takes up, in bytes.
    pub(crate) len: u64,
}

impl<'a> ReplayedGroup<'a> {
    /// Its records, each with its place in the file.
    pub(crate) fn records(&self) -> impl Iterator<Item = Result<(u64, Record<'a>), StoreError>> {
        let (file, offset) = (self.file, self.offset);
        format::records(self.body).map(move |record| match record {
            Ok((at, record)) => Ok((offset + at as u64, record)),
            Err(error) => Err(corrupt(file, offset + error.offset as u64, error.what)),
        })
    }
}

/// A log that was read to its end.
pub(crate) struct Replayed {
    /// Open for more.
    pub(crate) wal: Wal,
    /// The file, and the place in it, where a group was left out that is not whole: the last one.
    /// It was being written when its process ended, or was damaged later.
    pub(crate) torn: Option<(PathBuf, u64)>,
}

impl Log {
    /// Finds the files of a directory and reads their headers.
    pub(crate) fn find(disk: Arc<dyn Disk>, dir: &Path) -> Result<Self, OpenError> {
        let names = disk.list(dir).map_err(io_error("list", dir))?;
        if names.iter().any(|name| name == NAME_UNFINISHED) {
            let unfinished = dir.join(NAME_UNFINISHED);
            let removed = disk.remove(&unfinished);
            removed.map_err(io_error("remove", &unfinished))?;
        }
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
        numbers.sort_unstable();
        let mut files = Vec::new();
        for (number, expected) in numbers.into_iter().zip(1..) {
            if number != expected {
                let missing = file_path(dir, expected);
                return Err(corrupt(&missing, 0, "the file is missing").into());
            }
            files.push(LogFile::open(&*disk, file_path(dir, number), number)?);
        }
        Ok(Self {
            disk,
            dir: dir.to_owned(),
            files,
        })
    }

    /// How many bytes there are to read, at the most.
    pub(crate) fn len(&self) -> u64 {
        let last = self.files.last().map_or(0, |file| file.len);
        let others = self.files.iter().map(|file| file.header.previous_end);
        others.sum::<u64>() + last
    }

    /// Reads every group, in the order in which they were written.
    ///
    /// A group at the very end that is not whole is left out, and its bytes stay where they are
    /// (W2). Any other that is not whole is an error.
    pub(crate) fn replay(
        self,
        file_len: u64,
        mut visit: impl FnMut(ReplayedGroup<'_>) -> Result<(), StoreError>,
    ) -> Result<Replayed, OpenError> {
        let mut wal = Wal::new(Arc::clone(&self.disk), &self.dir, file_len);
        let mut torn = None;
        let mut sequence = 1;
        for (position, file) in self.files.iter().enumerate() {
            let next = self.files.get(position + 1);
            let acknowledged_end = next.map(|next| next.header.previous_end);
            let read = self.replay_file(file, acknowledged_end, &mut sequence, &mut visit)?;
            if next.is_none() {
                wal.resume(file.sealed_before(), self.reopen(file, &read)?, sequence);
                if read.is_torn {
                    torn = Some((file.path.clone(), read.end));
                    wal.seal_and_keep();
                }
            }
        }
        Ok(Replayed { wal, torn })
    }

    /// Reads the groups of one file: up to `acknowledged_end`, or as many as there are.
    fn replay_file(
        &self,
        file: &LogFile,
        acknowledged_end: Option<u64>,
        sequence: &mut u64,
        visit: &mut impl FnMut(ReplayedGroup<'_>) -> Result<(), StoreError>,
    ) -> Result<FileRead, StoreError> {
        let LogFile { path, header, .. } = file;
        if header.first_sequence != *sequence {
            let what = format!(
                "it begins with group {} in place of {sequence}",
                header.first_sequence
            );
            return Err(corrupt(path, 0, what));
        }
        let len_max = acknowledged_end.unwrap_or(u64::MAX);
        let data = self
            .disk
            .read(path, len_max)
            .map_err(io_error("read", path))?;
        let mut at = FileHeader::LEN;
        let mut last_group = at..at;
        while let Some(group) = format::decode_group(&data[at..], *sequence, header.nonce) {
            visit(ReplayedGroup {
                lsn: Lsn(*sequence),
                file: path,
                offset: (at + GroupHeader::LEN) as u64,
                body: group.body,
                len: group.len as u64,
            })?;
            last_group = at..at + group.len;
            at = last_group.end;
            *sequence += 1;
        }
        let end = at as u64;
        let rest = &data[at..];
        if acknowledged_end.is_some_and(|acknowledged| acknowledged != end) {
            return Err(corrupt(path, end, "the group that begins here is damaged"));
        }
        if let Some(later) = format::find_later_group(rest, *sequence, header.nonce) {
            let later = end + later as u64;
            let what = format!("the group that begins here is damaged; one at byte {later} is not");
            return Err(corrupt(path, end, what));
        }
        Ok(FileRead {
            end,
            is_torn: rest.iter().any(|&byte| byte != 0),
            last_group: data[last_group].to_vec(),
        })
    }

    /// Opens the last file to go on in it.
    ///
    /// Its last group is made safe first, since it counts from now on, and may have been read from
    /// the system's memory alone: its process may have ended before the sync. The group is written
    /// again for that, because a sync that failed leaves the system with pages that it takes for
    /// safe.
    fn reopen(&self, file: &LogFile, read: &FileRead) -> Result<CurrentFile, StoreError> {
        let path = &file.path;
        let mut opened = self.disk.open(path).map_err(io_error("open", path))?;
        let written = opened.write_at(&read.last_group, read.end - read.last_group.len() as u64);
        written.map_err(io_error("write", path))?;
        opened.sync().map_err(io_error("sync", path))?;
        let synced = self.disk.sync_dir(&self.dir);
        synced.map_err(io_error("sync", &self.dir))?;
        Ok(CurrentFile {
            file: opened,
            nonce: file.header.nonce,
            end: read.end,
            len: file.len,
        })
    }
}

/// What came of reading a file.
struct FileRead {
    /// Where its last whole group ends.
    end: u64,
    /// Whether anything stands after that.
    is_torn: bool,
    /// The bytes of its last whole group, if it has one.
    last_group: Vec<u8>,
}

impl LogFile {
    fn open(disk: &dyn Disk, path: PathBuf, number: u64) -> Result<Self, OpenError> {
        let len = disk.len(&path).map_err(io_error("read", &path))?;
        let start = disk.read(&path, FileHeader::LEN as u64);
        let start = start.map_err(io_error("read", &path))?;
        let header = match FileHeader::decode(&start) {
            Ok(header) if header.number == number => header,
            Ok(header) => {
                let what = format!("the header is that of file {}", header.number);
                return Err(corrupt(&path, 0, what).into());
            }
            Err(HeaderError::Damaged(what)) => return Err(corrupt(&path, 0, what).into()),
            Err(HeaderError::Version(found)) => {
                return Err(OpenError::Version {
                    file: path,
                    found,
                    newest: format::VERSION,
                });
            }
        };
        Ok(Self { path, header, len })
    }

    /// The file before this one.
    fn sealed_before(&self) -> Sealed {
        Sealed {
            number: self.header.number - 1,
            end: self.header.previous_end,
        }
    }
}
