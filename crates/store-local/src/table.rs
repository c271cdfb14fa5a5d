//! Spans become columns, in memory.
//!
//! A column holds one part of every span, or the values of one attribute: a distinct value is kept
//! once, in the column's dictionary, and its rows have its code. What a span says is kept exactly,
//! in the order said: attributes that have no column of their own are kept as they were encoded, and
//! each row knows the *shape* of its span, the sequence of columns that its attributes went to.

mod column;
mod dictionary;
mod order;
mod presence;
mod sorted;
mod summary;

use std::collections::{BTreeSet, HashMap, HashSet};

use clew_model::{
    Attributes, Batch, EventRef, KeyValue, LinkRef, RawAttribute, RawValue, ResourceRef, ScopeRef,
    SpanId, SpanRef, TraceId, ValueRef,
};
use clew_otlp::{
    encode_attributes, encode_events, encode_links, encode_resource, encode_scope, encode_value,
    kind_number, status_number,
};
use clew_store::Position;

use crate::columns::{
    AttributeType, ColumnKey, KEYS_MAX, KeyOwner, Part, SHAPE_OTHER, services_of,
};
use crate::varint;

use column::Column;
pub(crate) use dictionary::{Dictionary, FastMap};
pub(crate) use sorted::SortedTable;

/// How many attributes have a column of their own; those that come later share one. Real services
/// have some hundred; a sender that makes up keys would otherwise make a column of each.
pub(crate) const ATTRIBUTE_COLUMNS_MAX: usize = 1000;

/// Longer keys get no column: the names of columns are read whenever a segment is opened, and no
/// convention has a key of half this length.
const COLUMN_KEY_LEN_MAX: usize = 256;

/// Spans in columns, in the order they were added.
#[derive(Debug, Default)]
pub(crate) struct Table {
    trace_ids: Vec<TraceId>,
    span_ids: Vec<SpanId>,
    parents: Vec<Option<SpanId>>,
    /// In nanoseconds since the Unix epoch, as the ends.
    starts: Vec<u64>,
    ends: Vec<u64>,
    positions: Vec<Position>,
    /// First one for each of [`Part::CODED`], then those of attributes.
    columns: Vec<Column>,
    attributes: AttributeColumns,
    /// The services that each resource names, by the code of the resource: nearly always one.
    services: Vec<Vec<String>>,
    keys: Keys,
    /// The shape of the span that is being added.
    shape: Vec<u8>,
}

/// Which columns there are for attributes, counted from the first one of an attribute.
#[derive(Debug, Default)]
struct AttributeColumns {
    by_key: HashMap<String, [Option<u32>; AttributeType::COUNT]>,
    count: u32,
    /// Which column followed this one in a span before: it nearly always does again, and then its
    /// key is compared instead of looked up. One more at the front is for the first of a span.
    successors: Vec<u32>,
}

/// The keys of attributes of everything but spans.
#[derive(Debug)]
struct Keys(Option<BTreeSet<(KeyOwner, String)>>);

impl Default for Keys {
    fn default() -> Self {
        Self(Some(BTreeSet::new()))
    }
}

