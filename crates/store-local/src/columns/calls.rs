//! What the columns of a segment or block say of calls.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows"
)]

use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanId, TimeRange, Timestamp};
use clew_otlp::{kind_of_number, status_of_number};
use clew_store::{
    AttributeScope, EdgeKind, Field, SYSTEMS, Scalar, is_called, is_calling, system_of,
};

use super::field::FieldValues;
use super::value_kind::ValueKind;
use super::{
    ABSENT, ColumnKey, ColumnRows, Columnar, FieldColumn, Malformed, Part, Projection,
    ReadRows as _, RowSet, Rows, Words, word,
};
use crate::error::DiskError;
use crate::table::FastMap;

/// The columns that tell of calls, of all rows; but for times, which are read [as they are
/// needed](CallTimes).
#[derive(Debug)]
pub(crate) struct CallColumns {
    parent_rows: Option<ColumnRows>,
    parent_ids: Option<ColumnRows>,
    services: Services,
    kinds: Coded<Side>,
    errors: Coded<bool>,
    systems: Systems,
}

/// For each row one of some values.
#[derive(Debug)]
struct Coded<T> {
    slots: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy + Default> Coded<T> {
    fn read(
        columns: &dyn Columnar,
        part: Part,
        value: impl Fn(&[u8]) -> T,
    ) -> Result<Self, DiskError> {
        let read = columns.required(part, 0..columns.rows())?;
        Ok(Self {
            values: read.values().iter().map(value).collect(),
            slots: read.into_slots(),
        })
    }

    fn get(&self, row: u32) -> T {
        let value = self.values.get(self.slots[row as usize] as usize);
        value.copied().unwrap_or_default()
    }
}

/// The services of spans, by numbers that are theirs in one segment or block.
#[derive(Debug)]
pub(crate) struct Services {
    /// For each row the place of its resource.
    resources: Vec<u32>,
    /// The number of the service that each resource names, or [`ABSENT`].
    numbers: Vec<u32>,
    names: Numbered<Arc<str>>,
}

impl Services {
    /// Those of all rows.
    pub(crate) fn read(columns: &dyn Columnar) -> Result<Self, DiskError> {
        let resources = columns.required(Part::Resource, 0..columns.rows())?;
        let mut names = Numbered::default();
        let mut numbers = Vec::with_capacity(resources.values().len());
        let read = ValueKind::Resource.for_each_message("", resources.values(), |span| {
            let name = span.service_name();
            numbers.push(name.map_or(ABSENT, |name| names.number(Arc::from(name))));
        });
        read.map_err(|Malformed(what)| columns.contradiction(what))?;
        Ok(Self {
            resources: resources.into_slots(),
            numbers,
            names,
        })
    }

    /// The number of the service of this row.
    fn number(&self, row: u32) -> Option<u32> {
        let resource = *self.resources.get(row as usize)?;
        let number = *self.numbers.get(resource as usize)?;
        (number != ABSENT).then_some(number)
    }

    /// The service of this row.
    pub(crate) fn get(&self, row: u32) -> Option<&Arc<str>> {
        self.names.get(self.number(row)?)
    }
}

/// Values that are called by numbers, from 0 on.
#[derive(Debug)]
struct Numbered<T> {
    values: Vec<T>,
    numbers: FastMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: FastMap::default(),
        }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            self.values.len() as u32 - 1
        })
    }

    fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number as usize)
    }
}

/// Which side of a call a span is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Side {
    Calling,
    Called,
    #[default]
    Neither,
}

/// Where the parent of a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parent {
    None,
    Row(u32),
    Elsewhere(SpanId),
}

/// A database or a message broker.
pub(crate) type System = (Arc<str>, EdgeKind);

/// Which systems spans call, by numbers that are theirs in one segment or block.
#[derive(Debug)]
struct Systems {
    of_rows: SystemsOfRows,
    systems: Numbered<System>,
}

#[derive(Debug)]
enum SystemsOfRows {
    /// What each of [`SYSTEMS`] says: for each row the place of its value, and the number of what each
    /// value names, or [`ABSENT`].
    Fields(Vec<(Vec<u32>, Vec<u32>)>),
    /// The number for each row, or [`ABSENT`].
    Each(Vec<u32>),
}

/// When some spans started, and how long they took.
#[derive(Debug)]
pub(crate) struct CallTimes {
    first: u32,
    /// `None` if nobody asks.
    starts: Option<Words>,
    durations: Words,
}

impl CallTimes {
    /// Those of these rows; when they started if it is asked whether that was in this range.
    pub(crate) fn read(
        columns: &dyn Columnar,
        rows: &Range<u32>,
        time: TimeRange,
    ) -> Result<Self, DiskError> {
        let starts = (time != TimeRange::ALL).then(|| columns.times(Part::Start, rows));
        Ok(Self {
            first: rows.start,
            starts: starts.transpose()?,
            durations: columns.times(Part::Duration, rows)?,
        })
    }

    /// Whether the span of this row started in the range.
    pub(crate) fn is_in(&self, row: u32, time: TimeRange) -> bool {
        let start = |starts: &Words| starts[(row - self.first) as usize];
        let start = self.starts.as_ref().map(start);
        start.is_none_or(|start| time.contains(Timestamp::from_unix_nanos(start)))
    }

    /// How long it took, in nanoseconds.
    pub(crate) fn duration(&self, row: u32) -> u64 {
        self.durations[(row - self.first) as usize]
    }
}

