//! A field of which one column has all values.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use clew_store::{AttributeScope, Field, FieldRef, Intrinsic, Scalar};

use super::value_kind::ValueKind;
use super::{AttributeType, ColumnKey, ColumnReader, Columnar, KeyOwner, Malformed, Part, Values};
use crate::error::DiskError;
use crate::wal::Signal;

/// What the spans of some rows have in a field.
#[derive(Debug)]
pub(crate) struct FieldValues {
    /// For each row the place of its values, or one that has none.
    pub(crate) slots: Vec<u32>,
    /// All values that a span has in the field, in their order.
    pub(crate) values: Arc<Vec<Vec<Scalar>>>,
}

/// Reads a field from a column.
#[derive(Debug)]
pub(crate) struct FieldColumn {
    field: Field,
    kind: ValueKind,
    /// `None` if no span has a value.
    reader: Option<ColumnReader>,
    /// Those of the dictionary, if there is one.
    values: Option<Arc<Vec<Vec<Scalar>>>>,
}

impl FieldColumn {
    /// `None` if spans have to be looked at, one by one.
    pub(crate) fn new(field: &Field, columns: &dyn Columnar) -> Result<Option<Self>, DiskError> {
        let Some(column) = column_of(field, columns) else {
            return Ok(None);
        };
        let (reader, kind) = match column {
            Some((column, kind)) => (Some(ColumnReader::new(columns, column)?), kind),
            None => (None, ValueKind::Text),
        };
        let mut field = Self {
            field: field.clone(),
            kind,
            reader,
            values: None,
        };
        let dictionary = field.reader.as_ref().and_then(ColumnReader::dictionary);
        let values = dictionary.map(|values| field.scalars(values, columns));
        field.values = values.transpose()?.map(Arc::new);
        Ok(Some(field))
    }

    /// Whether no span has a value.
    pub(crate) fn is_empty(&self) -> bool {
        self.reader.is_none()
    }

    /// Whether what it reads as text is text, and not the text form of another value.
    pub(crate) fn is_of_text(&self) -> bool {
        self.kind == ValueKind::Text
    }

    /// What the spans of these rows have.
    pub(crate) fn read(
        &self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<FieldValues, DiskError> {
        let Some(reader) = &self.reader else {
            return Ok(FieldValues {
                slots: vec![super::ABSENT; rows.len()],
                values: Arc::default(),
            });
        };
        let read = reader.read(columns, rows.clone())?;
        let values = match &self.values {
            Some(values) => Arc::clone(values),
            None => Arc::new(self.scalars(read.values(), columns)?),
        };
        Ok(FieldValues {
            slots: read.into_slots(),
            values,
        })
    }

    /// For each value of the column what a span has in the field.
    fn scalars(
        &self,
        values: &Values,
        columns: &dyn Columnar,
    ) -> Result<Vec<Vec<Scalar>>, DiskError> {
        if !self.kind.is_message() {
            let scalar = |value| {
                let value = self.kind.field_ref(value).map(FieldRef::to_scalar);
                value.into_iter().collect()
            };
            return Ok(values.iter().map(scalar).collect());
        }
        let key = match &self.field {
            Field::Attribute { key, .. } => &key[..],
            Field::Intrinsic(_) => "",
        };
        let mut all = Vec::with_capacity(values.len());
        let read = self.kind.for_each_message(key, values, |span| {
            let mut scalars = Vec::new();
            let _never_ends_early = self.field.visit(span, |value| {
                scalars.push(value.to_scalar());
                ControlFlow::Continue(())
            });
            all.push(scalars);
        });
        read.map_err(|Malformed(what)| columns.contradiction(what))?;
        Ok(all)
    }
}

/// The column that has all values of the field, if it is one; if it is none, no span has any.
#[expect(
    clippy::option_option,
    reason = "no column and no single column are not the same"
)]
fn column_of(field: &Field, columns: &dyn Columnar) -> Option<Option<(usize, ValueKind)>> {
    let part = |part, kind| {
        let column = columns.column(&ColumnKey::Part(part));
        column.map(|column| (column, kind))
    };
    match field {
        Field::Intrinsic(intrinsic) => match intrinsic {
            Intrinsic::Name => Some(part(Part::Name, ValueKind::Text)),
            Intrinsic::Severity => Some(part(Part::Severity, ValueKind::Int)),
            Intrinsic::SeverityText => Some(part(Part::SeverityText, ValueKind::Text)),
            // Empty names of scopes are values of spans, and none of log records.
            _ if columns.signal() == Signal::Logs => None,
            Intrinsic::Kind => Some(part(Part::Kind, ValueKind::Kind)),
            Intrinsic::Status => Some(part(Part::StatusCode, ValueKind::Status)),
            Intrinsic::ScopeName | Intrinsic::ScopeVersion => {
                Some(part(Part::Scope, ValueKind::Scope))
            }
            _ => None,
        },
        Field::Attribute { scope, key } => match only_scope(*scope, key, columns)? {
            None => Some(None),
            Some(AttributeScope::Resource) => Some(part(Part::Resource, ValueKind::Resource)),
            Some(AttributeScope::Scope) => Some(part(Part::Scope, ValueKind::Scope)),
            Some(AttributeScope::Span) => {
                let mut found = attribute_columns(key, columns);
                match (found.next(), found.next()) {
                    (first, None) => Some(first),
                    _ => None,
                }
            }
            Some(_) => None,
        },
    }
}

/// The only scope within this one in which spans have the attribute; `Some(None)` if they have it in
/// none.
#[expect(clippy::option_option, reason = "none and not one are not the same")]
fn only_scope(
    scope: AttributeScope,
    key: &str,
    columns: &dyn Columnar,
) -> Option<Option<AttributeScope>> {
    // A key that has no column of its own, or a second value of it.
    let others = columns.column(&ColumnKey::Part(Part::OtherAttributes));
    let owners = [
        (AttributeScope::Resource, KeyOwner::Resource),
        (AttributeScope::Scope, KeyOwner::Scope),
        (AttributeScope::Event, KeyOwner::Event),
        (AttributeScope::Link, KeyOwner::Link),
    ];
    let is_within = |one| scope == AttributeScope::Any || scope == one;
    if is_within(AttributeScope::Span) && others.is_some() {
        return None;
    }
    let of_spans = is_within(AttributeScope::Span) && attribute_columns(key, columns).count() > 0;
    let mut found = of_spans.then_some(AttributeScope::Span);
    for (owner_scope, owner) in owners {
        if is_within(owner_scope) && columns.summary().has_key(owner, key) {
            if found.is_some() {
                return None;
            }
            found = Some(owner_scope);
        }
    }
    Some(found)
}

/// The columns of this attribute of the spans themselves, one for each type.
fn attribute_columns<'c>(
    key: &'c str,
    columns: &'c dyn Columnar,
) -> impl Iterator<Item = (usize, ValueKind)> + 'c {
    AttributeType::ALL.into_iter().filter_map(move |kind| {
        let column = columns.column(&ColumnKey::Attribute {
            key: key.to_owned(),
            kind,
        })?;
        Some((column, ValueKind::of_attribute(kind)))
    })
}
