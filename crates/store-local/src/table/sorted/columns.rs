//! The columns of a table, row by row in another order.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a table has fewer than 2^16 rows, and no more values in a column"
)]

use std::sync::Arc;

use clew_model::SpanId;

use super::super::coded::Coded;
use super::super::order::RowOrder;
use super::super::presence::Presence;
use super::super::{Column, FastMap, LogTable, Table};
use super::{SortedColumn, Stored, bounds_of};
use crate::columns::{ColumnKey, Part, Values};

/// The columns of this table, in this order of its rows; none of which no row has a value.
pub(super) fn of(table: Table, order: &RowOrder) -> Vec<SortedColumn> {
    let mut columns = Vec::new();
    let rows = || order.rows.iter().map(|&row| row as usize);
    let (starts, ends) = (table.starts(), table.ends());
    let ids = rows().flat_map(|row| table.trace_ids()[row].to_bytes());
    columns.push(each(Part::TraceId, 16, ids.collect()));
    let ids = rows().flat_map(|row| table.span_ids()[row].to_bytes());
    columns.push(each(Part::SpanId, 8, ids.collect()));
    let words = rows().flat_map(|row| starts[row].to_le_bytes());
    columns.push(each(Part::Start, 8, words.collect()));
    let words = rows().flat_map(|row| ends[row].saturating_sub(starts[row]).to_le_bytes());
    columns.push(each(Part::Duration, 8, words.collect()));
    let before = |row: usize| starts[row].checked_sub(ends[row]).filter(|&by| by > 0);
    let before = rows().map(|row| before(row).map(u64::to_le_bytes));
    columns.push(some(Part::EndBeforeStart, before));
    let parents = Parents::of(&table, order);
    let offsets = parents.rows.iter().map(|offset| {
        let offset = i64::from((*offset)?);
        Some(offset.cast_unsigned())
    });
    columns.push(numbered(Part::ParentRow, offsets));
    let elsewhere = parents.elsewhere.iter();
    columns.push(some(
        Part::ParentSpanId,
        elsewhere.map(|id| id.map(SpanId::to_bytes)),
    ));
    let positions = rows().map(|row| Some(table.positions()[row].0));
    columns.push(numbered(Part::Position, positions));
    finish(columns, table.coded, &order.rows)
}

/// The same of log records.
pub(super) fn of_logs(table: LogTable, order: &[u32]) -> Vec<SortedColumn> {
    let rows = || order.iter().map(|&row| row as usize);
    let times = rows().flat_map(|row| table.times[row].to_le_bytes());
    let indexes = rows().flat_map(|row| u64::from(table.indexes[row]).to_le_bytes());
    let observed = rows().map(|row| table.observed_after[row].map(u64::to_le_bytes));
    let positions = rows().map(|row| Some(table.positions[row].0));
    let span_ids = rows().map(|row| table.span_ids[row].map(SpanId::to_bytes));
    let columns = vec![
        each(Part::Time, 8, times.collect()),
        each(Part::Index, 8, indexes.collect()),
        some(Part::ObservedAfter, observed),
        some(Part::SpanId, span_ids),
        numbered(Part::Position, positions),
    ];
    finish(columns, table.coded, order)
}

/// Adds the columns of codes.
fn finish(mut columns: Vec<SortedColumn>, coded: Coded, order: &[u32]) -> Vec<SortedColumn> {
    columns.push(service_names(&coded, order));
    let coded = coded.into_columns();
    columns.extend(coded.into_iter().map(|column| sorted(column, order)));
    columns.retain(|column| column.value_count() > 0);
    columns
}

/// A part that each row has, of so many bytes.
fn each(part: Part, width: usize, bytes: Vec<u8>) -> SortedColumn {
    let values = Values::of_width(width, bytes);
    SortedColumn {
        key: ColumnKey::Part(part),
        presence: None,
        bounds: if part.has_bounds() {
            bounds_of(&values)
        } else {
            Vec::new()
        },
        stored: Stored::Each(Arc::new(values)),
    }
}

