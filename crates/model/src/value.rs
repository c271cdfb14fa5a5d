//! Attribute values: OpenTelemetry's `AnyValue`.

mod text;

/// A value of an attribute, exactly as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value was sent.
    Empty,
    /// Text.
    String(String),
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A 64-bit floating-point number, NaN and infinities included.
    Double(f64),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A list, whose members may differ in type.
    Array(Vec<Value>),
    /// Key-value pairs, in the order sent.
    Map(Vec<KeyValue>),
}

impl Value {
    /// The text, if the value is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// About how many bytes of memory it takes beside its own place.
    pub(crate) fn memory_len(&self) -> usize {
        match self {
            Self::String(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Array(values) => {
                let lens = values
                    .iter()
                    .map(|value| size_of::<Self>() + value.memory_len());
                lens.sum()
            }
            Self::Map(members) => {
                let lens = members.iter().map(|member| {
                    size_of::<KeyValue>() + member.key.len() + member.value.memory_len()
                });
                lens.sum()
            }
            Self::Empty | Self::Bool(_) | Self::Int(_) | Self::Double(_) => 0,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

/// An attribute: a key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyValue {
    /// The name, such as `http.request.method`.
    pub key: String,
    /// What it is set to.
    pub value: Value,
}

impl KeyValue {
    /// An attribute of this key and value.
    pub fn new(key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}