impl Keys {
    fn add(&mut self, owner: KeyOwner, attributes: Attributes<'_>) {
        for attribute in attributes {
            let Some(keys) = &mut self.0 else { return };
            keys.insert((owner, attribute.key.to_owned()));
            if keys.len() > KEYS_MAX {
                self.0 = None;
            }
        }
    }
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            columns: Part::CODED
                .iter()
                .map(|&part| Column::new(ColumnKey::Part(part)))
                .collect(),
            attributes: AttributeColumns {
                successors: vec![0],
                ..AttributeColumns::default()
            },
            ..Self::default()
        }
    }

    /// Adds these of the batch's spans, counted from zero.
    pub(crate) fn append(&mut self, batch: &Batch, rows: &[u32], position: Position) {
        // A batch has few resources and scopes, and each is encoded once.
        let mut resources = HashMap::new();
        let mut scopes = HashMap::new();
        for &row in rows {
            let span = batch
                .span(row as usize)
                .expect("whoever appends rows of a batch has them from it");
            let resource = *resources
                .entry(span.resource_index())
                .or_insert_with(|| self.resource(span.resource()));
            let scope = *scopes
                .entry(span.scope_index())
                .or_insert_with(|| self.scope(span.scope()));
            self.push(span, position, resource, scope);
        }
    }

    /// How many spans there are.
    pub(crate) fn len(&self) -> usize {
        self.trace_ids.len()
    }

    fn trace_ids(&self) -> &[TraceId] {
        &self.trace_ids
    }

    fn span_ids(&self) -> &[SpanId] {
        &self.span_ids
    }

    fn parents(&self) -> &[Option<SpanId>] {
        &self.parents
    }

    /// When the spans began, in nanoseconds since the Unix epoch.
    fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// When the spans ended, likewise.
    fn ends(&self) -> &[u64] {
        &self.ends
    }

    fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// The columns of codes: those of [`Part::CODED`], then those of attributes, in the order of
    /// their first values.
    fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The column of one of [`Part::CODED`].
    fn part(&self, part: Part) -> &Column {
        &self.columns[part.coded_index()]
    }

    /// The services that each resource names, by the code of the resource: each once, in the order
    /// sent.
    fn services(&self) -> &[Vec<String>] {
        &self.services
    }

    /// The keys of attributes of everything but spans; `None` if they are too many to list.
    fn keys(&self) -> Option<&BTreeSet<(KeyOwner, String)>> {
        self.keys.0.as_ref()
    }

    fn part_mut(&mut self, part: Part) -> &mut Column {
        &mut self.columns[part.coded_index()]
    }

    /// The code of a resource.
    fn resource(&mut self, resource: ResourceRef<'_>) -> u32 {
        let encoded = encode_resource(&resource.to_resource());
        let code = self.part_mut(Part::Resource).intern(&encoded);
        if code as usize == self.services.len() {
            self.services.push(services(resource));
            self.keys.add(KeyOwner::Resource, resource.attributes());
        }
        code
    }

    /// The code of a scope.
    fn scope(&mut self, scope: ScopeRef<'_>) -> u32 {
        self.keys.add(KeyOwner::Scope, scope.attributes());
        let encoded = encode_scope(&scope.to_scope());
        self.part_mut(Part::Scope).intern(&encoded)
    }

    fn push(&mut self, span: SpanRef<'_>, position: Position, resource: u32, scope: u32) {
        let row = self.len();
        self.trace_ids.push(span.trace_id());
        self.span_ids.push(span.span_id());
        self.parents.push(span.parent_span_id());
        self.starts.push(span.start().unix_nanos());
        self.ends.push(span.end().unix_nanos());
        self.positions.push(position);

        self.part_mut(Part::Resource).set_code(row, resource);
        self.part_mut(Part::Scope).set_code(row, scope);
        self.part_mut(Part::Name).set(row, span.name().as_bytes());
        let kind = kind_number(span.kind());
        self.part_mut(Part::Kind).set_word(row, word_of(kind));
        let status = status_number(span.status_code());
        self.part_mut(Part::StatusCode)
            .set_word(row, word_of(status));
        self.part_mut(Part::Flags)
            .set_word(row, span.flags().into());
        self.set_text(row, Part::StatusMessage, span.status_message());
        self.set_text(row, Part::TraceState, span.trace_state());
        self.set_count(
            row,
            Part::DroppedAttributes,
            span.dropped_attributes_count(),
        );
        self.set_count(row, Part::DroppedEvents, span.dropped_events_count());
        self.set_count(row, Part::DroppedLinks, span.dropped_links_count());
        self.push_attributes(row, span);
        if span.events().len() > 0 {
            for event in span.events() {
                self.keys.add(KeyOwner::Event, event.attributes());
            }
            let events: Vec<_> = span.events().map(EventRef::to_event).collect();
            self.part_mut(Part::Events)
                .set(row, &encode_events(&events));
        }
        if span.links().len() > 0 {
            for link in span.links() {
                self.keys.add(KeyOwner::Link, link.attributes());
            }
            let links: Vec<_> = span.links().map(LinkRef::to_link).collect();
            self.part_mut(Part::Links).set(row, &encode_links(&links));
        }
    }

    /// Text that is most often empty, which is then not there.
    fn set_text(&mut self, row: usize, part: Part, text: &str) {
        if !text.is_empty() {
            self.part_mut(part).set(row, text.as_bytes());
        }
    }

    /// A number that is most often zero, likewise.
    fn set_count(&mut self, row: usize, part: Part, count: u32) {
        if count > 0 {
            self.part_mut(part).set_word(row, count.into());
        }
    }

    fn push_attributes(&mut self, row: usize, span: SpanRef<'_>) {
        self.shape.clear();
        let mut others = Vec::new();
        let mut last = 0;
        for RawAttribute { key, value } in span.attributes().raw() {
            let column = self.attribute_column(last, key, AttributeType::of(value));
            let at = column.map(|column| Part::CODED.len() + column as usize);
            match (column, at) {
                // A column has one value of a row; a sender may say it again, though.
                (Some(column), Some(at)) if !self.columns[at].has(row) => {
                    set_value(&mut self.columns[at], row, value);
                    last = column + 1;
                    varint::push(last.into(), &mut self.shape);
                }
                _ => {
                    others.push(KeyValue {
                        key: text_of(key).to_owned(),
                        value: value.to_value_ref().to_value(),
                    });
                    varint::push(SHAPE_OTHER, &mut self.shape);
                }
            }
        }
        self.columns[Part::Shape.coded_index()].set(row, &self.shape);
        if !others.is_empty() {
            let encoded = encode_attributes(&others);
            self.part_mut(Part::OtherAttributes).set(row, &encoded);
        }
    }

    /// The column of this attribute, which follows the attribute of column `last - 1`.
    fn attribute_column(&mut self, last: u32, key: &[u8], kind: AttributeType) -> Option<u32> {
        let successor = self.attributes.successors[last as usize];
        let likely = self.columns.get(Part::CODED.len() + successor as usize);
        if likely.is_some_and(|column| column.key().is_attribute(key, kind)) {
            return Some(successor);
        }
        let column = self.find_attribute_column(text_of(key), kind)?;
        self.attributes.successors[last as usize] = column;
        Some(column)
    }

    fn find_attribute_column(&mut self, key: &str, kind: AttributeType) -> Option<u32> {
        let by_type = self.attributes.by_key.get(key);
        if let Some(column) = by_type.and_then(|by_type| by_type[kind as usize]) {
            return Some(column);
        }
        let column = self.attributes.count;
        if column as usize >= ATTRIBUTE_COLUMNS_MAX || key.len() > COLUMN_KEY_LEN_MAX {
            return None;
        }
        let by_type = self.attributes.by_key.entry(key.to_owned()).or_default();
        by_type[kind as usize] = Some(column);
        self.attributes.count += 1;
        self.attributes.successors.push(0);
        self.columns.push(Column::new(ColumnKey::Attribute {
            key: key.to_owned(),
            kind,
        }));
        Some(column)
    }
}

/// The services that the resource names, each once.
fn services(resource: ResourceRef<'_>) -> Vec<String> {
    let mut names: Vec<&str> = services_of(resource.attributes()).collect();
    let mut seen = HashSet::new();
    names.retain(|&name| seen.insert(name));
    names.into_iter().map(ToOwned::to_owned).collect()
}

/// A number of the protocol as a value of a column.
fn word_of(number: i32) -> u64 {
    i64::from(number).cast_unsigned()
}

/// What a batch has as text.
fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("a batch has checked its text")
}

fn set_value(column: &mut Column, row: usize, value: RawValue<'_>) {
    match value {
        RawValue::String(text) => column.set(row, text),
        RawValue::Other(value) => match value {
            ValueRef::Bool(flag) => column.set_word(row, flag.into()),
            ValueRef::Int(number) => column.set_word(row, number.cast_unsigned()),
            ValueRef::Double(number) => column.set_word(row, number.to_bits()),
            other => column.set(row, &encode_value(&other.to_value())),
        },
    }
}
