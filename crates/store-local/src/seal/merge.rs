//! Merging: small neighbouring segments become one, so that there are few to look into, and the
//! spans of a trace lie together.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::background::panic_message;
use super::{Sealer, SegmentFiles, Written};
use crate::batch::SignalBatch;
use crate::columns::Columnar;
use crate::contents::Contents;
use crate::error::DiskError;
use crate::head::Arrival;
use crate::manifest::SegmentEntry;
use crate::segment::{Segment, len_of_segment};

/// So many segments become one at the least: each merge reads and writes all of their spans.
const SEGMENTS_MIN: usize = 4;

/// A merged segment has so many spans at the most. Larger ones are hardly smaller on the disk, and
/// what is not one yet fits into memory while it is made.
const ROWS_MAX: u64 = 256 << 10;

/// Segments of so many bytes together may become one, and of so many in the longest of their columns
/// before it is compressed: columns are in memory one after the other, and twice.
const BYTES_MAX: u64 = 64 << 20;
const COLUMN_BYTES_MAX: u64 = 48 << 20;

/// Of what the disk may hold, a merged segment is not more than this part, since it is dropped
/// whole.
const DISK_PART: u64 = 16;

/// The spans of a segment arrived within this time, and within an eighth of the time for which they
/// are kept: it is dropped when the last of them is too old.
const WINDOW: Duration = Duration::from_hours(24);
const RETENTION_PART: u32 = 8;

/// What failed is not tried again for so long.
const PAUSE: Duration = Duration::from_mins(1);

/// What may be merged.
#[derive(Debug, Clone, Copy)]
struct MergeBounds {
    bytes: u64,
    /// In nanoseconds.
    window: u64,
}

/// Segments that are to become one.
#[derive(Debug)]
pub(super) struct MergeJob {
    files: Arc<SegmentFiles>,
    sources: Vec<Arc<Segment>>,
    /// That of the new segment.
    number: u64,
    arrived: Arrival,
    /// How often its spans will have been merged.
    merges: u32,
}

/// What came of a merge.
#[derive(Debug)]
pub(super) struct Merged {
    /// Of the segments that became one.
    sources: Vec<u64>,
    number: u64,
    /// The new segment, which no manifest names yet; or what the thread has panicked over.
    outcome: Result<Result<(Segment, SegmentEntry), DiskError>, String>,
}

impl MergeJob {
    /// Writes the new segment.
    pub(super) fn run(self) -> Merged {
        let sources: Vec<Arc<dyn Columnar>> =
            self.sources.iter().map(|it| Arc::clone(it) as _).collect();
        let write = || self.files.write(self.number, &sources, self.arrived);
        let outcome = catch_unwind(AssertUnwindSafe(write));
        let outcome = outcome.map_err(|panic| panic_message(&*panic));
        let merges = self.merges;
        let outcome = outcome.map(|written| {
            written.map(|(segment, entry)| (segment, SegmentEntry { merges, ..entry }))
        });
        Merged {
            sources: self.sources.iter().map(|it| it.number()).collect(),
            number: self.number,
            outcome,
        }
    }
}

impl Sealer {
    /// The segments that are to become one next, if there are enough small ones side by side.
    pub(super) fn next_merge<B: SignalBatch>(
        &mut self,
        contents: &Contents<B>,
    ) -> Option<MergeJob> {
        if self
            .merges_paused_until
            .is_some_and(|until| Instant::now() < until)
        {
            return None;
        }
        let segments = contents.segments();
        let longest: HashMap<u64, u64> = segments
            .iter()
            .map(|segment| (segment.number(), segment.longest_column()))
            .collect();
        let entries = &self.manifest.segments;
        // Of those that are not open nothing can be read.
        let column = |number| {
            let is_mergeable = !self.unmergeable.contains(&number);
            longest.get(&number).copied().filter(|_| is_mergeable)
        };
        let range = choose(entries, self.merge_bounds(), column)?;
        let entries = entries[range].to_vec();
        let source = |entry: &SegmentEntry| {
            let mut segments = segments.iter();
            segments.find(|it| it.number() == entry.number).cloned()
        };
        let sources: Vec<Arc<Segment>> = entries.iter().map(source).collect::<Option<_>>()?;
        let columnar: Vec<Arc<dyn Columnar>> =
            sources.iter().map(|it| Arc::clone(it) as _).collect();
        if let Some(odd) = entries.get(len_of_segment(&columnar)) {
            // With it they have more keys than a segment has columns for.
            self.unmergeable.insert(odd.number);
            // One segment fewer can be chosen each time, so this ends.
            return self.next_merge(contents);
        }
        let mut arrived = Arrival::default();
        for entry in &entries {
            arrived.unite(Arrival(entry.arrived.0, entry.arrived.1));
        }
        let merges = entries.iter().map(|entry| entry.merges).max();
        let number = self.manifest.next_segment;
        self.manifest.next_segment += 1;
        Some(MergeJob {
            files: Arc::clone(&self.files),
            sources,
            number,
            arrived,
            merges: merges.unwrap_or(0).saturating_add(1),
        })
    }

