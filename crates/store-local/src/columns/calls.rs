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
    ABSENT, ColumnKey, ColumnReader, ColumnRows, Columnar, FieldColumn, Malformed, Part,
    Projection, ReadRows as _, RowSet, Rows, Words, word,
};
use crate::error::DiskError;
use crate::table::FastMap;

/// The columns that tell of calls, made ready to be read.
#[derive(Debug)]
pub(crate) struct CallColumns {
    services: Services,
    parent_rows: Option<ColumnReader>,
    parent_ids: Option<ColumnReader>,
    kinds: ColumnReader,
    statuses: ColumnReader,
    systems: SystemColumns,
}

/// What some rows tell of calls.
#[derive(Debug)]
pub(crate) struct CallRows {
    first: u32,
    /// When they started; `None` if nobody asks.
    starts: Option<Words>,
    durations: Words,
    parent_rows: Option<ColumnRows>,
    parent_ids: Option<ColumnRows>,
    sides: Coded<Side>,
    errors: Coded<bool>,
    /// The number of the system that each calls, or [`ABSENT`].
    systems: Vec<u32>,
}

/// For each row one of some values.
#[derive(Debug)]
struct Coded<T> {
    slots: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy + Default> Coded<T> {
    fn of(rows: ColumnRows, value: impl Fn(i32) -> T) -> Self {
        let values = rows.values().iter();
        Self {
            values: values.map(|it| value(word(it) as i32)).collect(),
            slots: rows.into_slots(),
        }
    }

    fn get(&self, at: usize) -> T {
        let value = self.values.get(self.slots[at] as usize);
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
struct SystemColumns {
    /// What each of [`SYSTEMS`] says; `None` if spans have to be looked at, one by one.
    fields: Option<Vec<SystemField>>,
    systems: Numbered<System>,
}

#[derive(Debug)]
struct SystemField {
    column: FieldColumn,
    kind: EdgeKind,
    /// The values that were read last, and the number of what each names, or [`ABSENT`].
    numbers: (Arc<Vec<Vec<Scalar>>>, Vec<u32>),
}

impl CallColumns {
    pub(crate) fn new(columns: &dyn Columnar) -> Result<Self, DiskError> {
        let reader = |part| {
            let column = columns.column(&ColumnKey::Part(part));
            let reader = column.map(|column| ColumnReader::new(columns, column));
            reader.transpose()
        };
        let required = |part| reader(part)?.ok_or_else(|| columns.missing());
        Ok(Self {
            services: Services::read(columns)?,
            parent_rows: reader(Part::ParentRow)?,
            parent_ids: reader(Part::ParentSpanId)?,
            kinds: required(Part::Kind)?,
            statuses: required(Part::StatusCode)?,
            systems: SystemColumns::new(columns)?,
        })
    }

    /// Reads these rows; when they started if it is asked whether that was in this range.
    pub(crate) fn read(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
        time: TimeRange,
    ) -> Result<CallRows, DiskError> {
        let starts = (time != TimeRange::ALL).then(|| columns.times(Part::Start, rows));
        let read = |reader: &ColumnReader| reader.read(columns, rows.clone());
        let sides = Coded::of(read(&self.kinds)?, |number| match kind_of_number(number) {
            kind if is_calling(kind) => Side::Calling,
            kind if is_called(kind) => Side::Called,
            _ => Side::Neither,
        });
        let error = clew_model::StatusCode::Error;
        Ok(CallRows {
            first: rows.start,
            starts: starts.transpose()?,
            durations: columns.times(Part::Duration, rows)?,
            parent_rows: self.parent_rows.as_ref().map(read).transpose()?,
            parent_ids: self.parent_ids.as_ref().map(read).transpose()?,
            errors: Coded::of(read(&self.statuses)?, |number| {
                status_of_number(number) == error
            }),
            systems: self.systems.read(columns, rows, &sides)?,
            sides,
        })
    }

    /// The number of the service of this row, whichever was read, if it has one.
    pub(crate) fn service(&self, row: u32) -> Option<u32> {
        self.services.number(row)
    }

    /// The service of this number.
    pub(crate) fn service_name(&self, number: u32) -> Option<&Arc<str>> {
        self.services.names.get(number)
    }

    /// The system of this number.
    pub(crate) fn system_name(&self, number: u32) -> Option<&System> {
        self.systems.systems.get(number)
    }
}

impl CallRows {
    fn at(&self, row: u32) -> usize {
        (row - self.first) as usize
    }

    /// Whether the span of this row started in the range.
    pub(crate) fn is_in(&self, row: u32, time: TimeRange) -> bool {
        let start = |starts: &Words| Timestamp::from_unix_nanos(starts[self.at(row)]);
        let start = self.starts.as_ref().map(start);
        start.is_none_or(|start| time.contains(start))
    }

    /// How long it took, in nanoseconds.
    pub(crate) fn duration(&self, row: u32) -> u64 {
        self.durations[self.at(row)]
    }

    pub(crate) fn side(&self, row: u32) -> Side {
        self.sides.get(self.at(row))
    }

    pub(crate) fn is_error(&self, row: u32) -> bool {
        self.errors.get(self.at(row))
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
        let number = self.systems[self.at(row)];
        (number != ABSENT).then_some(number)
    }
}

impl SystemColumns {
    fn new(columns: &dyn Columnar) -> Result<Self, DiskError> {
        let mut fields = Some(Vec::new());
        for (key, kind) in SYSTEMS {
            let field = Field::attribute(AttributeScope::Span, key);
            match FieldColumn::new(&field, columns)? {
                Some(column) if !column.is_empty() && column.is_of_text() => {
                    fields.get_or_insert_default().push(SystemField {
                        column,
                        kind,
                        numbers: (Arc::default(), Vec::new()),
                    });
                }
                Some(_) => {}
                None => {
                    fields = None;
                    break;
                }
            }
        }
        Ok(Self {
            fields,
            systems: Numbered::default(),
        })
    }

    /// The number of the system that the span of each of these rows calls, or [`ABSENT`].
    fn read(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
        sides: &Coded<Side>,
    ) -> Result<Vec<u32>, DiskError> {
        let Some(fields) = &mut self.fields else {
            return self.read_spans(columns, rows, sides);
        };
        let mut of_rows = vec![ABSENT; rows.len()];
        for SystemField {
            column,
            kind,
            numbers: (known, numbers),
        } in fields
        {
            let FieldValues { slots, values } = column.read(columns, rows)?;
            if !Arc::ptr_eq(known, &values) {
                let number = |values: &Vec<Scalar>| match values.first() {
                    Some(Scalar::String(name)) => {
                        let name = Arc::from(name.as_str());
                        self.systems.number((name, *kind))
                    }
                    _ => ABSENT,
                };
                *numbers = values.iter().map(number).collect();
                *known = values;
            }
            for (number, &slot) in of_rows.iter_mut().zip(&slots) {
                if *number == ABSENT
                    && let Some(&found) = numbers.get(slot as usize)
                {
                    *number = found;
                }
            }
        }
        Ok(of_rows)
    }

    /// The same, from spans that call, one by one.
    fn read_spans(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
        sides: &Coded<Side>,
    ) -> Result<Vec<u32>, DiskError> {
        let keys = SYSTEMS.iter().map(|(key, _)| *key);
        let fields = keys.map(|key| Field::attribute(AttributeScope::Span, key));
        let projection = fields.fold(Projection::default(), |projection, field| {
            projection.with_field(&field)
        });
        let sides: Vec<Side> = (0..rows.len()).map(|at| sides.get(at)).collect();
        let wanted = RowSet::of(&sides, |&side| side == Side::Calling);
        let batches = Rows::selected(columns, rows.start, &wanted, &projection)?;
        let spans = batches.iter().flat_map(Rows::iter);
        let mut of_rows = vec![ABSENT; rows.len()];
        for (at, (span, _)) in wanted.iter().zip(spans) {
            if let Some((name, kind)) = system_of(span) {
                of_rows[at] = self.systems.number((Arc::from(name), kind));
            }
        }
        Ok(of_rows)
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
