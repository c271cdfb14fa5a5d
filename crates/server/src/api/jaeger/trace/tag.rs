//! A tag: a key, a type and a value that JSON can hold.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clew_model::{KeyValue, Value};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

/// The integers that JavaScript, which reads this JSON, holds exactly: up to 2^53 − 1.
const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

/// An attribute, or what Jaeger has no other field for.
#[derive(Debug, Serialize)]
pub(super) struct Tag<'a> {
    key: &'a str,
    #[serde(rename = "type")]
    kind: TagType,
    value: TagValue<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum TagType {
    String,
    Bool,
    Int64,
    Float64,
    Binary,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum TagValue<'a> {
    Text(Cow<'a, str>),
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl<'a> Tag<'a> {
    /// The tag of an attribute.
    pub(super) fn attribute(attribute: &'a KeyValue) -> Self {
        let text = |text: String| TagValue::Text(Cow::Owned(text));
        let (kind, value) = match &attribute.value {
            Value::Empty => (TagType::String, TagValue::Text(Cow::Borrowed(""))),
            Value::String(value) => (TagType::String, TagValue::Text(Cow::Borrowed(value))),
            Value::Bool(value) => (TagType::Bool, TagValue::Bool(*value)),
            Value::Int(value) if value.unsigned_abs() <= SAFE_INTEGER_MAX => {
                (TagType::Int64, TagValue::Int(*value))
            }
            Value::Int(value) => (TagType::Int64, text(value.to_string())),
            Value::Double(value) => match not_finite(*value) {
                None => (TagType::Float64, TagValue::Float(*value)),
                Some(name) => (TagType::Float64, TagValue::Text(Cow::Borrowed(name))),
            },
            Value::Bytes(value) => (TagType::Binary, text(BASE64.encode(value))),
            // Every key is text, and nothing else could fail.
            nested @ (Value::Array(_) | Value::Map(_)) => (
                TagType::String,
                text(serde_json::to_string(&Nested(nested)).unwrap_or_default()),
            ),
        };
        Self {
            key: &attribute.key,
            kind,
            value,
        }
    }

    /// A tag of text.
    pub(super) fn text(key: &'a str, value: &'a str) -> Self {
        Self {
            key,
            kind: TagType::String,
            value: TagValue::Text(Cow::Borrowed(value)),
        }
    }

    /// A tag of text, where empty text means that there is none.
    pub(super) fn unless_empty(key: &'a str, value: &'a str) -> Option<Self> {
        (!value.is_empty()).then(|| Self::text(key, value))
    }

    /// A tag that is true or false.
    pub(super) fn bool(key: &'a str, value: bool) -> Self {
        Self {
            key,
            kind: TagType::Bool,
            value: TagValue::Bool(value),
        }
    }
}

/// The name of a number that JSON has no notation for, as protobuf's JSON has it.
fn not_finite(number: f64) -> Option<&'static str> {
    if number.is_nan() {
        Some("NaN")
    } else if number == f64::INFINITY {
        Some("Infinity")
    } else if number == f64::NEG_INFINITY {
        Some("-Infinity")
    } else {
        None
    }
}

/// A value within a list or a map, as plain JSON. The walker bounds how deep they nest.
struct Nested<'a>(&'a Value);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Empty => serializer.serialize_unit(),
            Value::String(value) => serializer.serialize_str(value),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Double(value) => match not_finite(*value) {
                None => serializer.serialize_f64(*value),
                Some(name) => serializer.serialize_str(name),
            },
            Value::Bytes(value) => serializer.serialize_str(&BASE64.encode(value)),
            Value::Array(values) => {
                let mut sequence = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    sequence.serialize_element(&Nested(value))?;
                }
                sequence.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for KeyValue { key, value } in entries {
                    map.serialize_entry(key, &Nested(value))?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests;