    fn merge_bounds(&self) -> MergeBounds {
        let window = match self.bounds.retention {
            Some(retention) => WINDOW.min(retention / RETENTION_PART),
            None => WINDOW,
        };
        MergeBounds {
            bytes: match self.bounds.disk {
                Some(disk) => BYTES_MAX.min(disk / DISK_PART),
                None => BYTES_MAX,
            },
            window: u64::try_from(window.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// Puts the merged segment in the place of those that it was made of, in one step (Q1), unless
    /// some of them were dropped meanwhile.
    ///
    /// # Errors
    /// All is as it was.
    pub(super) fn finish_merge<B: SignalBatch>(
        &mut self,
        merged: Merged,
        contents: &Contents<B>,
    ) -> Result<(), DiskError> {
        let Merged {
            sources,
            number,
            outcome,
        } = merged;
        let outcome = match outcome {
            Ok(Ok((segment, entry))) => self.replace(&sources, segment, entry, contents),
            Ok(Err(error)) => {
                // Gives its room back.
                self.files.remove(number).ok();
                self.leave_out(&sources, &error);
                Err(error)
            }
            Err(panic) => {
                tracing::error!("segments {sources:?} stay as they are: a merge panicked: {panic}");
                self.files.remove(number).ok();
                self.unmergeable.extend(sources);
                return Ok(());
            }
        };
        if outcome.is_err() {
            self.merges_paused_until = Some(Instant::now() + PAUSE);
        }
        outcome
    }

    /// What cannot be read does not keep its neighbours from being merged.
    fn leave_out(&mut self, sources: &[u64], error: &DiskError) {
        let file = error.file();
        let unreadable = sources
            .iter()
            .filter(|number| self.files.path(**number) == file);
        self.unmergeable.extend(unreadable);
    }

    fn replace<B: SignalBatch>(
        &mut self,
        sources: &[u64],
        segment: Segment,
        entry: SegmentEntry,
        contents: &Contents<B>,
    ) -> Result<(), DiskError> {
        let mut manifest = self.manifest.clone();
        let is_source = |entry: &SegmentEntry| sources.contains(&entry.number);
        let first = manifest.segments.iter().position(is_source);
        let left = manifest.segments.iter().filter(|it| is_source(it)).count();
        let Some(first) = first.filter(|_| left == sources.len()) else {
            return self.files.remove(segment.number());
        };
        manifest.segments.retain(|entry| !is_source(entry));
        manifest.segments.insert(first, entry.clone());
        let segment = Arc::new(segment);
        let written = Written {
            segments: vec![Arc::clone(&segment)],
            entries: vec![entry],
        };
        self.commit(manifest, &written)?;
        contents.merged(sources, segment);
        // Whoever looks at them just now goes on with them.
        self.remove(sources.to_vec());
        Ok(())
    }
}

/// Neighbours that are worth merging; `column` says of a segment how long its longest column is, and
/// nothing if it cannot be merged. None is as large as all others together, so that a span is
/// written anew a few times at the most, and they are not too large together.
fn choose(
    entries: &[SegmentEntry],
    bounds: MergeBounds,
    column: impl Fn(u64) -> Option<u64>,
) -> Option<Range<usize>> {
    (0..entries.len()).find_map(|first| {
        let len = longest_from(&entries[first..], bounds, &column)?;
        Some(first..first + len)
    })
}

/// How many of the segments, from the first on, are worth merging; the most that are.
fn longest_from(
    entries: &[SegmentEntry],
    bounds: MergeBounds,
    column: &impl Fn(u64) -> Option<u64>,
) -> Option<usize> {
    let (mut rows, mut largest, mut bytes, mut in_column) = (0, 0, 0, 0);
    let mut arrived = Arrival::default();
    let mut longest = None;
    for (len, entry) in (1..).zip(entries) {
        rows += u64::from(entry.rows);
        largest = largest.max(u64::from(entry.rows));
        bytes += entry.len;
        arrived.unite(Arrival(entry.arrived.0, entry.arrived.1));
        let Some(longest_column) = column(entry.number) else {
            break;
        };
        in_column += longest_column;
        let is_within = rows <= ROWS_MAX
            && bytes <= bounds.bytes
            && in_column <= COLUMN_BYTES_MAX
            && arrived.1.saturating_sub(arrived.0) <= bounds.window;
        if !is_within {
            break;
        }
        if len >= SEGMENTS_MIN && largest * 2 <= rows {
            longest = Some(len);
        }
    }
    longest
}
