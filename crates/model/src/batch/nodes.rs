//! Attributes as a flat vector of nodes, and how they are read.
//!
//! An attribute is one node; an array or a map is followed by its members, to any depth. Each
//! node knows where its members end, which is where its next sibling begins.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::{KeyValue, Value};

use super::builder::AttributeContent;

/// So many items from `start`: bytes of the request, or entries of a vector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Slice {
    pub(super) fn end(self) -> u32 {
        self.start + self.len
    }

    /// The items of the slice, out of all of them.
    pub(super) fn of<T>(self, all: &[T]) -> &[T] {
        &all[self.start as usize..][..self.len as usize]
    }
}

/// Text of a request, whose UTF-8 was checked; made by
/// [`BatchBuilder::text`](super::BatchBuilder::text).
#[derive(Debug, Clone, Copy, Default)]
pub struct Text(pub(super) Slice);

impl Text {
    /// The text, out of the request that it was made from.
    pub(super) fn of(self, bytes: &[u8]) -> &str {
        std::str::from_utf8(self.0.of(bytes)).expect("`BatchBuilder::text` checked these bytes")
    }
}

/// Bytes of a request; made by [`BatchBuilder::blob`](super::BatchBuilder::blob).
#[derive(Debug, Clone, Copy, Default)]
pub struct Blob(pub(super) Slice);

/// An attribute, or a member of an array (then without a key) or of a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeNode {
    pub(super) key: Text,
    pub(super) content: AttributeContent,
    /// The position after its last member, in the vector that holds it.
    pub(super) end: u32,
}

/// The nodes of one level, one after the other.
#[derive(Clone, Copy)]
struct Siblings<'a> {
    bytes: &'a [u8],
    nodes: &'a [AttributeNode],
    at: u32,
    end: u32,
}

impl<'a> Siblings<'a> {
    /// The members of the node at `at`.
    fn members(self, at: u32, node: &AttributeNode) -> Self {
        Self {
            at: at + 1,
            end: node.end,
            ..self
        }
    }

    fn value(self, at: u32, node: &AttributeNode) -> ValueRef<'a> {
        match node.content {
            AttributeContent::Empty => ValueRef::Empty,
            AttributeContent::String(text) => ValueRef::String(text.of(self.bytes)),
            AttributeContent::Bool(flag) => ValueRef::Bool(flag),
            AttributeContent::Int(number) => ValueRef::Int(number),
            AttributeContent::Double(number) => ValueRef::Double(number),
            AttributeContent::Bytes(blob) => ValueRef::Bytes(blob.0.of(self.bytes)),
            AttributeContent::Array => ValueRef::Array(Values(self.members(at, node))),
            AttributeContent::Map => ValueRef::Map(Attributes(self.members(at, node))),
        }
    }
}

/// The nodes of a level and all below, one after the other, each with where its members end: that is
/// the same for equal ones. Text is hashed as bytes, since to read it as text would check its UTF-8
/// again, and whoever looks for spans that were sent twice hashes every one.
impl Hash for Siblings<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let nodes = &self.nodes[self.at as usize..self.end as usize];
        state.write_usize(nodes.len());
        for (at, node) in (self.at..).zip(nodes) {
            hash_bytes(node.key.0.of(self.bytes), state);
            std::mem::discriminant(&node.content).hash(state);
            match node.content {
                AttributeContent::Empty => {}
                AttributeContent::String(text) => hash_bytes(text.0.of(self.bytes), state),
                AttributeContent::Bool(flag) => state.write_u8(flag.into()),
                AttributeContent::Int(number) => state.write_i64(number),
                AttributeContent::Double(number) => state.write_u64(number.to_bits()),
                AttributeContent::Bytes(blob) => hash_bytes(blob.0.of(self.bytes), state),
                AttributeContent::Array | AttributeContent::Map => state.write_u32(node.end - at),
            }
        }
    }
}

fn hash_bytes<H: Hasher>(bytes: &[u8], state: &mut H) {
    state.write_usize(bytes.len());
    state.write(bytes);
}

/// Attributes, in the order sent.
#[derive(Clone, Copy)]
pub struct Attributes<'a>(Siblings<'a>);

impl<'a> Attributes<'a> {
    pub(super) fn new(bytes: &'a [u8], nodes: &'a [AttributeNode], slice: Slice) -> Self {
        Self(Siblings {
            bytes,
            nodes,
            at: slice.start,
            end: slice.end(),
        })
    }

    /// Each attribute in turn.
    pub fn iter(self) -> AttributesIter<'a> {
        AttributesIter(self.0)
    }

    /// The value of the first, whatever its key.
    pub(super) fn first_value(self) -> Option<ValueRef<'a>> {
        let level = self.0;
        let node = (level.at < level.end).then(|| &level.nodes[level.at as usize])?;
        Some(level.value(level.at, node))
    }

    /// Each attribute in turn, with text as the bytes that it is. To read it as text would check its
    /// UTF-8 again, which is dear for who looks at all of them and keeps bytes.
    pub fn raw(self) -> impl Iterator<Item = RawAttribute<'a>> {
        let level = self.0;
        let mut at = level.at;
        std::iter::from_fn(move || {
            let node = (at < level.end).then(|| &level.nodes[at as usize])?;
            let value = match node.content {
                AttributeContent::String(text) => RawValue::String(text.0.of(level.bytes)),
                _ => RawValue::Other(level.value(at, node)),
            };
            at = node.end;
            Some(RawAttribute {
                key: node.key.0.of(level.bytes),
                value,
            })
        })
    }

    /// The value of the first attribute of this key.
    pub fn get(self, key: &str) -> Option<ValueRef<'a>> {
        self.iter()
            .find(|attribute| attribute.key == key)
            .map(|attribute| attribute.value)
    }

    /// About how many bytes of memory they take as values of their own.
    pub fn memory_len(self) -> usize {
        let Siblings { nodes, at, end, .. } = self.0;
        let nodes = &nodes[at as usize..end as usize];
        let texts = nodes.iter().map(|node| {
            let content = match node.content {
                AttributeContent::String(text) => text.0.len,
                AttributeContent::Bytes(blob) => blob.0.len,
                _ => 0,
            };
            (node.key.0.len + content) as usize
        });
        nodes.len() * size_of::<KeyValue>() + texts.sum::<usize>()
    }

    /// The attributes as values of their own.
    pub fn to_key_values(self) -> Vec<KeyValue> {
        // Counted first: a list that grows takes up to three times its memory on the way.
        let mut key_values = Vec::with_capacity(self.iter().count());
        key_values.extend(self.iter().map(|attribute| KeyValue {
            key: attribute.key.to_owned(),
            value: attribute.value.to_value(),
        }));
        key_values
    }
}

