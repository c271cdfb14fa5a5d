//! Some thousands of spans, or log records, that do not change, and the orders in which they are
//! looked for.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use clew_model::{Batch, SpanId, SpanRef, TimeRange, Timestamp, TraceId};
use clew_store::Position;

use super::resources::Services;
use crate::batch::SignalBatch;

/// Rows of one batch: spans, or log records.
#[derive(Debug, Clone)]
pub(crate) struct Arrived<B = Batch> {
    pub(crate) batch: Arc<B>,
    pub(crate) position: Position,
    /// By the clock of this machine.
    pub(crate) at: SystemTime,
    /// Which rows of the batch, in the order sent.
    pub(crate) rows: Vec<u32>,
}

/// Rows of some batches.
#[derive(Debug)]
pub(crate) struct Block<B: SignalBatch = Batch> {
    arrived: Vec<Arrived<B>>,
    len: usize,
    /// Made when somebody asks something: under a load that nobody looks at, most blocks become a
    /// segment before that.
    index: OnceLock<B::Index>,
}

/// The spans of a block in the orders in which they are looked for.
#[derive(Debug)]
pub(crate) struct SpanIndex {
    /// By trace, within it by start and span id.
    rows: Vec<Row>,
    /// The rows of each trace, by the id of the trace.
    traces: Vec<TraceRows>,
    /// The rows, those that started last first.
    newest: Vec<u32>,
    /// The rows of each service, those that started last first.
    services: HashMap<String, Vec<u32>>,
    /// The rows, those that took longest first; made when somebody asks for it.
    slowest: OnceLock<Vec<u32>>,
}

/// Where a span is, and what it is ordered by.
#[derive(Debug, Clone, Copy)]
struct Row {
    start: Timestamp,
    batch: u32,
    index: u32,
}

/// The rows of a trace: the first, and the one after the last.
#[derive(Debug, Clone, Copy)]
struct TraceRows {
    id: TraceId,
    first: u32,
    end: u32,
}

/// What rows are sorted by while a block is made.
type SortKey = (TraceId, Timestamp, SpanId, Position, u32);

impl<B: SignalBatch> Block<B> {
    /// The rows of one batch; at least one.
    pub(crate) fn of(arrived: Arrived<B>) -> Self {
        Self::build(vec![arrived])
    }

    /// The rows of all these blocks.
    pub(crate) fn merge(blocks: &[Arc<Self>]) -> Self {
        let arrived = blocks
            .iter()
            .flat_map(|block| block.arrived.iter().cloned());
        Self::build(arrived.collect())
    }

    fn build(arrived: Vec<Arrived<B>>) -> Self {
        let len = arrived.iter().map(|arrived| arrived.rows.len()).sum();
        Self {
            arrived,
            len,
            index: OnceLock::new(),
        }
    }

    /// Whether a question need not wait for the spans to be sorted.
    pub(crate) fn is_sorted(&self) -> bool {
        self.index.get().is_some()
    }

    /// Sorts the spans, which takes some milliseconds.
    pub(crate) fn sort(&self) {
        self.index();
    }

    pub(super) fn index(&self) -> &B::Index {
        self.index.get_or_init(|| B::index(&self.arrived))
    }

    /// The rows as they arrived, batch by batch.
    pub(crate) fn arrived(&self) -> &[Arrived<B>] {
        &self.arrived
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How much memory the rows take, in bytes: of each batch as large a part as they are of it.
    pub(crate) fn memory_len(&self) -> usize {
        let of_rows = |Arrived { batch, rows, .. }: &Arrived<B>| {
            let bytes = batch.bytes().len() + batch.entries_len();
            bytes / batch.len().max(1) * rows.len()
        };
        self.arrived.iter().map(of_rows).sum()
    }
}

impl Block {
    /// The span of this row.
    pub(crate) fn span(&self, row: u32) -> SpanRef<'_> {
        let row = self.index().rows[row as usize];
        span_at(&self.arrived[row.batch as usize].batch, row.index)
    }

    /// When the span of this row started.
    pub(crate) fn start(&self, row: u32) -> Timestamp {
        self.index().rows[row as usize].start
    }

