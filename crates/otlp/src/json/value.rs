//! Attributes: `KeyValue` and `AnyValue`.

use std::fmt;

use clew_model::{self as model, Value};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::budget::List;
use super::object::message;
use super::scalar::{Base64, Double, Integer};

/// The attributes that messages describe.
pub(super) fn key_values(messages: List<KeyValue>) -> Vec<model::KeyValue> {
    let into_model = |message: KeyValue| model::KeyValue {
        key: message.key,
        value: message.value.0,
    };
    messages.0.into_iter().map(into_model).collect()
}

message! {
    /// An attribute, or a member of a map.
    pub(super) KeyValue { key: String, value: AnyValue }
}

/// An object of which one field says both what the value is and of which type.
#[derive(Debug)]
struct AnyValue(Value);

impl Default for AnyValue {
    fn default() -> Self {
        Self(Value::Empty)
    }
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyValueVisitor)
    }
}

struct AnyValueVisitor;

impl<'de> Visitor<'de> for AnyValueVisitor {
    type Value = AnyValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object such as {\"stringValue\": \"text\"}")
    }

    /// Of several fields the last one counts, as in protobuf.
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<AnyValue, M::Error> {
        let mut value = Value::Empty;
        while let Some(key) = map.next_key::<String>()? {
            let next = match key.as_str() {
                "stringValue" => map.next_value::<Option<String>>()?.map(Value::String),
                "boolValue" => map.next_value::<Option<bool>>()?.map(Value::Bool),
                "intValue" => map
                    .next_value::<Option<Integer<i64>>>()?
                    .map(|n| Value::Int(n.0)),
                "doubleValue" => map
                    .next_value::<Option<Double>>()?
                    .map(|n| Value::Double(n.0)),
                "bytesValue" => map
                    .next_value::<Option<Base64>>()?
                    .map(|b| Value::Bytes(b.0)),
                "arrayValue" => map
                    .next_value::<Option<ArrayValue>>()?
                    .map(ArrayValue::into_model),
                "kvlistValue" => map
                    .next_value::<Option<KeyValueList>>()?
                    .map(KeyValueList::into_model),
                _ => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            value = next.unwrap_or(value);
        }
        Ok(AnyValue(value))
    }
}

message! {
    ArrayValue { values: List<AnyValue> }
}

impl ArrayValue {
    fn into_model(self) -> Value {
        Value::Array(self.values.0.into_iter().map(|value| value.0).collect())
    }
}

message! {
    KeyValueList { values: List<KeyValue> }
}

impl KeyValueList {
    fn into_model(self) -> Value {
        Value::Map(key_values(self.values))
    }
}
