//! The log's state, in a file of its own that is replaced whole.
//!
//! It says what the files of groups cannot say of themselves: which of them there are, and where
//! they end once the log is closed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::Disk;
use crate::error::{DiskError, OpenError, io_error};

use super::format::State;
use super::{STATE_NAME, STATE_NAME_UNFINISHED, header_problem};

/// The state as it is known to be on the disk.
pub(super) struct StateFile {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    state: State,
    /// Whether the file is there and says so. It is not yet in a log that nothing was written to
    /// and in one of version 1, and perhaps not after an error.
    is_recorded: bool,
    /// Whether the file has been there at any time.
    was_recorded: bool,
}

impl StateFile {
    /// With the state that was read, if there was one.
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        dir: &Path,
        recorded: Option<State>,
        otherwise: State,
    ) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
            state: recorded.unwrap_or(otherwise),
            is_recorded: recorded.is_some(),
            was_recorded: recorded.is_some(),
        }
    }

    /// What the file of this directory says, if there is one.
    pub(super) fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<State>, OpenError> {
        let path = dir.join(STATE_NAME);
        match disk.read(&path, State::LEN as u64) {
            Ok(bytes) => State::decode(&bytes)
                .map(Some)
                .map_err(|error| header_problem(&path, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &path)(error).into()),
        }
    }

    pub(super) fn get(&self) -> State {
        self.state
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.is_recorded
    }

    /// Whether the file has been there at any time, be it not certain what it says now.
    pub(super) fn was_recorded(&self) -> bool {
        self.was_recorded
    }

    /// Makes this the state. When this returns `Ok`, it is safe; after an error the file says the
    /// one or the other, and so both must be true until the next call.
    pub(super) fn record(&mut self, state: State) -> Result<(), DiskError> {
        if self.is_recorded && self.state == state {
            return Ok(());
        }
        self.is_recorded = false;
        let unfinished = self.dir.join(STATE_NAME_UNFINISHED);
        let created = self.disk.create(&unfinished, State::LEN as u64);
        let mut file = created.map_err(io_error("make", &unfinished))?;
        let written = file.write_at(&state.encode(), 0);
        written.map_err(io_error("write", &unfinished))?;
        file.sync().map_err(io_error("sync", &unfinished))?;
        let renamed = self.disk.rename(&unfinished, &self.dir.join(STATE_NAME));
        renamed.map_err(io_error("rename", &unfinished))?;
        let synced = self.disk.sync_dir(&self.dir);
        synced.map_err(io_error("sync", &self.dir))?;
        self.state = state;
        self.is_recorded = true;
        self.was_recorded = true;
        Ok(())
    }
}
