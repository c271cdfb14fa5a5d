//! What the columns of a segment or block say of calls.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows"
)]

use std::sync::Arc;

use clew_model::SpanId;
use clew_otlp::{kind_of_number, status_of_number};
use clew_store::{
    AttributeScope, EdgeKind, Field, SYSTEMS, Scalar, is_called, is_calling, system_of,
};

use super::field::FieldValues;
use super::value_kind::ValueKind;
use super::{
    ColumnKey, ColumnRows, Columnar, FieldColumn, Malformed, Part, Projection, ReadRows as _,
    RowSet, Rows, Words, word,
};
use crate::error::DiskError;

/// The columns that tell of calls, of all rows.
#[derive(Debug)]
pub(crate) struct CallColumns {
    starts: Words,
    durations: Words,
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

/// The services of spans.
#[derive(Debug)]
pub(crate) struct Services {
    /// For each row the place of its resource.
    resources: Vec<u32>,
    /// What each resource names.
    names: Vec<Option<Arc<str>>>,
}

impl Services {
    /// Those of all rows.
    pub(crate) fn read(columns: &dyn Columnar) -> Result<Self, DiskError> {
        let resources = columns.required(Part::Resource, 0..columns.rows())?;
        let mut names = Vec::with_capacity(resources.values().len());
        let read = ValueKind::Resource.for_each_message("", resources.values(), |span| {
            names.push(span.service_name().map(Arc::from));
        });
        read.map_err(|Malformed(what)| columns.contradiction(what))?;
        Ok(Self {
            names,
            resources: resources.into_slots(),
        })
    }

    /// That of this row.
    pub(crate) fn get(&self, row: u32) -> Option<&Arc<str>> {
        let resource = self.resources[row as usize];
        self.names.get(resource as usize)?.as_ref()
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

/// Which systems spans call.
#[derive(Debug)]
enum Systems {
    /// What each of [`SYSTEMS`] says.
    Fields(Vec<(FieldValues, EdgeKind)>),
    /// For each row.
    OfRows(Vec<Option<System>>),
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
            starts: columns.times(Part::Start, &rows)?,
            durations: columns.times(Part::Duration, &rows)?,
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

    /// When the span of this row started, in nanoseconds since the Unix epoch.
    pub(crate) fn start(&self, row: u32) -> u64 {
        self.starts[row as usize]
    }

    /// How long it took, in nanoseconds.
    pub(crate) fn duration(&self, row: u32) -> u64 {
        self.durations[row as usize]
    }

    /// The number of the resource of this row.
    pub(crate) fn resource(&self, row: u32) -> u32 {
        self.services.resources[row as usize]
    }

    /// The service that a resource names.
    pub(crate) fn service(&self, resource: u32) -> Option<&Arc<str>> {
        self.services.names.get(resource as usize)?.as_ref()
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

    /// The system that the span of this row calls, if it says so.
    pub(crate) fn system(&self, row: u32) -> Option<System> {
        match &self.systems {
            Systems::OfRows(systems) => systems[row as usize].clone(),
            Systems::Fields(fields) => fields.iter().find_map(|(field, kind)| {
                let values = field.values.get(field.slots[row as usize] as usize)?;
                match values.first()? {
                    Scalar::String(name) => Some((Arc::from(name.as_str()), *kind)),
                    _ => None,
                }
            }),
        }
    }
}

impl Systems {
    fn read(columns: &dyn Columnar, kinds: &Coded<Side>) -> Result<Self, DiskError> {
        let rows = 0..columns.rows();
        let mut fields = Vec::new();
        for (key, kind) in SYSTEMS {
            let field = Field::attribute(AttributeScope::Span, key);
            match FieldColumn::new(&field, columns)? {
                Some(column) if column.is_of_text() => {
                    fields.push((column.read(columns, &rows)?, kind));
                }
                Some(_) => {}
                None => return Self::of_spans(columns, kinds),
            }
        }
        Ok(Self::Fields(fields))
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
        let mut systems = vec![None; columns.rows() as usize];
        for first in (0..columns.rows()).step_by(CHUNK as usize) {
            let rows = first..columns.rows().min(first + CHUNK);
            let sides: Vec<Side> = rows.map(|row| kinds.get(row)).collect();
            let wanted = RowSet::of(&sides, |&side| side == Side::Calling);
            let batches = Rows::selected(columns, first, &wanted, &projection)?;
            let spans = batches.iter().flat_map(Rows::iter);
            for (at, (span, _)) in wanted.iter().zip(spans) {
                let system = system_of(span);
                systems[first as usize + at] = system.map(|(name, kind)| (Arc::from(name), kind));
            }
        }
        Ok(Self::OfRows(systems))
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
