//! The columns of codes: what tables of spans and of log records have alike.

use std::collections::{BTreeSet, HashMap, HashSet};

use clew_model::{Attributes, KeyValue, RawAttribute, RawValue, ResourceRef, ScopeRef, ValueRef};
use clew_otlp::{encode_attributes, encode_resource, encode_scope, encode_value};

use super::column::Column;
use crate::columns::{
    AttributeType, ColumnKey, KEYS_MAX, KeyOwner, Part, SHAPE_OTHER, services_of,
};
use crate::varint;

/// How many attributes have a column of their own; those that come later share one. Real services
/// have some hundred; a sender that makes up keys would otherwise make a column of each.
pub(crate) const ATTRIBUTE_COLUMNS_MAX: usize = 1000;

/// Longer keys get no column: the names of columns are read whenever a segment is opened, and no
/// convention has a key of half this length.
const COLUMN_KEY_LEN_MAX: usize = 256;

/// Columns whose rows have codes.
#[derive(Debug)]
pub(super) struct Coded {
    /// First one for each part, then those of attributes.
    columns: Vec<Column>,
    /// Where each part is among them.
    places: [u8; Part::COUNT],
    /// How many parts there are.
    parts: usize,
    attributes: AttributeColumns,
    /// The services that each resource names, by the code of the resource: nearly always one.
    services: Vec<Vec<String>>,
    keys: Keys,
    /// The shape of what is being added.
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

/// The keys of attributes of everything but the rows themselves.
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

impl Coded {
    /// No rows yet, which may have these parts.
    pub(super) fn new(parts: &[Part]) -> Self {
        let mut places = [u8::MAX; Part::COUNT];
        for (place, &part) in (0..).zip(parts) {
            places[part as usize] = place;
        }
        let columns = parts.iter().map(|&part| Column::new(ColumnKey::Part(part)));
        Self {
            columns: columns.collect(),
            places,
            parts: parts.len(),
            attributes: AttributeColumns {
                successors: vec![0],
                ..AttributeColumns::default()
            },
            services: Vec::new(),
            keys: Keys::default(),
            shape: Vec::new(),
        }
    }

    /// The columns: those of parts, then those of attributes, in the order of their first values.
    pub(super) fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The column of one of its parts.
    pub(super) fn part(&self, part: Part) -> &Column {
        &self.columns[self.place(part)]
    }

    pub(super) fn part_mut(&mut self, part: Part) -> &mut Column {
        let place = self.place(part);
        &mut self.columns[place]
    }

    fn place(&self, part: Part) -> usize {
        self.places[part as usize].into()
    }

    /// The services that each resource names, by the code of the resource: each once, in the order
    /// sent.
    pub(super) fn services(&self) -> &[Vec<String>] {
        &self.services
    }

    /// The keys of attributes of everything but the rows themselves; `None` if they are too many to
    /// list.
    pub(super) fn keys(&self) -> Option<&BTreeSet<(KeyOwner, String)>> {
        self.keys.0.as_ref()
    }

    /// Notes the keys of these attributes.
    pub(super) fn add_keys(&mut self, owner: KeyOwner, attributes: Attributes<'_>) {
        self.keys.add(owner, attributes);
    }

    /// The code of a resource.
    pub(super) fn resource(&mut self, resource: ResourceRef<'_>) -> u32 {
        let encoded = encode_resource(&resource.to_resource());
        let code = self.part_mut(Part::Resource).intern(&encoded);
        if code as usize == self.services.len() {
            self.services.push(services(resource));
            self.keys.add(KeyOwner::Resource, resource.attributes());
        }
        code
    }

    /// The code of a scope.
    pub(super) fn scope(&mut self, scope: ScopeRef<'_>) -> u32 {
        self.keys.add(KeyOwner::Scope, scope.attributes());
        let encoded = encode_scope(&scope.to_scope());
        self.part_mut(Part::Scope).intern(&encoded)
    }

    /// Text that is most often empty, which is then not there.
    pub(super) fn set_text(&mut self, row: usize, part: Part, text: &str) {
        if !text.is_empty() {
            self.part_mut(part).set(row, text.as_bytes());
        }
    }

    /// A number that is most often zero, likewise.
    pub(super) fn set_count(&mut self, row: usize, part: Part, count: u32) {
        if count > 0 {
            self.part_mut(part).set_word(row, count.into());
        }
    }

    /// Adds the attributes of the row itself.
    pub(super) fn push_attributes(&mut self, row: usize, attributes: Attributes<'_>) {
        self.shape.clear();
        let mut others = Vec::new();
        let mut last = 0;
        for RawAttribute { key, value } in attributes.raw() {
            let column = self.attribute_column(last, key, AttributeType::of(value));
            let at = column.map(|column| self.parts + column as usize);
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
        let shape = self.place(Part::Shape);
        self.columns[shape].set(row, &self.shape);
        if !others.is_empty() {
            let encoded = encode_attributes(&others);
            self.part_mut(Part::OtherAttributes).set(row, &encoded);
        }
    }

    /// The column of this attribute, which follows the attribute of column `last - 1`.
    fn attribute_column(&mut self, last: u32, key: &[u8], kind: AttributeType) -> Option<u32> {
        let successor = self.attributes.successors[last as usize];
        let likely = self.columns.get(self.parts + successor as usize);
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
