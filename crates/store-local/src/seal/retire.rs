//! Retiring: the oldest segments go, so that the disk does not fill up.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Sealer;
use crate::batch::SignalBatch;
use crate::clock::nanos;
use crate::contents::Contents;
use crate::error::{DiskError, io_error};
use crate::manifest::SegmentEntry;
use crate::wal::Signal;

/// What is kept, at the most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// For how long, counted from the arrival of a span; for ever if not told.
    pub(crate) retention: Option<Duration>,
    /// How many bytes the log and the segments may take; no bound if not told.
    pub(crate) disk: Option<u64>,
}

/// How often it is looked what is too old, and what takes too much room, if nothing is sealed
/// meanwhile.
const RETIRE_EVERY: Duration = Duration::from_mins(1);

/// The same if the room is bounded: what one signal takes may leave too little for the other.
const RETIRE_EVERY_IF_BOUNDED: Duration = Duration::from_secs(1);

/// What the segments of each signal take of the room that they share.
#[derive(Debug, Default)]
pub(crate) struct Usage(Mutex<[SignalUsage; 2]>);

#[derive(Debug, Clone, Copy, Default)]
struct SignalUsage {
    /// How many bytes.
    bytes: u64,
    /// When the last row arrived of the segment that would be dropped first; `None` without segments.
    oldest: Option<u64>,
}

impl Usage {
    fn set(&self, signal: Signal, usage: SignalUsage) {
        self.lock()[place_of(signal)] = usage;
    }

    /// What the segments of the other signal take.
    fn of_other(&self, signal: Signal) -> SignalUsage {
        self.lock()[1 - place_of(signal)]
    }

    fn lock(&self) -> MutexGuard<'_, [SignalUsage; 2]> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place_of(signal: Signal) -> usize {
    match signal {
        Signal::Traces => 0,
        Signal::Logs => 1,
    }
}

impl Sealer {
    /// How long to wait before it is looked again what is to go.
    pub(super) fn retires_every(&self) -> Duration {
        match self.bounds.disk {
            Some(_) => RETIRE_EVERY_IF_BOUNDED,
            None => RETIRE_EVERY,
        }
    }

    /// Says what its segments take.
    pub(super) fn tell_usage(&self) {
        let segments = &self.manifest.segments;
        self.usage.set(
            self.signal,
            SignalUsage {
                bytes: segments.iter().map(|entry| entry.len).sum(),
                oldest: segments.first().map(|entry| entry.arrived.1),
            },
        );
    }

    /// Drops the segments that are older than what is kept, and the oldest as far as all take too
    /// much room. Whoever looks at them just now goes on with them.
    ///
    /// # Errors
    /// What was not dropped then is dropped by a later call.
    pub(crate) fn retire<B: SignalBatch>(
        &mut self,
        contents: &Contents<B>,
    ) -> Result<(), DiskError> {
        let dropped = self.segments_to_drop()?;
        if dropped.is_empty() {
            return Ok(());
        }
        let rows: u64 = dropped.iter().map(|entry| u64::from(entry.rows)).sum();
        let is_dropped = |number| dropped.iter().any(|entry| entry.number == number);
        let mut manifest = self.manifest.clone();
        manifest.segments.retain(|entry| !is_dropped(entry.number));
        manifest.dropped_spans += rows;
        self.manifest_file.write(&manifest)?;
        self.manifest = manifest;
        self.tell_usage();
        contents.retire(is_dropped);
        tracing::info!(
            "{rows} {} were dropped that arrived first, {} segments: {}",
            B::ROWS,
            dropped.len(),
            self.bounds
        );
        self.remove(dropped.iter().map(|entry| entry.number).collect());
        Ok(())
    }

    /// From the one that arrived first on; the order of the manifest is that of arrival.
    fn segments_to_drop(&self) -> Result<Vec<SegmentEntry>, DiskError> {
        let log_bytes = self.log_bytes_if_bounded()?;
        // One look, so that what the other drops meanwhile counts once.
        let other = self.usage.of_other(self.signal);
        let too_much = self.bytes_too_much(log_bytes, other);
        let now = nanos(self.clock.now());
        let retention = self.bounds.retention.map(|retention| {
            let nanos = u64::try_from(retention.as_nanos()).unwrap_or(u64::MAX);
            now.saturating_sub(nanos)
        });
        let mut dropped = Vec::new();
        let mut freed = 0;
        for entry in &self.manifest.segments {
            let is_old = retention.is_some_and(|kept_from| entry.arrived.1 < kept_from);
            // What arrived first goes first, whatever its signal.
            let is_first = other.oldest.is_none_or(|other| entry.arrived.1 <= other);
            if !is_old && (freed >= too_much || !is_first) {
                break;
            }
            freed += entry.len;
            dropped.push(entry.clone());
        }
        Ok(dropped)
    }

    /// How many bytes there are above what may be.
    fn bytes_too_much(&self, log_bytes: u64, other: SignalUsage) -> u64 {
        let Some(max) = self.bounds.disk else {
            return 0;
        };
        let segments: u64 = self.manifest.segments.iter().map(|entry| entry.len).sum();
        (segments + other.bytes + log_bytes).saturating_sub(max)
    }

    fn log_bytes_if_bounded(&self) -> Result<u64, DiskError> {
        match self.bounds.disk {
            Some(_) => self.log_bytes(),
            None => Ok(0),
        }
    }

    fn log_bytes(&self) -> Result<u64, DiskError> {
        let disk = &self.files.disk;
        let names = disk.list(&self.wal_dir);
        let names = names.map_err(io_error("list", &self.wal_dir))?;
        // One that is gone meanwhile takes no room.
        let lens = names.iter().map(|name| disk.len(&self.wal_dir.join(name)));
        Ok(lens.map(|len| len.unwrap_or(0)).sum())
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("what is kept is")?;
        if let Some(retention) = self.retention {
            write!(f, " {} minutes", retention.as_secs() / 60)?;
        }
        if self.retention.is_some() && self.disk.is_some() {
            f.write_str(" and")?;
        }
        if let Some(disk) = self.disk {
            write!(f, " {} MiB", disk >> 20)?;
        }
        Ok(())
    }
}
