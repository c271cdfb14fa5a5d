//! What the disk under a folder does, and what is on it.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Serialize;

/// As many bytes as a request of the corpus has.
const WRITE_BYTES: usize = 200 << 10;

/// How often the disk is asked to keep them.
const WRITES: usize = 400;

/// How long the disk takes to keep what a request brings, for comparison with
/// acknowledgements, in milliseconds.
#[derive(Serialize)]
pub(super) struct SyncTimes {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

/// Writes and syncs the way a log does: one write after the other into a file that has its size.
pub(super) fn sync_times(folder: &Path) -> Result<SyncTimes> {
    let mut file = tempfile::tempfile_in(folder).context("the disk takes no file")?;
    let bytes = vec![7; WRITE_BYTES];
    for _ in 0..WRITES {
        file.write_all(&bytes)?;
    }
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let mut times = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        times.push(sync_time(&mut file, &bytes)?);
    }
    times.sort_unstable();
    let at = |rank: usize| times[rank].as_secs_f64() * 1000.0;
    Ok(SyncTimes {
        p50: at(WRITES / 2),
        p99: at(WRITES * 99 / 100),
        max: at(WRITES - 1),
    })
}

fn sync_time(file: &mut File, bytes: &[u8]) -> Result<Duration> {
    file.write_all(bytes)?;
    let start = Instant::now();
    file.sync_data()?;
    Ok(start.elapsed())
}

/// How much is in a folder.
#[derive(Serialize, Default, Clone, Copy)]
pub(super) struct Size {
    /// What the file system has set aside, files of zeros for later use included.
    allocated: u64,
    /// What the files say that they hold.
    length: u64,
    files: u64,
}

impl Size {
    pub(super) fn of(folder: &Path) -> Result<Self> {
        let mut size = Self::default();
        size.add(folder)?;
        Ok(size)
    }

    #[expect(clippy::cast_precision_loss, reason = "no disk here has 2^53 bytes")]
    pub(super) fn allocated_bytes(&self) -> f64 {
        self.allocated as f64
    }

    fn add(&mut self, folder: &Path) -> Result<()> {
        /// The unit of `st_blocks`, whatever the file system's own blocks are.
        const BLOCK_BYTES: u64 = 512;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                self.add(&entry.path())?;
                continue;
            }
            self.allocated += metadata.blocks() * BLOCK_BYTES;
            self.length += metadata.len();
            self.files += 1;
        }
        Ok(())
    }
}
