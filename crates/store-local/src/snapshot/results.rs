//! What whole segments told in answer to questions. A segment never changes, and people look at the same
//! pages again and again, while time goes on: of a page about a day, all but the first and the last
//! segment are asked the same as before.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use clew_model::{TimeRange, Timestamp};
use clew_store::{Aggregate, BudgetShare, Cell, Exemplar, MemoryBudget, Scalar, Series};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::edges::TableCalls;
use super::packed::PackedHistogram;
use crate::columns::Columnar;

/// How much memory all of it may take, in bytes: of a day of ten million spans, the calls take 2 MB, and each
/// question for numbers about a page takes 1 MB.
const BYTES_MAX: usize = 16 << 20;

/// Which part of the memory that there is for everything it may take, if that is little.
const BUDGET_PART: usize = 16;

/// Which part of it is for calls: one of four.
const CALLS_PART: usize = 4;

/// What may be kept for one segment is one part in so many: what takes more is not worth what it would
/// drive out.
const RESULT_PART: usize = 32;

/// How many results that is about.
const ENTRIES_USUAL: usize = 1024;

/// What segments told.
#[derive(Debug)]
pub(crate) struct ResultCache {
    series: Cache<SeriesKey, Kept<[PackedSeries]>, ByMemory>,
    calls: Cache<CallsKey, Kept<TableCalls>, ByMemory>,
    result_bytes_max: usize,
    /// What it may take, whether or not it does: it fills up soon.
    _memory: BudgetShare,
}

/// A question for numbers, and the segment that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeriesKey {
    segment: u64,
    /// About all of time.
    question: Arc<Aggregate>,
}

/// Few questions are put to one segment that do not differ in these.
impl Hash for SeriesKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.segment.hash(state);
        self.question.step.hash(state);
        self.question.by.len().hash(state);
        self.question.exemplars_max.hash(state);
    }
}

impl SeriesKey {
    /// `None` if the question is about a part of the segment.
    pub(super) fn new(
        table: &dyn Columnar,
        time: TimeRange,
        timeless: &Arc<Aggregate>,
    ) -> Option<Self> {
        Some(Self {
            segment: whole_segment(table, time)?,
            question: Arc::clone(timeless),
        })
    }
}

/// A segment, and those before and after it in which its callers are looked for, if there are some.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CallsKey {
    segment: u64,
    neighbours: [Option<u64>; 2],
}

impl CallsKey {
    /// `None` if the question is about a part of the segment, or a neighbour is no segment yet.
    pub(super) fn new(
        table: &dyn Columnar,
        neighbours: [Option<&Arc<dyn Columnar>>; 2],
        time: TimeRange,
    ) -> Option<Self> {
        let mut ids = [None; 2];
        for (id, table) in ids.iter_mut().zip(neighbours) {
            *id = match table {
                Some(table) => Some(table.segment_id()?),
                None => None,
            };
        }
        Some(Self {
            segment: whole_segment(table, time)?,
            neighbours: ids,
        })
    }
}

/// The number of the segment, if this is one of which all spans started in the range.
fn whole_segment(table: &dyn Columnar, time: TimeRange) -> Option<u64> {
    let is_whole = table.summary().narrowed(time) == TimeRange::ALL;
    table.segment_id().filter(|_| is_whole)
}

/// A result, and how much memory it takes, in bytes.
#[derive(Debug)]
struct Kept<T: ?Sized> {
    found: Arc<T>,
    bytes: usize,
}

impl<T: ?Sized> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            found: Arc::clone(&self.found),
            bytes: self.bytes,
        }
    }
}

/// Series that take little memory.
#[derive(Debug)]
struct PackedSeries {
    by: Vec<Option<Scalar>>,
    cells: Box<[PackedCell]>,
}

#[derive(Debug)]
struct PackedCell {
    start: Timestamp,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
    histogram: PackedHistogram,
    exemplars: Box<[Exemplar]>,
}

impl PackedSeries {
    fn new(series: &Series) -> Self {
        let cells = series.cells.iter().map(|cell| PackedCell {
            start: cell.start,
            count: cell.count,
            sum: cell.sum,
            min: cell.min,
            max: cell.max,
            histogram: PackedHistogram::new(&cell.histogram),
            exemplars: cell.exemplars.as_slice().into(),
        });
        Self {
            by: series.by.clone(),
            cells: cells.collect(),
        }
    }

    fn unpack(&self) -> Series {
        let cells = self.cells.iter().map(|cell| Cell {
            start: cell.start,
            count: cell.count,
            sum: cell.sum,
            min: cell.min,
            max: cell.max,
            histogram: cell.histogram.unpack(),
            exemplars: cell.exemplars.to_vec(),
        });
        Series {
            by: self.by.clone(),
            cells: cells.collect(),
        }
    }

    fn memory_len(&self) -> usize {
        let of_value = |value: &Option<Scalar>| {
            size_of::<Option<Scalar>>() + value.as_ref().map_or(0, Scalar::text_len)
        };
        let of_cell = |cell: &PackedCell| {
            size_of::<PackedCell>()
                + cell.histogram.memory_len()
                + size_of_val::<[Exemplar]>(&cell.exemplars)
        };
        let cells = self.cells.iter().map(of_cell);
        size_of::<Self>() + self.by.iter().map(of_value).chain(cells).sum::<usize>()
    }
}

#[derive(Debug, Clone)]
struct ByMemory;

impl<K, T: ?Sized> Weighter<K, Kept<T>> for ByMemory {
    fn weight(&self, _: &K, kept: &Kept<T>) -> u64 {
        (size_of::<K>() + kept.bytes) as u64
    }
}

impl ResultCache {
    /// A cache that is part of this budget.
    pub(crate) fn new(memory: &MemoryBudget) -> Self {
        let bytes_max = BYTES_MAX.min(memory.bytes_max() / BUDGET_PART);
        let mut share = memory.share();
        share.set(bytes_max);
        let of_calls = bytes_max / CALLS_PART;
        let of_series = bytes_max - of_calls;
        Self {
            series: Cache::with_weighter(ENTRIES_USUAL, of_series as u64, ByMemory),
            calls: Cache::with_weighter(ENTRIES_USUAL, of_calls as u64, ByMemory),
            result_bytes_max: of_calls / RESULT_PART,
            _memory: share,
        }
    }

    pub(super) fn series(&self, key: &SeriesKey) -> Option<Vec<Series>> {
        let kept = self.series.get(key)?;
        Some(kept.found.iter().map(PackedSeries::unpack).collect())
    }

    pub(super) fn keep_series(&self, key: SeriesKey, found: &[Series]) {
        let packed: Arc<[PackedSeries]> = found.iter().map(PackedSeries::new).collect();
        let bytes = packed.iter().map(PackedSeries::memory_len).sum();
        self.keep(&self.series, key, packed, bytes);
    }

    pub(super) fn calls(&self, key: &CallsKey) -> Option<Arc<TableCalls>> {
        self.calls.get(key).map(|kept| kept.found)
    }

    pub(super) fn keep_calls(&self, key: CallsKey, found: &Arc<TableCalls>) {
        let bytes = found.memory_len();
        self.keep(&self.calls, key, Arc::clone(found), bytes);
    }

    /// Keeps a result, unless it is too large.
    fn keep<K: Eq + Hash, T: ?Sized>(
        &self,
        cache: &Cache<K, Kept<T>, ByMemory>,
        key: K,
        found: Arc<T>,
        bytes: usize,
    ) {
        if bytes <= self.result_bytes_max {
            cache.insert(key, Kept { found, bytes });
        }
    }
}