impl<'a> IntoIterator for Attributes<'a> {
    type Item = AttributeRef<'a>;
    type IntoIter = AttributesIter<'a>;

    fn into_iter(self) -> AttributesIter<'a> {
        self.iter()
    }
}

impl PartialEq for Attributes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Attributes<'_> {}

impl Hash for Attributes<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self
            .iter()
            .map(|attribute| (attribute.key, attribute.value));
        f.debug_map().entries(entries).finish()
    }
}

/// Goes through [`Attributes`].
#[derive(Clone)]
pub struct AttributesIter<'a>(Siblings<'a>);

impl<'a> Iterator for AttributesIter<'a> {
    type Item = AttributeRef<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let level = self.0;
        if level.at >= level.end {
            return None;
        }
        let node = &level.nodes[level.at as usize];
        self.0.at = node.end;
        Some(AttributeRef {
            key: node.key.of(level.bytes),
            value: level.value(level.at, node),
        })
    }
}

/// The members of an array, in the order sent.
#[derive(Clone, Copy)]
pub struct Values<'a>(Siblings<'a>);

impl<'a> Values<'a> {
    /// Each member in turn.
    pub fn iter(self) -> impl Iterator<Item = ValueRef<'a>> {
        AttributesIter(self.0).map(|member| member.value)
    }
}

impl PartialEq for Values<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Values<'_> {}

impl Hash for Values<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An attribute of a batch, with text as bytes.
#[derive(Debug, Clone, Copy)]
pub struct RawAttribute<'a> {
    /// The name, in UTF-8.
    pub key: &'a [u8],
    /// What it is set to.
    pub value: RawValue<'a>,
}

/// A value of an attribute of a batch, with text as bytes.
#[derive(Debug, Clone, Copy)]
pub enum RawValue<'a> {
    /// Text, in UTF-8.
    String(&'a [u8]),
    /// Any other value.
    Other(ValueRef<'a>),
}

impl<'a> RawValue<'a> {
    /// The value with its text as text.
    ///
    /// # Panics
    /// If it is not that of a batch, which checks all text.
    pub fn to_value_ref(self) -> ValueRef<'a> {
        match self {
            Self::String(text) => {
                ValueRef::String(std::str::from_utf8(text).expect("a batch has checked its text"))
            }
            Self::Other(value) => value,
        }
    }
}

/// An attribute of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttributeRef<'a> {
    /// The name, such as `http.request.method`.
    pub key: &'a str,
    /// What it is set to.
    pub value: ValueRef<'a>,
}

/// A value of an attribute of a batch; [`Value`] is its owned twin.
///
/// Two are equal if they were sent the same: unlike for `f64`, NaN equals itself and zero does not
/// equal minus zero.
#[derive(Debug, Clone, Copy)]
pub enum ValueRef<'a> {
    /// No value was sent.
    Empty,
    /// Text.
    String(&'a str),
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A 64-bit floating-point number, NaN and infinities included.
    Double(f64),
    /// Raw bytes.
    Bytes(&'a [u8]),
    /// A list, whose members may differ in type.
    Array(Values<'a>),
    /// Key-value pairs, in the order sent.
    Map(Attributes<'a>),
}

impl<'a> ValueRef<'a> {
    /// The text, if the value is one.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value as one of its own.
    pub fn to_value(self) -> Value {
        match self {
            Self::Empty => Value::Empty,
            Self::String(text) => Value::String(text.to_owned()),
            Self::Bool(flag) => Value::Bool(flag),
            Self::Int(number) => Value::Int(number),
            Self::Double(number) => Value::Double(number),
            Self::Bytes(bytes) => Value::Bytes(bytes.to_owned()),
            Self::Array(values) => Value::Array(values.iter().map(Self::to_value).collect()),
            Self::Map(attributes) => Value::Map(attributes.to_key_values()),
        }
    }
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Empty, Self::Empty) => true,
            (Self::String(one), Self::String(other)) => one == other,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::Double(one), Self::Double(other)) => one.to_bits() == other.to_bits(),
            (Self::Bytes(one), Self::Bytes(other)) => one == other,
            (Self::Array(one), Self::Array(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for ValueRef<'_> {}

impl Hash for ValueRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Empty => {}
            Self::String(text) => text.hash(state),
            Self::Bool(flag) => flag.hash(state),
            Self::Int(number) => number.hash(state),
            Self::Double(number) => number.to_bits().hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Array(values) => values.hash(state),
            Self::Map(attributes) => attributes.hash(state),
        }
    }
}
