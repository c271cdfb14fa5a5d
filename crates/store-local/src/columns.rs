//! Spans and log records in columns, and how they are read: the same way in a segment and in a block
//! of the head.
//!
//! The spans of a trace lie together, by start, span id and arrival, and traces by their first
//! start; log records lie by time. A column holds one part of every row, or the values of one
//! attribute.

mod calls;
mod counted;
mod field;
mod filter;
mod key;
mod measure;
mod projection;
mod row_set;
mod rows;
mod scan;
mod summary;
mod value_kind;
mod values;

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use clew_model::TraceId;

use crate::error::DiskError;
use crate::wal::Signal;

pub(crate) use calls::{CallColumns, CallRows, Parent, Services, Side};
pub(crate) use counted::ColumnValues;
use field::FieldColumn;
pub(crate) use filter::Filter;
pub(crate) use key::{AttributeType, ColumnKey, KeyOwner, Part};
pub(crate) use measure::{ColumnAggregate, MeasuredSpans, stretches};
pub(crate) use projection::Projection;
pub(crate) use row_set::RowSet;
pub(crate) use rows::{LogRows, ReadRows, Rows};
pub(crate) use scan::{ColumnScan, Stretch};
pub(crate) use summary::{
    KEYS_MAX, OPERATIONS_MAX, Operation, Summary, SummaryBuilder, ranges, services_of,
};
pub(crate) use values::{ABSENT, ColumnReader, ColumnRows, Values, Words, word};

/// Stands in a shape for an attribute that has no column of its own.
pub(crate) const SHAPE_OTHER: u64 = 0;

/// Spans in columns that do not change.
pub(crate) trait Columnar: Debug + Send + Sync {
    /// Whether it has spans or log records.
    fn signal(&self) -> Signal;

    /// What tells this from all other segments of the process; `None` of what is no segment yet.
    fn segment_id(&self) -> Option<u64>;

    /// How many rows there are, one for each.
    fn rows(&self) -> u32;

    /// What they are about.
    fn summary(&self) -> &Summary;

    /// How many columns there are.
    fn column_count(&self) -> usize;

    /// What this column holds. Shapes number the columns of attributes in their order.
    fn key(&self, column: usize) -> &ColumnKey;

    /// The distinct values of the column, if its rows have codes of them.
    fn dictionary(&self, column: usize) -> Result<Option<Arc<Values>>, DiskError>;

    /// Whether that dictionary is in the order of its values.
    fn is_sorted(&self, column: usize) -> bool;

    /// The values of the rows of these ranges, which are in order and apart. The dictionary is that
    /// of the column.
    fn decode(
        &self,
        column: usize,
        dictionary: Option<&Arc<Values>>,
        ranges: &[Range<u32>],
    ) -> Result<ColumnRows, DiskError>;

    /// The numbers of these rows, of a column of numbers without sign that each row has one of.
    fn words(&self, column: usize, rows: &Range<u32>) -> Result<Words, DiskError>;

    /// What is known of the values of the column without reading them, for stretches that together
    /// have all of these rows.
    fn pages(&self, column: usize, rows: &Range<u32>) -> Vec<PageBounds>;

    /// Whether the trace may have spans here; if not, it has none.
    fn may_have(&self, id: TraceId) -> Result<bool, DiskError>;

    /// The traces of these that have spans here, each with its rows, which are one after the other;
    /// in the order of the rows.
    fn find(&self, ids: &[TraceId]) -> Result<Vec<(TraceId, Range<u32>)>, DiskError>;

    /// The rows, in order and apart, whose values in this column of text may have this text within
    /// them, whatever the case of letters; `None` if that is not known without a look at them.
    fn rows_with_text(
        &self,
        _column: usize,
        _text: &str,
    ) -> Result<Option<Vec<Range<u32>>>, DiskError> {
        Ok(None)
    }

    /// The columns can be read, but what they say together makes no rows.
    fn contradiction(&self, what: &str) -> DiskError;
}

/// What rows with these columns are.
pub(crate) fn signal_of<'k>(mut keys: impl Iterator<Item = &'k ColumnKey>) -> Signal {
    if keys.any(|key| *key == ColumnKey::Part(Part::Time)) {
        Signal::Logs
    } else {
        Signal::Traces
    }
}

impl dyn Columnar + '_ {
    /// The number of this column, if there is one.
    pub(crate) fn column(&self, key: &ColumnKey) -> Option<usize> {
        (0..self.column_count()).find(|&column| self.key(column) == key)
    }

    /// Values of these rows; `None` if no row has any.
    pub(crate) fn values(
        &self,
        part: Part,
        rows: Range<u32>,
    ) -> Result<Option<ColumnRows>, DiskError> {
        match self.column(&ColumnKey::Part(part)) {
            Some(column) => ColumnReader::new(self, column)?.read(self, rows).map(Some),
            None => Ok(None),
        }
    }

    /// The same of a part that every span has.
    pub(crate) fn required(&self, part: Part, rows: Range<u32>) -> Result<ColumnRows, DiskError> {
        let values = self.values(part, rows)?;
        values.ok_or_else(|| self.missing())
    }

    /// Which part tells when the rows were.
    pub(crate) fn time_part(&self) -> Part {
        match self.signal() {
            Signal::Traces => Part::Start,
            Signal::Logs => Part::Time,
        }
    }

    /// When the spans of these rows started, or how long they took; when log records happened.
    pub(crate) fn times(&self, part: Part, rows: &Range<u32>) -> Result<Words, DiskError> {
        let column = self.column(&ColumnKey::Part(part));
        self.words(column.ok_or_else(|| self.missing())?, rows)
    }

    fn missing(&self) -> DiskError {
        self.contradiction("a column that every segment has is missing")
    }
}

/// What is known of some rows of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageBounds {
    /// The first row.
    pub(crate) first: u32,
    pub(crate) rows: u32,
    /// How many of them have a value.
    pub(crate) values: u32,
    /// The least and the greatest value of numbers without sign, or code of a sorted dictionary.
    pub(crate) bounds: Option<(u64, u64)>,
}

/// What columns say does not make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);
