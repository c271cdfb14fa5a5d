//! The order of rows: traces by their start, the spans of each together; log records by time.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a table has fewer than 2^16 rows"
)]

use std::ops::Range;

use clew_model::TraceId;

use super::{FastMap, LogTable, Table};

/// Which row of a table each sorted row is, and where its traces are.
#[derive(Debug)]
pub(super) struct RowOrder {
    /// Rows of the table, in order.
    pub(super) rows: Vec<u32>,
    /// The sorted rows that each trace has, in their order.
    pub(super) traces: Vec<(TraceId, Range<u32>)>,
}

/// A trace while its rows are counted.
#[derive(Debug, Clone, Copy)]
struct Counted {
    first_start: u64,
    id: TraceId,
    rows: u32,
    /// Which trace of the table it is, by its first row.
    ordinal: u32,
}

impl RowOrder {
    /// Traces by the first start of a span of theirs, their spans by start, id and arrival.
    pub(super) fn of(table: &Table) -> Self {
        let (ordinals, mut traces) = count(table);
        traces.sort_unstable_by_key(|trace| (trace.first_start, trace.id));
        let mut next = vec![0; traces.len()];
        let mut ranges = Vec::with_capacity(traces.len());
        let mut at = 0;
        for trace in &traces {
            next[trace.ordinal as usize] = at;
            ranges.push((trace.id, at..at + trace.rows));
            at += trace.rows;
        }
        let mut rows = vec![0; ordinals.len()];
        for (row, ordinal) in (0..).zip(ordinals) {
            let place = &mut next[ordinal as usize];
            rows[*place as usize] = row;
            *place += 1;
        }
        for (_, range) in &ranges {
            let of_trace = &mut rows[range.start as usize..range.end as usize];
            of_trace.sort_unstable_by_key(|&row: &u32| {
                let at = row as usize;
                let (start, span) = (table.starts()[at], table.span_ids()[at]);
                (start, span, table.positions()[at], row)
            });
        }
        Self {
            rows,
            traces: ranges,
        }
    }
}

impl LogTable {
    /// Its rows by time and, where they are of one time, as they came.
    pub(super) fn order(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..self.len() as u32).collect();
        let key = |&row: &u32| {
            let at = row as usize;
            (self.times[at], self.positions[at], self.indexes[at])
        };
        rows.sort_unstable_by_key(key);
        rows
    }
}

/// Which trace each row is of, and the traces.
fn count(table: &Table) -> (Vec<u32>, Vec<Counted>) {
    let mut traces: Vec<Counted> = Vec::new();
    let mut by_id = FastMap::default();
    let mut ordinals = Vec::with_capacity(table.len());
    let mut last: Option<(TraceId, u32)> = None;
    for (&id, &start) in table.trace_ids().iter().zip(table.starts()) {
        // Senders often have the spans of a trace side by side.
        let ordinal = match last {
            Some((last, ordinal)) if last == id => ordinal,
            _ => *by_id.entry(id).or_insert_with(|| {
                let ordinal = traces.len() as u32;
                traces.push(Counted {
                    first_start: start,
                    id,
                    rows: 0,
                    ordinal,
                });
                ordinal
            }),
        };
        last = Some((id, ordinal));
        let trace = &mut traces[ordinal as usize];
        trace.rows += 1;
        trace.first_start = trace.first_start.min(start);
        ordinals.push(ordinal);
    }
    (ordinals, traces)
}
