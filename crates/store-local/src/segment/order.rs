//! The order of rows: traces by their start, the spans of each together.

use std::ops::Range;

use clew_model::TraceId;

use crate::table::{FastMap, Table};

/// Which row of a table each row of a segment is, and where its traces are.
#[derive(Debug)]
pub(super) struct RowOrder {
    /// Rows of the table, in the order of the segment.
    pub(super) rows: Vec<u32>,
    /// The rows of the segment that each trace has, in their order.
    pub(super) traces: Vec<(TraceId, Range<u32>)>,
}

impl RowOrder {
    /// Traces by the first start of a span of theirs, their spans by start, id and arrival.
    pub(super) fn of(table: &Table) -> Self {
        let (ids, starts) = (table.trace_ids(), table.starts());
        let mut first_starts = FastMap::default();
        for (id, &start) in ids.iter().zip(starts) {
            let first = first_starts.entry(id).or_insert(start);
            *first = start.min(*first);
        }
        let mut rows: Vec<u32> = (0..).zip(ids).map(|(row, _)| row).collect();
        rows.sort_by_cached_key(|&row| {
            let row = row as usize;
            let (start, span, position) =
                (starts[row], table.span_ids()[row], table.positions()[row]);
            (first_starts[&ids[row]], ids[row], start, span, position)
        });
        let traces = traces_of(&rows, ids);
        Self { rows, traces }
    }
}

fn traces_of(rows: &[u32], ids: &[TraceId]) -> Vec<(TraceId, Range<u32>)> {
    let mut traces: Vec<(TraceId, Range<u32>)> = Vec::new();
    for (at, &row) in (0..).zip(rows) {
        let id = ids[row as usize];
        match traces.last_mut() {
            Some((last, range)) if *last == id => range.end = at + 1,
            _ => traces.push((id, at..at + 1)),
        }
    }
    traces
}
