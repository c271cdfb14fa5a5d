//! One column of a segment in memory: the values of a table's spans in the order of the segment.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use clew_model::SpanId;

use super::order::RowOrder;
use super::schema::{Physical, is_optional};
use crate::table::{Column, ColumnKey, FastMap, Part, Table, Values};

/// A dictionary of more values is left in the order in which they came: to sort it would cost more
/// than its bounds are worth, since nearly every page has values from everywhere.
const SORTED_VALUES_MAX: usize = 4096;

/// A longer dictionary is not worth its bytes, and whoever looks for a value reads all of it.
const DICTIONARY_LEN_MAX: usize = 1 << 20;

/// A column, row by row.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: ColumnKey,
    /// For each row 1 if it has a value, else 0; `None` if each must have one.
    pub(super) levels: Option<Vec<u32>>,
    pub(super) data: Data,
}

/// The values of the rows that have one.
#[derive(Debug)]
pub(super) enum Data {
    /// Numbers without a sign.
    Words(Vec<u64>),
    /// Values of one width, one after the other.
    Fixed(Vec<u8>),
    /// The code of each, and the values; a value is there once, and some row has it.
    Codes {
        codes: Vec<u32>,
        values: Values,
        is_sorted: bool,
    },
}

/// The columns that a segment of this table has. Most of those of which no row has a value are left
/// out.
pub(super) fn keys(table: &Table) -> Vec<ColumnKey> {
    let always = [Part::TraceId, Part::SpanId, Part::Start, Part::Duration];
    let mut keys: Vec<ColumnKey> = always.map(ColumnKey::Part).to_vec();
    let mut add = |part, is_used| {
        if is_used {
            keys.push(ColumnKey::Part(part));
        }
    };
    let is_reversed = |(start, end)| start > end;
    let mut times = table.starts().iter().zip(table.ends());
    add(Part::EndBeforeStart, times.any(is_reversed));
    // Whoever asks with SQL names these, and must find them in every file.
    add(Part::ParentRow, true);
    add(Part::ParentSpanId, true);
    add(Part::ServiceName, true);
    add(Part::Position, true);
    let coded = table.columns().iter();
    let is_named = |key: &ColumnKey| *key == ColumnKey::Part(Part::TraceState);
    let used = coded.filter(|column| !column.codes().is_empty() || is_named(column.key()));
    keys.extend(used.map(|column| column.key().clone()));
    keys
}

/// Where the parents of spans are.
#[derive(Debug)]
pub(super) struct Parents {
    /// For each row, how many rows after it the parent is, if it is here.
    rows: Vec<Option<i32>>,
    /// The rows, in order, whose parent is elsewhere.
    elsewhere: Vec<u32>,
}

impl Parents {
    pub(super) fn of(table: &Table, order: &RowOrder) -> Self {
        let mut rows = Vec::with_capacity(table.len());
        let mut elsewhere = Vec::new();
        let mut by_id = FastMap::default();
        for (_, range) in &order.traces {
            by_id.clear();
            for row in range.clone() {
                let of_table = order.rows[row as usize] as usize;
                by_id.entry(table.span_ids()[of_table]).or_insert(row);
            }
            for row in range.clone() {
                let of_table = order.rows[row as usize] as usize;
                let parent = table.parents()[of_table];
                let at = parent.and_then(|id| by_id.get(&id));
                if parent.is_some() && at.is_none() {
                    elsewhere.push(row);
                }
                // Both are rows of a table, which has fewer than 2^31.
                rows.push(at.map(|&at| at.wrapping_sub(row).cast_signed()));
            }
        }
        Self { rows, elsewhere }
    }
}

/// The column of this key.
pub(super) fn leaf(key: &ColumnKey, table: &Table, order: &RowOrder, parents: &Parents) -> Leaf {
    let rows = || order.rows.iter().map(|&row| row as usize);
    let words = |word: &dyn Fn(usize) -> u64| Data::Words(rows().map(word).collect());
    let (starts, ends) = (table.starts(), table.ends());
    let (levels, data) = match key {
        ColumnKey::Part(Part::TraceId) => {
            let ids = rows().flat_map(|row| table.trace_ids()[row].to_bytes());
            (None, Data::Fixed(ids.collect()))
        }
        ColumnKey::Part(Part::SpanId) => {
            let ids = rows().flat_map(|row| table.span_ids()[row].to_bytes());
            (None, Data::Fixed(ids.collect()))
        }
        ColumnKey::Part(Part::Start) => (None, words(&|row| starts[row])),
        ColumnKey::Part(Part::Duration) => {
            (None, words(&|row| ends[row].saturating_sub(starts[row])))
        }
        ColumnKey::Part(Part::EndBeforeStart) => {
            let before = |row: usize| starts[row].checked_sub(ends[row]).filter(|&by| by > 0);
            let (levels, by) = optional(rows().map(before));
            (Some(levels), Data::Words(by))
        }
        ColumnKey::Part(Part::Position) => {
            let positions = rows().map(|row| table.positions()[row].0);
            (None, numbered(key, positions))
        }
        ColumnKey::Part(Part::ParentRow) => {
            let (levels, rows) = optional(parents.rows.iter().copied());
            let words = rows.into_iter().map(|row| i64::from(row).cast_unsigned());
            (Some(levels), numbered(key, words))
        }
        ColumnKey::Part(Part::ParentSpanId) => parents_elsewhere(table, order, parents),
        ColumnKey::Part(Part::ServiceName) => service_names(table, order),
        ColumnKey::Part(_) | ColumnKey::Attribute { .. } => coded(column(table, key), order),
    };
    debug_assert_eq!(levels.is_some(), is_optional(key));
    Leaf {
        key: key.clone(),
        levels,
        data,
    }
}

