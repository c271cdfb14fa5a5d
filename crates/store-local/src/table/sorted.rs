//! A table in the order of a segment: a block of the head that does not change any more.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a table has fewer than 2^16 rows, and no more values in a column"
)]

mod columns;

use std::ops::Range;
use std::sync::Arc;

use clew_model::TraceId;

use super::order::RowOrder;
use super::presence::Ranks;
use super::{LogTable, Table};
use crate::columns::{
    ABSENT, ColumnKey, ColumnRows, Columnar, PageBounds, Part, Summary, Values, Words, word,
};
use crate::error::{DiskError, corrupt};
use crate::wal::Signal;

/// So many rows are looked at together, as the rows of a page are.
const STRETCH_ROWS: u32 = 2048;

/// Spans or log records in columns, in memory.
#[derive(Debug)]
pub(crate) struct SortedTable {
    columns: Vec<SortedColumn>,
    signal: Signal,
    /// In the order of the rows; none of log records, which are not put together.
    traces: Vec<(TraceId, Range<u32>)>,
    /// Places in `traces`, by id.
    by_id: Vec<u32>,
    rows: u32,
    summary: Summary,
    memory_len: usize,
}

/// A column of it.
#[derive(Debug)]
struct SortedColumn {
    key: ColumnKey,
    /// Which rows have a value; `None` if all have.
    presence: Option<Ranks>,
    stored: Stored,
    /// The least and the greatest value of each stretch, of columns that are searched by order.
    bounds: Vec<(u64, u64)>,
}

/// The values of the rows that have one.
#[derive(Debug)]
enum Stored {
    Each(Arc<Values>),
    /// A code has two bytes, since there are fewer than 2^16 rows.
    Codes {
        codes: Vec<u16>,
        values: Arc<Values>,
    },
}

impl SortedTable {
    /// Sorts the table, which has fewer than 2^16 rows.
    pub(crate) fn of(table: Table) -> Self {
        let order = RowOrder::of(&table);
        let summary = table.summary(order.traces.len());
        let rows = order.rows.len() as u32;
        let columns = columns::of(table, &order);
        Self::new(Signal::Traces, columns, order.traces, rows, summary)
    }

    /// Sorts the log records, which are fewer than 2^16.
    pub(crate) fn of_logs(table: LogTable) -> Self {
        let order = table.order();
        let summary = table.summary(0);
        let rows = order.len() as u32;
        let columns = columns::of_logs(table, &order);
        Self::new(Signal::Logs, columns, Vec::new(), rows, summary)
    }

    fn new(
        signal: Signal,
        columns: Vec<SortedColumn>,
        traces: Vec<(TraceId, Range<u32>)>,
        rows: u32,
        summary: Summary,
    ) -> Self {
        let mut by_id: Vec<u32> = (0..traces.len() as u32).collect();
        by_id.sort_unstable_by_key(|&at| traces[at as usize].0);
        let of_columns: usize = columns.iter().map(SortedColumn::memory_len).sum();
        let of_traces = traces.capacity() * size_of::<(TraceId, Range<u32>)>() + by_id.len() * 4;
        Self {
            columns,
            signal,
            traces,
            by_id,
            rows,
            memory_len: of_columns + of_traces + summary.memory_len(),
            summary,
        }
    }

    /// How much memory it takes, in bytes.
    pub(crate) fn memory_len(&self) -> usize {
        self.memory_len
    }
}

impl SortedColumn {
    fn memory_len(&self) -> usize {
        let presence = self.presence.as_ref().map_or(0, Ranks::memory_len);
        let stored = match &self.stored {
            Stored::Each(values) => values.memory_len(),
            Stored::Codes { codes, values } => codes.capacity() * 2 + values.memory_len(),
        };
        size_of::<Self>() + presence + stored + self.bounds.len() * 16
    }

    /// How many rows have a value.
    fn value_count(&self) -> usize {
        match &self.stored {
            Stored::Each(values) => values.len(),
            Stored::Codes { codes, .. } => codes.len(),
        }
    }

    /// Shows the rows of the range that have a value, and the place of the value among all.
    fn for_each(&self, range: Range<u32>, mut see: impl FnMut(u32, u32)) {
        match &self.presence {
            None => range.for_each(|row| see(row, row)),
            Some(ranks) => {
                for (row, rank) in ranks.present(range) {
                    see(row, rank);
                }
            }
        }
    }
}

impl Columnar for SortedTable {
    fn signal(&self) -> Signal {
        self.signal
    }

    fn segment_id(&self) -> Option<u64> {
        None
    }

    fn rows(&self) -> u32 {
        self.rows
    }