    /// When the span of this row arrived.
    pub(crate) fn position(&self, row: u32) -> Position {
        self.arrived[self.index().rows[row as usize].batch as usize].position
    }

    /// The rows of a trace, by start and span id.
    pub(crate) fn rows_of(&self, id: TraceId) -> std::ops::Range<u32> {
        let traces = &self.index().traces;
        match traces.binary_search_by_key(&id, |trace| trace.id) {
            Ok(at) => traces[at].first..traces[at].end,
            Err(_) => 0..0,
        }
    }

    /// The traces of the block.
    pub(crate) fn traces(&self) -> impl Iterator<Item = TraceId> {
        self.index().traces.iter().map(|trace| trace.id)
    }

    /// The rows, by how long their spans took.
    pub(crate) fn slowest(&self) -> &[u32] {
        let index = self.index();
        index.slowest.get_or_init(|| {
            let rows = (0..).zip(&index.rows).map(|(row, _)| row);
            let mut rows: Vec<u32> = rows.collect();
            rows.sort_by_cached_key(|&row| std::cmp::Reverse(self.span(row).duration()));
            rows
        })
    }

    /// The rows whose spans started in this range, those that started last first; of a service if
    /// one is named.
    pub(crate) fn newest(&self, time: TimeRange, service: Option<&str>) -> &[u32] {
        let rows = match service {
            Some(name) => self
                .index()
                .services
                .get(name)
                .map_or(&[][..], Vec::as_slice),
            None => &self.index().newest,
        };
        let from = rows.partition_point(|&row| self.start(row) > time.end);
        let to = rows.partition_point(|&row| self.start(row) >= time.start);
        &rows[from..to.max(from)]
    }

    /// The services of the block, and how many of its spans each has.
    pub(crate) fn services(&self) -> impl Iterator<Item = (&str, usize)> {
        let services = self.index().services.iter();
        services.map(|(name, rows)| (name.as_str(), rows.len()))
    }
}

impl SpanIndex {
    pub(crate) fn of(arrived: &[Arrived]) -> Self {
        let mut sorted: Vec<(SortKey, Row)> = Vec::new();
        for (batch, from) in (0..).zip(arrived) {
            sorted.extend(from.rows.iter().map(|&index| {
                let span = span_at(&from.batch, index);
                let start = span.start();
                let key = (span.trace_id(), start, span.span_id(), from.position, index);
                let row = Row {
                    start,
                    batch,
                    index,
                };
                (key, row)
            }));
        }
        sorted.sort_unstable_by_key(|&(key, _)| key);
        let mut traces: Vec<TraceRows> = Vec::new();
        for (row, &((id, ..), _)) in (0..).zip(&sorted) {
            match traces.last_mut() {
                Some(trace) if trace.id == id => trace.end = row + 1,
                _ => traces.push(TraceRows {
                    id,
                    first: row,
                    end: row + 1,
                }),
            }
        }
        let rows: Vec<Row> = sorted.into_iter().map(|(_, row)| row).collect();
        Self::of_rows(arrived, rows, traces)
    }

    fn of_rows(arrived: &[Arrived], rows: Vec<Row>, traces: Vec<TraceRows>) -> Self {
        let mut newest: Vec<(Timestamp, u32)> =
            (0..).zip(&rows).map(|(at, row)| (row.start, at)).collect();
        newest.sort_unstable_by(|one, other| other.cmp(one));
        let newest: Vec<u32> = newest.into_iter().map(|(_, row)| row).collect();
        let mut services = Services::default();
        for &number in &newest {
            let row = rows[number as usize];
            let batch = &arrived[row.batch as usize].batch;
            services.add(number, row.batch as usize, span_at(batch, row.index));
        }
        Self {
            rows,
            traces,
            newest,
            services: services.finish(),
            slowest: OnceLock::new(),
        }
    }
}

fn span_at(batch: &Batch, index: u32) -> SpanRef<'_> {
    batch
        .span(index as usize)
        .expect("the span was there when its row was noted, and batches do not change")
}
