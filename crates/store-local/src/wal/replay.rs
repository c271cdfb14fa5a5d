//! Reading the log.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::Disk;
use crate::error::{DiskError, OpenError, corrupt, io_error};

use super::format::{self, End, FileHeader, GroupHeader, Record, State};
use super::state::StateFile;
use super::writer::{CurrentFile, EarlierFile, Sealed, Wal};
use super::{Lsn, NAME_UNFINISHED, STATE_NAME, STATE_NAME_UNFINISHED};
use super::{file_number, file_path, header_problem};

/// The files of a log, whose headers fit together.
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    state: StateFile,
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
    pub(crate) fn records(&self) -> impl Iterator<Item = Result<(u64, Record<'a>), DiskError>> {
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
        for unfinished in [NAME_UNFINISHED, STATE_NAME_UNFINISHED] {
            if names.iter().any(|name| name == unfinished) {
                let unfinished = dir.join(unfinished);
                let removed = disk.remove(&unfinished);
                removed.map_err(io_error("remove", &unfinished))?;
            }
        }
        let recorded = StateFile::read(&*disk, dir)?;
        let first = recorded.map_or(1, |state| state.first_file);
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
        numbers.sort_unstable();
        let released = numbers.partition_point(|&number| number < first);
        remove_released(&*disk, dir, numbers.drain(..released))?;
        let mut files = Vec::new();
        for (number, expected) in numbers.into_iter().zip(first..) {
            if number != expected {
                return Err(missing(&file_path(dir, expected)).into());
            }
            files.push(LogFile::open(&*disk, file_path(dir, number), number)?);
        }
        let version_1 = files.iter().take_while(|file| file.is_of_version_1());
        let otherwise = State {
            first_file: 1,
            first_sequence: 1,
            last_file: version_1.count() as u64,
            end: None,
        };
        let log = Self {
            state: StateFile::new(Arc::clone(&disk), dir, recorded, otherwise),
            disk,
            dir: dir.to_owned(),
            files,
        };
        log.check_last_file()?;
        Ok(log)
    }

    /// The last file is the one that the state names, or one that was made after it and not used.
    fn check_last_file(&self) -> Result<(), DiskError> {
        let state = self.state.get();
        let last = state.first_file + self.files.len() as u64 - 1;
        if last < state.last_file {
            return Err(missing(&file_path(&self.dir, last + 1)));
        }
        if last > state.last_file + 1 {
            return Err(self.contradiction(&format!("there is a file {last}")));
        }
        Ok(())
    }

    /// The state is not that of these files.
    fn contradiction(&self, found: &str) -> DiskError {
        let path = self.dir.join(STATE_NAME);
        if !self.state.is_recorded() {
            return missing(&path);
        }
        let State { last_file, end, .. } = self.state.get();
        let end = end.map_or(String::new(), |end| {
            let End {
                offset,
                next_sequence,
                ..
            } = end;
            format!(" at byte {offset}, before group {next_sequence}")
        });
        let what = format!("it says that the log ends in file {last_file}{end}, but {found}");
        corrupt(&path, 0, what)
    }

    /// The place of the first group that there is, or will be.
    pub(crate) fn first(&self) -> Lsn {
        Lsn(self.state.get().first_sequence)
    }

    /// How many bytes there are to read, at the most.
    pub(crate) fn len(&self) -> u64 {
        let last = self.files.last().map_or(0, |file| file.len);
        let ends = self.files.iter().skip(1);
        ends.map(|file| file.header.previous_end).sum::<u64>() + last
    }

    /// Reads every group, in the order in which they were written.
    ///
    /// A group at the very end that is not whole is left out, and its bytes stay where they are
    /// (W2), if the log was not closed after it. Any other that is not whole is an error.
    pub(crate) fn replay(
        self,
        file_len: u64,
        mut visit: impl FnMut(ReplayedGroup<'_>) -> Result<(), DiskError>,
    ) -> Result<Replayed, OpenError> {
        let ReadLog {
            earlier,
            last,
            sequence,
        } = self.read(&mut visit)?;
        let Some((file, read)) = self.files.last().zip(last) else {
            let before = self.state.get().first_file - 1;
            let mut wal = Wal::new(self.disk, &self.dir, file_len, self.state);
            wal.begin_after(before, sequence);
            return Ok(Replayed { wal, torn: None });
        };
        let current = self.reopen(file, &read)?;
        let before = file.sealed_before();
        let closed = self.state.get().end;
        let mut wal = Wal::new(self.disk, &self.dir, file_len, self.state);
        wal.resume(earlier, before, current, sequence);
        let is_torn = closed.is_none() && read.has_rest;
        if is_torn || file.is_of_version_1() {
            wal.seal_and_keep();
        } else if read.has_rest || closed.is_some_and(|end| end.is_sealed) {
            wal.seal();
        }
        let torn = is_torn.then(|| (file.path.clone(), read.end));
        Ok(Replayed { wal, torn })
    }

    /// Whether it has all groups from the first one on.
    pub(crate) fn has_first_group(&self) -> bool {
        self.first() == Lsn(1) && !self.files.is_empty()
    }

    /// The same as [`replay`](Self::replay), but writes nothing.
    pub(crate) fn check(
        &self,
        mut visit: impl FnMut(ReplayedGroup<'_>) -> Result<(), DiskError>,
    ) -> Result<CheckedLog, DiskError> {
        let read = self.read(&mut visit)?;
        let next = Lsn(read.sequence);
        let closed = self.state.get().end;
        let torn = read.last.filter(|read| closed.is_none() && read.has_rest);
        let last = self.files.last().zip(torn);
        Ok(CheckedLog {
            torn: last.map(|(file, read)| (file.path.clone(), read.end)),
            next,
        })
    }

    fn read(
        &self,
        visit: &mut impl FnMut(ReplayedGroup<'_>) -> Result<(), DiskError>,
    ) -> Result<ReadLog, DiskError> {
        let mut log = ReadLog {
            earlier: VecDeque::new(),
            last: None,
            sequence: self.state.get().first_sequence,
        };
        for (position, file) in self.files.iter().enumerate() {
            let end = self.acknowledged_end(position)?;
            let read = self.replay_file(file, end, &mut log.sequence, visit)?;
            if position + 1 < self.files.len() {
                log.earlier.push_back(EarlierFile {
                    number: file.header.number,
                    next_sequence: log.sequence,
                });
            }
            log.last = Some(read);
        }
        if let Some((file, read)) = self.files.last().zip(log.last.as_ref()) {
            self.check_end(file, read, log.sequence)?;
        }
        Ok(log)
    }

    /// Where the last acknowledged group of a file ends, if that is written down: in the file after
    /// it, or in the state of a log that was closed.
    fn acknowledged_end(&self, position: usize) -> Result<Option<u64>, DiskError> {
        let state = self.state.get();
        let number = self.files[position].header.number;
        let in_state = match state.end {
            // Made and not used: that is written down before the first group is written.
            _ if number > state.last_file => Some(FileHeader::LEN as u64),
            Some(end) if number == state.last_file => Some(end.offset),
            _ => None,
        };
        let next = self.files.get(position + 1);
        let in_next = next.map(|next| next.header.previous_end);
        match (in_state, in_next) {
            (Some(in_state), Some(in_next)) if in_state != in_next => Err(self.contradiction(
                &format!("by the file after it, file {number} ends at byte {in_next}"),
            )),
            _ => Ok(in_state.or(in_next)),
        }
    }

    /// The log ends where its state says, and what follows in the last file is no group.
    fn check_end(&self, file: &LogFile, read: &FileRead, sequence: u64) -> Result<(), DiskError> {
        let state = self.state.get();
        if file.header.number > state.last_file && read.has_rest {
            let found = format!("file {} has been written to", file.header.number);
            return Err(self.contradiction(&found));
        }
        let Some(end) = state.end else {
            return Ok(());
        };
        if end.next_sequence != sequence {
            return Err(self.contradiction(&format!("it ends before group {sequence}")));
        }
        if read.has_rest && !end.is_sealed {
            let what = "the log was closed with its end here, but more follows";
            return Err(corrupt(&file.path, read.end, what));
        }
        Ok(())
    }

    /// Reads the groups of one file: up to `acknowledged_end`, or as many as there are.
    fn replay_file(
        &self,
        file: &LogFile,
        acknowledged_end: Option<u64>,
        sequence: &mut u64,
        visit: &mut impl FnMut(ReplayedGroup<'_>) -> Result<(), DiskError>,
    ) -> Result<FileRead, DiskError> {
        let LogFile { path, header, .. } = file;
        if header.first_sequence != *sequence {
            let what = format!(
                "it begins with group {} in place of {sequence}",
                header.first_sequence
            );
            return Err(corrupt(path, 0, what));
        }
        let data = self.disk.read(path, u64::MAX);
        let data = data.map_err(io_error("read", path))?;
        let groups_end = acknowledged_end.map_or(data.len(), |end| {
            usize::try_from(end).map_or(data.len(), |end| end.min(data.len()))
        });
        let mut at = FileHeader::LEN;
        let mut last_group = at..at;
        while let Some(group) = data
            .get(at..groups_end)
            .and_then(|bytes| format::decode_group(bytes, *sequence, header.nonce))
        {
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
        let read = FileRead {
            end: at as u64,
            has_rest: data[at..].iter().any(|&byte| byte != 0),
            last_group: data[last_group].to_vec(),
        };
        match acknowledged_end {
            Some(end) => check_acknowledged(path, read.end, end)?,
            None => check_torn(path, &data, at, *sequence, header.nonce)?,
        }
        Ok(read)
    }

    /// Opens the last file to go on in it.
    ///
    /// Its last group is made safe first, since it counts from now on, and may have been read from
    /// the system's memory alone: its process may have ended before the sync. The group is written
    /// again for that, because a sync that failed leaves the system with pages that it takes for
    /// safe.
    fn reopen(&self, file: &LogFile, read: &FileRead) -> Result<CurrentFile, DiskError> {
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

/// The groups that were acknowledged are whole, up to the last of them.
fn check_acknowledged(path: &Path, read_end: u64, acknowledged_end: u64) -> Result<(), DiskError> {
    if read_end == acknowledged_end {
        return Ok(());
    }
    let what = format!(
        "the group that begins here is damaged or missing; the last one ends at byte \
         {acknowledged_end}"
    );
    Err(corrupt(path, read_end, what))
}

/// What begins here and is no whole group was the last thing that was written, if anything was.
fn check_torn(
    path: &Path,
    data: &[u8],
    at: usize,
    sequence: u64,
    nonce: u64,
) -> Result<(), DiskError> {
    let Some(later) = format::find_later_group(&data[at..], sequence, nonce) else {
        return Ok(());
    };
    let later = at + later;
    let what = format!("the group that begins here is damaged; one at byte {later} is not");
    Err(corrupt(path, at as u64, what))
}

/// Removes files that were released by a process that ended before it had removed them.
fn remove_released(
    disk: &dyn Disk,
    dir: &Path,
    numbers: impl ExactSizeIterator<Item = u64>,
) -> Result<(), DiskError> {
    if numbers.len() > 0 {
        // The process may have ended before the state that was read was safe.
        disk.sync_dir(dir).map_err(io_error("sync", dir))?;
    }
    for number in numbers {
        let path = file_path(dir, number);
        disk.remove(&path).map_err(io_error("remove", &path))?;
    }
    Ok(())
}

fn missing(path: &Path) -> DiskError {
    corrupt(path, 0, "the file is missing")
}

/// A log of which all that must be whole is.
pub(crate) struct CheckedLog {
    /// As in [`Replayed`].
    pub(crate) torn: Option<(PathBuf, u64)>,
    /// The place of the next group.
    pub(crate) next: Lsn,
}

/// What came of reading all files.
struct ReadLog {
    earlier: VecDeque<EarlierFile>,
    /// What came of reading the last one.
    last: Option<FileRead>,
    /// The sequence number of the next group.
    sequence: u64,
}

/// What came of reading a file.
struct FileRead {
    /// Where its last whole group ends.
    end: u64,
    /// Whether anything but zeros follows.
    has_rest: bool,
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
            Err(error) => return Err(header_problem(&path, &error)),
        };
        if let Some(made) = header.file_len
            && len < made
        {
            let what = format!("the file ends here; it was made with {made} bytes");
            return Err(corrupt(&path, len, what).into());
        }
        Ok(Self { path, header, len })
    }

    /// Such a file is read, and nothing is added to it.
    fn is_of_version_1(&self) -> bool {
        self.header.file_len.is_none()
    }

    /// The file before this one.
    fn sealed_before(&self) -> Sealed {
        Sealed {
            number: self.header.number - 1,
            end: self.header.previous_end,
        }
    }
}