    fn summary(&self) -> &Summary {
        &self.summary
    }

    fn column_count(&self) -> usize {
        self.columns.len()
    }

    fn key(&self, column: usize) -> &ColumnKey {
        &self.columns[column].key
    }

    fn dictionary(&self, column: usize) -> Result<Option<Arc<Values>>, DiskError> {
        Ok(match &self.columns[column].stored {
            Stored::Each(_) => None,
            Stored::Codes { values, .. } => Some(Arc::clone(values)),
        })
    }

    fn is_sorted(&self, _: usize) -> bool {
        false
    }

    fn decode(
        &self,
        column: usize,
        _: Option<&Arc<Values>>,
        ranges: &[Range<u32>],
    ) -> Result<ColumnRows, DiskError> {
        let column = &self.columns[column];
        let first = ranges.first().map_or(0, |range| range.start);
        let end = ranges.last().map_or(0, |range| range.end);
        let mut slots = vec![ABSENT; (end - first) as usize];
        let is_all = ranges.len() == 1 && (first, end) == (0, self.rows);
        let values = match &column.stored {
            Stored::Codes { codes, values } => {
                for range in ranges {
                    column.for_each(range.clone(), |row, at| {
                        slots[(row - first) as usize] = codes[at as usize].into();
                    });
                }
                Arc::clone(values)
            }
            Stored::Each(values) if is_all => {
                column.for_each(0..end, |row, at| slots[row as usize] = at);
                Arc::clone(values)
            }
            Stored::Each(values) => {
                let mut some = values.none_alike();
                for range in ranges {
                    column.for_each(range.clone(), |row, at| {
                        slots[(row - first) as usize] = some.len() as u32;
                        some.push(values.get(at as usize).unwrap_or_default());
                    });
                }
                Arc::new(some)
            }
        };
        Ok(ColumnRows::new(first, slots, values))
    }

    fn words(&self, column: usize, rows: &Range<u32>) -> Result<Words, DiskError> {
        let (Stored::Each(values) | Stored::Codes { values, .. }) = &self.columns[column].stored;
        let words = values.range(rows.start as usize..rows.end as usize);
        Ok(Words::Own(words.map(word).collect()))
    }

    fn pages(&self, column: usize, rows: &Range<u32>) -> Vec<PageBounds> {
        let column = &self.columns[column];
        if column.bounds.is_empty() {
            return vec![PageBounds {
                first: 0,
                rows: self.rows,
                values: column.value_count() as u32,
                bounds: None,
            }];
        }
        let first = rows.start / STRETCH_ROWS;
        let stretches = (first..).take_while(|at| at * STRETCH_ROWS < rows.end);
        let page = |at: u32| {
            let len = STRETCH_ROWS.min(self.rows - at * STRETCH_ROWS);
            PageBounds {
                first: at * STRETCH_ROWS,
                rows: len,
                values: len,
                bounds: column.bounds.get(at as usize).copied(),
            }
        };
        stretches.map(page).collect()
    }

    fn may_have(&self, id: TraceId) -> Result<bool, DiskError> {
        Ok(self.signal == Signal::Logs || self.place(id).is_some())
    }

    fn find(&self, ids: &[TraceId]) -> Result<Vec<(TraceId, Range<u32>)>, DiskError> {
        let mut places: Vec<usize> = ids.iter().filter_map(|&id| self.place(id)).collect();
        places.sort_unstable();
        places.dedup();
        Ok(places
            .into_iter()
            .map(|place| self.traces[place].clone())
            .collect())
    }

    fn contradiction(&self, what: &str) -> DiskError {
        corrupt("what is in memory".as_ref(), 0, what)
    }
}

impl SortedTable {
    /// Which trace has this id.
    fn place(&self, id: TraceId) -> Option<usize> {
        let id_of = |&at: &u32| self.traces[at as usize].0;
        let at = self.by_id.binary_search_by_key(&id, id_of).ok()?;
        Some(self.by_id[at] as usize)
    }
}

/// The least and the greatest number of each stretch.
fn bounds_of(numbers: &Values) -> Vec<(u64, u64)> {
    let words: Vec<u64> = numbers.iter().map(word).collect();
    let stretches = words.chunks(STRETCH_ROWS as usize);
    let bounds = stretches.map(|stretch| {
        let (min, max) = (stretch.iter().min(), stretch.iter().max());
        (min.copied().unwrap_or(0), max.copied().unwrap_or(u64::MAX))
    });
    bounds.collect()
}

impl Part {
    /// Whether rows are searched by the order of this part.
    fn has_bounds(self) -> bool {
        matches!(self, Self::Start | Self::Duration | Self::Time)
    }
}
