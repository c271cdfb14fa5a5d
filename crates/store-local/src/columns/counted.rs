//! Counts the values of a field, or keys, by their columns.

use std::collections::HashMap;
use std::ops::Range;

use clew_model::{TimeRange, Timestamp};
use clew_store::{AttributeScope, Scalar, Values as Question, ValuesOf};

use super::{ABSENT, ColumnKey, Columnar, FieldColumn, Filter, Part, SHAPE_OTHER};
use crate::error::DiskError;
use crate::varint;

/// A question of values, made ready for the columns of one segment or block.
#[derive(Debug)]
pub(crate) struct ColumnValues {
    time: TimeRange,
    filter: Filter,
    of: Counted,
}

#[derive(Debug)]
enum Counted {
    Field(FieldColumn),
    /// The keys of the attributes of spans, in the order in which shapes number them.
    Keys(Vec<String>),
}

impl ColumnValues {
    /// `None` if spans have to be looked at, one by one.
    pub(crate) fn new(
        question: &Question,
        columns: &dyn Columnar,
    ) -> Result<Option<Self>, DiskError> {
        let of = match &question.of {
            ValuesOf::Field(field) => FieldColumn::new(field, columns)?.map(Counted::Field),
            ValuesOf::Keys(AttributeScope::Span) => keys(columns).map(Counted::Keys),
            ValuesOf::Keys(_) => None,
        };
        let Some(of) = of else { return Ok(None) };
        Ok(Some(Self {
            time: columns.summary().narrowed(question.time),
            filter: Filter::new(&question.spans, columns)?,
            of,
        }))
    }

    /// Whether no span is asked for.
    pub(crate) fn is_never(&self) -> bool {
        self.filter.is_never()
    }

    /// How many of the spans of these rows have each value.
    pub(crate) fn count(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<HashMap<Scalar, u64>, DiskError> {
        let mut wanted = self.filter.rows(columns, rows.clone())?;
        if self.time != TimeRange::ALL && !wanted.is_empty() {
            let starts = columns.times(columns.time_part(), rows)?;
            wanted.retain(|at| self.time.contains(Timestamp::from_unix_nanos(starts[at])));
        }
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let mut counts = HashMap::new();
        match &self.of {
            Counted::Field(column) => {
                let read = column.read(columns, rows)?;
                let of_slots = count_slots(wanted.iter().map(|at| read.slots[at]));
                for (values, spans) in read.values.iter().zip(of_slots) {
                    add(&mut counts, values.clone(), spans);
                }
            }
            Counted::Keys(keys) => {
                let shapes = columns.required(Part::Shape, rows.clone())?;
                let of_slots = count_slots(wanted.iter().map(|at| shapes.slots()[at]));
                for (shape, spans) in shapes.values().iter().zip(of_slots) {
                    let keys = keys_of(shape, keys);
                    let keys = keys.ok_or_else(|| columns.contradiction("a shape that is none"))?;
                    add(&mut counts, keys, spans);
                }
            }
        }
        Ok(counts)
    }
}

/// How many rows have the value of each place.
fn count_slots(slots: impl Iterator<Item = u32>) -> Vec<u64> {
    let mut counts = Vec::new();
    for slot in slots.filter(|&slot| slot != ABSENT) {
        let slot = slot as usize;
        if slot >= counts.len() {
            counts.resize(slot + 1, 0);
        }
        counts[slot] += 1;
    }
    counts
}

/// Counts each of the values that so many spans have.
fn add(counts: &mut HashMap<Scalar, u64>, mut values: Vec<Scalar>, spans: u64) {
    if spans == 0 {
        return;
    }
    values.sort_unstable();
    values.dedup();
    for value in values {
        *counts.entry(value).or_insert(0) += spans;
    }
}

/// The keys of the attributes of spans, if columns have all of them.
fn keys(columns: &dyn Columnar) -> Option<Vec<String>> {
    if columns
        .column(&ColumnKey::Part(Part::OtherAttributes))
        .is_some()
    {
        return None;
    }
    let keys = (0..columns.column_count()).map(|column| columns.key(column));
    let keys = keys.filter_map(|key| match key {
        ColumnKey::Attribute { key, .. } => Some(key.clone()),
        ColumnKey::Part(_) => None,
    });
    Some(keys.collect())
}

/// The keys that the numbers of a shape stand for.
fn keys_of(mut shape: &[u8], keys: &[String]) -> Option<Vec<Scalar>> {
    let mut found = Vec::new();
    while !shape.is_empty() {
        let number = varint::take(&mut shape)?;
        let at = usize::try_from(number.checked_sub(SHAPE_OTHER + 1)?).ok()?;
        found.push(Scalar::from(keys.get(at)?.as_str()));
    }
    Some(found)
}
