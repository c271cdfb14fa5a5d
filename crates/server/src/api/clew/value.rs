//! Attributes as OTLP's JSON writes them: a value says its type, and loses nothing.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clew_model::{KeyValue, Value};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// A list of attributes.
pub(super) struct Attributes<'a>(pub(super) &'a [KeyValue]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Attribute::new))
    }
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: &'a str,
    value: AnyValue<'a>,
}

impl<'a> Attribute<'a> {
    fn new(attribute: &'a KeyValue) -> Self {
        Self {
            key: &attribute.key,
            value: AnyValue(&attribute.value),
        }
    }
}

/// `AnyValue`: an object of one field, or of none for a value that was not sent.
pub(super) struct AnyValue<'a>(pub(super) &'a Value);

impl Serialize for AnyValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Value::Empty => {}
            Value::String(text) => map.serialize_entry("stringValue", text)?,
            Value::Bool(flag) => map.serialize_entry("boolValue", flag)?,
            Value::Int(number) => map.serialize_entry("intValue", &number.to_string())?,
            Value::Double(number) if number.is_finite() => {
                map.serialize_entry("doubleValue", number)?;
            }
            // As text: NaN, Infinity, -Infinity.
            Value::Double(_) => map.serialize_entry("doubleValue", &self.0.to_string())?,
            Value::Bytes(bytes) => map.serialize_entry("bytesValue", &BASE64.encode(bytes))?,
            Value::Array(values) => map.serialize_entry("arrayValue", &ArrayValue(values))?,
            Value::Map(members) => map.serialize_entry("kvlistValue", &KeyValueList(members))?,
        }
        map.end()
    }
}

struct ArrayValue<'a>(&'a [Value]);

impl Serialize for ArrayValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<_> = self.0.iter().map(AnyValue).collect();
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("values", &values)?;
        map.end()
    }
}

struct KeyValueList<'a>(&'a [KeyValue]);

impl Serialize for KeyValueList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("values", &Attributes(self.0))?;
        map.end()
    }
}
