//! Writing the log.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::error::{DiskError, io_error};

use super::format::{self, End, FileHeader, Record, State};
use super::state::StateFile;
use super::{Lsn, NAME_UNFINISHED, file_path};

/// How large the buffer for a group may stay; one request may need far more, once.
const BUFFER_LEN_MAX: usize = 16 << 20;

/// The log, open at its end.
pub(crate) struct Wal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// How long a file is made, if no single group needs more.
    file_len: u64,
    state: StateFile,
    /// The last file that nothing is added to any more.
    sealed: Sealed,
    /// The files before the current one that were not removed yet, oldest first.
    earlier: VecDeque<EarlierFile>,
    current: Option<CurrentFile>,
    next_sequence: u64,
    buffer: Vec<u8>,
}

/// A file that nothing is added to any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealed {
    /// Its number; zero if there is none.
    pub(super) number: u64,
    /// Where its last acknowledged group ends.
    pub(super) end: u64,
}

/// A file whose groups are all written.
#[derive(Debug, Clone, Copy)]
pub(super) struct EarlierFile {
    pub(super) number: u64,
    /// The sequence number of the first group after it.
    pub(super) next_sequence: u64,
}

/// The file that groups are added to, whose number follows that of the sealed one.
pub(super) struct CurrentFile {
    pub(super) file: Box<dyn DiskFile>,
    pub(super) nonce: u64,
    /// Where its last acknowledged group ends, and the next one begins.
    pub(super) end: u64,
    pub(super) len: u64,
}