/// A part of 8 bytes that some rows have.
fn some(part: Part, values: impl Iterator<Item = Option<[u8; 8]>>) -> SortedColumn {
    let mut presence = Presence::default();
    let mut bytes = Vec::new();
    for (row, value) in values.enumerate() {
        if let Some(value) = value {
            presence.push(row);
            bytes.extend_from_slice(&value);
        }
    }
    SortedColumn {
        key: ColumnKey::Part(part),
        presence: Some(presence.ranked()),
        stored: Stored::Each(Arc::new(Values::of_width(8, bytes))),
        bounds: Vec::new(),
    }
}

/// Numbers of which few differ.
fn numbered(part: Part, words: impl Iterator<Item = Option<u64>>) -> SortedColumn {
    let mut by_word = FastMap::default();
    let mut values = Values::of_width(8, Vec::new());
    let codes = words.map(|word| {
        let word = word?;
        Some(*by_word.entry(word).or_insert_with(|| {
            values.push(&word.to_le_bytes());
            values.len() as u32 - 1
        }))
    });
    let codes = codes.collect::<Vec<_>>();
    of_codes(ColumnKey::Part(part), codes.into_iter(), values)
}

fn service_names(table: &Coded, order: &[u32]) -> SortedColumn {
    let resources = table.part(Part::Resource).codes();
    let mut values = Values::default();
    let services = table.services().iter();
    let codes = services.map(|services| {
        values.push(services.first()?.as_bytes());
        Some(values.len() as u32 - 1)
    });
    let codes: Vec<Option<u32>> = codes.collect();
    let of_rows = order
        .iter()
        .map(|&row| codes[resources[row as usize] as usize]);
    of_codes(ColumnKey::Part(Part::ServiceName), of_rows, values)
}

fn sorted(column: Column, order: &[u32]) -> SortedColumn {
    let (key, presence, codes, values) = column.into_parts();
    if codes.len() == order.len() {
        let codes = order.iter().map(|&row| codes[row as usize] as u16);
        return SortedColumn {
            key,
            presence: None,
            stored: Stored::Codes {
                codes: codes.collect(),
                values: Arc::new(values),
            },
            bounds: Vec::new(),
        };
    }
    let ranks = presence.ranked();
    let of_row = |&row: &u32| ranks.get(row as usize).map(|rank| codes[rank]);
    of_codes(key, order.iter().map(of_row), values)
}

/// A column of these codes.
fn of_codes(
    key: ColumnKey,
    codes: impl Iterator<Item = Option<u32>>,
    mut values: Values,
) -> SortedColumn {
    let mut presence = Presence::default();
    let mut present = Vec::new();
    let mut rows = 0;
    for code in codes {
        if let Some(code) = code {
            presence.push(rows);
            present.push(code as u16);
        }
        rows += 1;
    }
    present.shrink_to_fit();
    values.shrink();
    SortedColumn {
        key,
        presence: (present.len() < rows).then(|| presence.ranked()),
        stored: Stored::Codes {
            codes: present,
            values: Arc::new(values),
        },
        bounds: Vec::new(),
    }
}

/// Where the parents of spans are.
struct Parents {
    /// For each row, how many rows after it the parent is, if it is here.
    rows: Vec<Option<i32>>,
    /// For each row the parent, if it is elsewhere.
    elsewhere: Vec<Option<SpanId>>,
}

impl Parents {
    fn of(table: &Table, order: &RowOrder) -> Self {
        let mut rows = Vec::with_capacity(table.len());
        let mut elsewhere = Vec::with_capacity(table.len());
        let mut by_id = FastMap::default();
        for (_, range) in &order.traces {
            let of_trace = &order.rows[range.start as usize..range.end as usize];
            by_id.clear();
            for (row, &of_table) in range.clone().zip(of_trace) {
                by_id
                    .entry(table.span_ids()[of_table as usize])
                    .or_insert(row);
            }
            for (row, &of_table) in range.clone().zip(of_trace) {
                let parent = table.parents()[of_table as usize];
                let at = parent.and_then(|id| by_id.get(&id));
                rows.push(at.map(|&at| at.wrapping_sub(row).cast_signed()));
                elsewhere.push(parent.filter(|_| at.is_none()));
            }
        }
        Self { rows, elsewhere }
    }
}