impl CallColumns {
    /// Those of all rows.
    pub(crate) fn read(columns: &dyn Columnar) -> Result<Self, DiskError> {
        let rows = 0..columns.rows();
        let number = |value: &[u8]| word(value) as i32;
        let kinds = Coded::read(columns, Part::Kind, |value| {
            match kind_of_number(number(value)) {
                kind if is_calling(kind) => Side::Calling,
                kind if is_called(kind) => Side::Called,
                _ => Side::Neither,
            }
        })?;
        let error = clew_model::StatusCode::Error;
        Ok(Self {
            parent_rows: columns.values(Part::ParentRow, rows.clone())?,
            parent_ids: columns.values(Part::ParentSpanId, rows.clone())?,
            services: Services::read(columns)?,
            errors: Coded::read(columns, Part::StatusCode, |value| {
                status_of_number(number(value)) == error
            })?,
            systems: Systems::read(columns, &kinds)?,
            kinds,
        })
    }

    /// The number of the service of this row, if it has one.
    pub(crate) fn service(&self, row: u32) -> Option<u32> {
        self.services.number(row)
    }

    /// The service of this number.
    pub(crate) fn service_name(&self, number: u32) -> Option<&Arc<str>> {
        self.services.names.get(number)
    }

    pub(crate) fn side(&self, row: u32) -> Side {
        self.kinds.get(row)
    }

    pub(crate) fn is_error(&self, row: u32) -> bool {
        self.errors.get(row)
    }

    pub(crate) fn parent(&self, row: u32) -> Parent {
        if let Some(offset) = self.parent_rows.as_ref().and_then(|rows| rows.get(row)) {
            return Parent::Row((u64::from(row).wrapping_add(word(offset))) as u32);
        }
        let id = self.parent_ids.as_ref().and_then(|ids| ids.get(row));
        let id = id.and_then(|id| SpanId::from_bytes(id.try_into().ok()?));
        id.map_or(Parent::None, Parent::Elsewhere)
    }

    /// The number of the system that the span of this row calls, if it says so.
    pub(crate) fn system(&self, row: u32) -> Option<u32> {
        let row = row as usize;
        let is_there = |number: &u32| *number != ABSENT;
        match &self.systems.of_rows {
            SystemsOfRows::Each(numbers) => Some(numbers[row]).filter(is_there),
            SystemsOfRows::Fields(fields) => fields.iter().find_map(|(slots, numbers)| {
                let number = numbers.get(slots[row] as usize).copied();
                number.filter(is_there)
            }),
        }
    }

    /// The system of this number.
    pub(crate) fn system_name(&self, number: u32) -> Option<&System> {
        self.systems.systems.get(number)
    }
}

impl Systems {
    fn read(columns: &dyn Columnar, kinds: &Coded<Side>) -> Result<Self, DiskError> {
        let rows = 0..columns.rows();
        let mut systems = Numbered::default();
        let mut fields = Vec::new();
        for (key, kind) in SYSTEMS {
            let field = Field::attribute(AttributeScope::Span, key);
            match FieldColumn::new(&field, columns)? {
                Some(column) if column.is_of_text() => {
                    let FieldValues { slots, values } = column.read(columns, &rows)?;
                    let number = |values: &Vec<Scalar>| match values.first() {
                        Some(Scalar::String(name)) => {
                            systems.number((Arc::from(name.as_str()), kind))
                        }
                        _ => ABSENT,
                    };
                    fields.push((slots, values.iter().map(number).collect()));
                }
                Some(_) => {}
                None => return Self::of_spans(columns, kinds),
            }
        }
        Ok(Self {
            of_rows: SystemsOfRows::Fields(fields),
            systems,
        })
    }

    /// Those of spans that call, one by one.
    fn of_spans(columns: &dyn Columnar, kinds: &Coded<Side>) -> Result<Self, DiskError> {
        /// So many rows are read at once.
        const CHUNK: u32 = 8192;
        let keys = SYSTEMS.iter().map(|(key, _)| *key);
        let fields = keys.map(|key| Field::attribute(AttributeScope::Span, key));
        let projection = fields.fold(Projection::default(), |projection, field| {
            projection.with_field(&field)
        });
        let mut systems = Numbered::default();
        let mut numbers = vec![ABSENT; columns.rows() as usize];
        for first in (0..columns.rows()).step_by(CHUNK as usize) {
            let rows = first..columns.rows().min(first + CHUNK);
            let sides: Vec<Side> = rows.map(|row| kinds.get(row)).collect();
            let wanted = RowSet::of(&sides, |&side| side == Side::Calling);
            let batches = Rows::selected(columns, first, &wanted, &projection)?;
            let spans = batches.iter().flat_map(Rows::iter);
            for (at, (span, _)) in wanted.iter().zip(spans) {
                if let Some((name, kind)) = system_of(span) {
                    numbers[first as usize + at] = systems.number((Arc::from(name), kind));
                }
            }
        }
        Ok(Self {
            of_rows: SystemsOfRows::Each(numbers),
            systems,
        })
    }
}

impl dyn Columnar + '_ {
    /// How many spans have a parent that is elsewhere.
    pub(crate) fn parents_elsewhere(&self) -> u64 {
        let column = self.column(&ColumnKey::Part(Part::ParentSpanId));
        let pages = column.map(|column| self.pages(column, &(0..self.rows())));
        let pages = pages.into_iter().flatten();
        pages.map(|page| u64::from(page.values)).sum()
    }
}