impl Wal {
    /// The log of this directory, without files yet.
    pub(super) fn new(disk: Arc<dyn Disk>, dir: &Path, file_len: u64, state: StateFile) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
            file_len,
            state,
            sealed: Sealed { number: 0, end: 0 },
            earlier: VecDeque::new(),
            current: None,
            next_sequence: 1,
            buffer: Vec::new(),
        }
    }

    /// Begins with the file after this one and the group of this number: all before were released.
    pub(super) fn begin_after(&mut self, file: u64, next_sequence: u64) {
        self.sealed = Sealed {
            number: file,
            end: 0,
        };
        self.next_sequence = next_sequence;
    }

    /// Goes on after the last group of a file that was replayed.
    pub(super) fn resume(
        &mut self,
        earlier: VecDeque<EarlierFile>,
        sealed: Sealed,
        current: CurrentFile,
        next_sequence: u64,
    ) {
        self.earlier = earlier;
        self.sealed = sealed;
        self.current = Some(current);
        self.next_sequence = next_sequence;
    }

    /// The place of the group that is written next.
    pub(crate) fn next(&self) -> Lsn {
        Lsn(self.next_sequence)
    }

    /// Writes the records as one group. When this returns `Ok`, they are safe (W1), and in the log
    /// at this place, which is above that of every group before.
    ///
    /// # Errors
    /// One of writing the group seals the file: the write may have been torn, and after a failed
    /// sync nobody knows what is safe. The next group goes to a new file. After any error the same
    /// call may succeed later.
    pub(crate) fn append(&mut self, records: &[Record<'_>]) -> Result<Lsn, DiskError> {
        let mut current = self.file_for(format::group_len(records) as u64)?;
        let written = self.write_group(&mut current, records);
        self.current = Some(current);
        if written.is_err() {
            self.seal();
        }
        if self.buffer.capacity() > BUFFER_LEN_MAX {
            self.buffer = Vec::new();
        }
        written
    }

    /// Takes the current file if a group of this length fits, or a new one. That the file is in use
    /// is safe before anything is written to it.
    fn file_for(&mut self, group_len: u64) -> Result<CurrentFile, DiskError> {
        let current = match self.current.take() {
            Some(current) if group_len <= current.len - current.end => current,
            other => {
                self.current = other;
                self.seal();
                self.create_file(group_len)?
            }
        };
        if let Err(error) = self.record_use_of_current() {
            self.current = Some(current);
            return Err(error);
        }
        Ok(current)
    }

    /// Writes down that the file after the sealed one is in use.
    fn record_use_of_current(&mut self) -> Result<(), DiskError> {
        self.state.record(State {
            last_file: self.sealed.number + 1,
            end: None,
            ..self.state.get()
        })
    }

    fn write_group(
        &mut self,
        current: &mut CurrentFile,
        records: &[Record<'_>],
    ) -> Result<Lsn, DiskError> {
        let lsn = Lsn(self.next_sequence);
        format::encode_group(&mut self.buffer, records, self.next_sequence, current.nonce);
        let path = file_path(&self.dir, self.sealed.number + 1);
        let written = current.file.write_at(&self.buffer, current.end);
        written.map_err(io_error("write", &path))?;
        current.file.sync().map_err(io_error("sync", &path))?;
        current.end += self.buffer.len() as u64;
        self.next_sequence += 1;
        Ok(lsn)
    }

    /// Removes the files whose records are all below `up_to`, which nobody needs any more. Others
    /// stay whole, and the last file stays in any case. The log begins after them from now on: that
    /// is written down first, so that they are not missed.
    ///
    /// # Errors
    /// What was not removed then is removed by the next call, or when the log is opened.
    pub(crate) fn release(&mut self, up_to: Lsn) -> Result<(), DiskError> {
        let last_file = self.state.get().last_file;
        self.release_files(up_to, |file| file.number < last_file)
    }

    /// Removes all files: nobody needs any of the log any more. What is written next goes to a new
    /// file.
    ///
    /// # Errors
    /// As [`Wal::release`].
    pub(crate) fn release_all(&mut self) -> Result<(), DiskError> {
        if !self.state.was_recorded() {
            // Nothing was written, or the log is of version 1 and left as it is.
            return Ok(());
        }
        if self.current.is_some() {
            // Before a file follows it, also where the last try to say so has failed.
            self.record_use_of_current()?;
        } else if self.state.get().last_file > self.sealed.number {
            // One without groups, whose place the next was to take: it takes room as well.
            self.keep_as_sealed(FileHeader::LEN as u64);
        }
        self.seal_and_keep();
        self.release_files(self.next(), |_| true)
    }

    fn release_files(
        &mut self,
        up_to: Lsn,
        may_go: impl Fn(&EarlierFile) -> bool,
    ) -> Result<(), DiskError> {
        let state = self.state.get();
        let is_released = |file: &&EarlierFile| file.next_sequence <= up_to.0 && may_go(file);
        let released = self.earlier.iter().take_while(is_released).last();
        if let Some(last) = released
            && last.number >= state.first_file
        {
            self.state.record(State {
                first_file: last.number + 1,
                first_sequence: last.next_sequence,
                last_file: state.last_file.max(last.number),
                end: None,
            })?;
        }
        let first_file = self.state.get().first_file;
        while let Some(file) = self.earlier.front()
            && file.number < first_file
        {
            let path = file_path(&self.dir, file.number);
            match self.disk.remove(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(io_error("remove", &path)(error));
                }
                _ => self.earlier.pop_front(),
            };
        }
        Ok(())
    }

    /// Writes down where the log ends, so that whatever of it is missing later is known to be lost.
    ///
    /// # Errors
    /// The log is whole all the same, as after a process that was killed.
    pub(crate) fn close(mut self) -> Result<(), DiskError> {
        if !self.state.is_recorded() {
            // Nothing was written, or what was written last is not certain. A log of version 1 is
            // left as it is, since a program that knows no other might go on with it.
            return Ok(());
        }
        let state = self.state.get();
        if state.first_file > state.last_file {
            // All of it was released.
            return Ok(());
        }
        let (last_file, offset) = match &self.current {
            Some(current) => (self.sealed.number + 1, current.end),
            None if self.sealed.number == state.last_file => (self.sealed.number, self.sealed.end),
            // No group in it was ever acknowledged, and the next file was to take its place.
            None => (state.last_file, FileHeader::LEN as u64),
        };
        let end = End {
            offset,
            next_sequence: self.next_sequence,
            is_sealed: self.current.is_none(),
        };
        self.state.record(State {
            last_file,
            end: Some(end),
            ..state
        })
    }

    /// Adds nothing more to the current file. One without acknowledged groups is forgotten: the
    /// next file takes its number, and its place.
    pub(super) fn seal(&mut self) {
        let has_groups = |current: &CurrentFile| current.end > FileHeader::LEN as u64;
        if self.current.as_ref().is_some_and(has_groups) {
            self.seal_and_keep();
        } else {
            self.current = None;
        }
    }

    /// Adds nothing more to the current file and keeps it, with groups or without: what stands
    /// after its end may be all that is left of acknowledged ones.
    pub(super) fn seal_and_keep(&mut self) {
        if let Some(current) = self.current.take() {
            self.keep_as_sealed(current.end);
        }
    }

    /// The file after the sealed one is the sealed one from now on.
    fn keep_as_sealed(&mut self, end: u64) {
        self.sealed = Sealed {
            number: self.sealed.number + 1,
            end,
        };
        self.earlier.push_back(EarlierFile {
            number: self.sealed.number,
            next_sequence: self.next_sequence,
        });
    }

    /// Makes the file after the sealed one, with room for a group of this length. It gets its name
    /// when its header is safe, and is used when its name is.
    fn create_file(&self, group_len: u64) -> Result<CurrentFile, DiskError> {
        let unfinished = self.dir.join(NAME_UNFINISHED);
        let created = self.try_create_file(&unfinished, group_len);
        if created.is_err() {
            // Gives its room back. What fails here is made again by the next try.
            self.disk.remove(&unfinished).ok();
        }
        created
    }

    fn try_create_file(&self, unfinished: &Path, group_len: u64) -> Result<CurrentFile, DiskError> {
        let len = self.file_len.max(FileHeader::LEN as u64 + group_len);
        // From the operating system, so that no sender can guess it.
        let nonce = getrandom::u64();
        let header = FileHeader {
            number: self.sealed.number + 1,
            nonce: nonce.map_err(|error| io_error("draw a nonce for", unfinished)(error.into()))?,
            previous_end: self.sealed.end,
            first_sequence: self.next_sequence,
            file_len: Some(len),
        };
        let created = self.disk.create(unfinished, len);
        let mut file = created.map_err(io_error("make", unfinished))?;
        let written = file.write_at(&header.encode(), 0);
        written.map_err(io_error("write", unfinished))?;
        file.sync().map_err(io_error("sync", unfinished))?;
        let path = file_path(&self.dir, header.number);
        let renamed = self.disk.rename(unfinished, &path);
        renamed.map_err(io_error("rename", unfinished))?;
        let synced = self.disk.sync_dir(&self.dir);
        synced.map_err(io_error("sync", &self.dir))?;
        Ok(CurrentFile {
            file,
            nonce: header.nonce,
            end: FileHeader::LEN as u64,
            len,
        })
    }
}