fn column<'a>(table: &'a Table, key: &ColumnKey) -> &'a Column {
    match key {
        ColumnKey::Part(part) => table.part(*part),
        ColumnKey::Attribute { .. } => table
            .columns()
            .iter()
            .find(|column| column.key() == key)
            .expect("the keys are those of the table's columns"),
    }
}

/// Which rows have a value, and the values of those.
fn optional<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<u32>, Vec<T>) {
    let mut present = Vec::new();
    let level = |value: Option<T>| {
        let level = u32::from(value.is_some());
        present.extend(value);
        level
    };
    let levels = values.map(level).collect();
    (levels, present)
}

fn coded(column: &Column, order: &RowOrder) -> (Option<Vec<u32>>, Data) {
    let ranks = column.presence().ranks();
    let code = |&row: &u32| {
        let rank = ranks.get(row as usize);
        rank.map(|rank| column.codes()[rank])
    };
    let (levels, codes) = optional(order.rows.iter().map(code));
    let levels = is_optional(column.key()).then_some(levels);
    (levels, in_order(column.key(), codes, column.values()))
}

/// Codes for numbers of which few differ.
fn numbered(key: &ColumnKey, words: impl Iterator<Item = u64>) -> Data {
    let mut by_word = FastMap::default();
    let mut values = Values::default();
    let code = |word: u64| {
        *by_word.entry(word).or_insert_with(|| {
            values.push(&word.to_le_bytes());
            values.len() as u32 - 1
        })
    };
    let codes = words.map(code).collect();
    in_order(key, codes, &values)
}

fn service_names(table: &Table, order: &RowOrder) -> (Option<Vec<u32>>, Data) {
    let resources = table.part(Part::Resource).codes();
    let mut values = Values::default();
    let codes: Vec<Option<u32>> = table
        .services()
        .iter()
        .map(|services| {
            services.first().map(|name| {
                values.push(name.as_bytes());
                values.len() as u32 - 1
            })
        })
        .collect();
    let of_row = |&row: &u32| codes[resources[row as usize] as usize];
    let (levels, codes) = optional(order.rows.iter().map(of_row));
    let key = ColumnKey::Part(Part::ServiceName);
    (Some(levels), in_order(&key, codes, &values))
}

fn parents_elsewhere(
    table: &Table,
    order: &RowOrder,
    parents: &Parents,
) -> (Option<Vec<u32>>, Data) {
    let mut levels = vec![0; table.len()];
    let mut ids = Vec::with_capacity(parents.elsewhere.len() * 8);
    for &row in &parents.elsewhere {
        levels[row as usize] = 1;
        let parent = table.parents()[order.rows[row as usize] as usize];
        ids.extend(parent.into_iter().flat_map(SpanId::to_bytes));
    }
    (Some(levels), Data::Fixed(ids))
}

/// Numbers the values anew: only those that a row has, each once, and if they are few in their order.
fn in_order(key: &ColumnKey, mut codes: Vec<u32>, values: &Values) -> Data {
    let physical = Physical::of(key);
    let mut used = vec![false; values.len()];
    for &code in &codes {
        used[code as usize] = true;
    }
    let mut old: Vec<u32> = (0..)
        .zip(&used)
        .filter_map(|(code, &is_used)| is_used.then_some(code))
        .collect();
    let value = |code: u32| values.get(code as usize).unwrap_or_default();
    let is_sorted = old.len() <= SORTED_VALUES_MAX;
    if is_sorted {
        old.sort_by(|&one, &other| physical.compare(value(one), value(other)));
    }
    let mut renumbered = vec![0; values.len()];
    let mut kept = Values::default();
    for &code in &old {
        // Two resources may name one service.
        if !is_sorted || kept.last() != Some(value(code)) {
            kept.push(value(code));
        }
        renumbered[code as usize] = kept.len() as u32 - 1;
    }
    for code in &mut codes {
        *code = renumbered[*code as usize];
    }
    Data::Codes {
        codes,
        values: kept,
        is_sorted,
    }
}

impl Leaf {
    /// Whether a dictionary takes fewer bytes than the values do.
    pub(super) fn is_worth_a_dictionary(&self) -> bool {
        let Data::Codes { codes, values, .. } = &self.data else {
            return false;
        };
        Physical::of(&self.key) != Physical::Bool
            && !codes.is_empty()
            && values.len() <= codes.len() / 2
            && values.bytes_len() <= DICTIONARY_LEN_MAX
    }
}
