//! What a question can be about: the parts of a span or of a log record, by name.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use clew_model::{SERVICE_NAME, SpanId, SpanKind, StatusCode, Timestamp, TraceId, Value, ValueRef};

use crate::Record;

/// A part of a span or a log record. It has one value, several (a key that occurs twice, the names of
/// events), or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// What OpenTelemetry gives every one.
    Intrinsic(Intrinsic),
    /// What a sender has added.
    Attribute {
        /// Where it is to be looked for.
        scope: AttributeScope,
        /// Its key, exactly.
        key: Arc<str>,
    },
}

/// What OpenTelemetry gives every span, or every log record: of what the other alone has, neither has a
/// value. The names are those of TraceQL where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intrinsic {
    /// What was done; text.
    Name,
    /// Which side of an exchange it is.
    Kind,
    /// What came of it.
    Status,
    /// Why; text.
    StatusMessage,
    /// When it began.
    Start,
    /// How long it took.
    Duration,
    /// The trace that it belongs to.
    TraceId,
    /// Which span of the trace it is, or is of.
    SpanId,
    /// The span that caused it; a root has none.
    ParentSpanId,
    /// The name of the library that made it; text.
    ScopeName,
    /// The version of that library; text.
    ScopeVersion,
    /// The name of each of its events, or of the event that it is; text.
    EventName,
    /// The trace that each of its links leads to.
    LinkTraceId,
    /// The span that each of its links leads to.
    LinkSpanId,
    /// What a log record says; of a list or a map, each value in it, to any depth.
    Body,
    /// How bad what a log record says is: a number from 1 to 24.
    Severity,
    /// What its source calls that; text.
    SeverityText,
}

/// Where an attribute is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AttributeScope {
    /// In all of the others.
    Any,
    /// In the span, or the log record, itself.
    Span,
    /// In the resource: the service, the process, the host.
    Resource,
    /// In the scope: the library that made the span.
    Scope,
    /// In each of the span's events.
    Event,
    /// In each of the span's links.
    Link,
}

impl Field {
    /// The name of the service that sent it.
    pub fn service() -> Self {
        Self::attribute(AttributeScope::Resource, SERVICE_NAME)
    }

    /// The attribute of this key.
    pub fn attribute(scope: AttributeScope, key: &str) -> Self {
        Self::Attribute {
            scope,
            key: key.into(),
        }
    }

    /// Shows each value that there is here, in the order sent, until one is enough.
    pub fn visit<'a>(
        &self,
        record: impl Record<'a>,
        mut see: impl FnMut(FieldRef<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self {
            Self::Intrinsic(intrinsic) => record.visit(*intrinsic, &mut see),
            Self::Attribute { scope, key } => record.visit_attributes(*scope, &mut |attributes| {
                attributes
                    .iter()
                    .filter(|attribute| *attribute.key == **key)
                    .try_for_each(|attribute| see(FieldRef::Value(attribute.value)))
            }),
        }
    }

    /// Whether a value fits.
    pub fn any<'a>(
        &self,
        record: impl Record<'a>,
        mut fits: impl FnMut(FieldRef<'a>) -> bool,
    ) -> bool {
        self.visit(record, |value| {
            if fits(value) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .is_break()
    }

    /// The first value that there is here.
    pub fn first<'a>(&self, record: impl Record<'a>) -> Option<FieldRef<'a>> {
        let mut first = None;
        let _ = self.visit(record, |value| {
            first = Some(value);
            ControlFlow::Break(())
        });
        first
    }
}

impl From<Intrinsic> for Field {
    fn from(intrinsic: Intrinsic) -> Self {
        Self::Intrinsic(intrinsic)
    }
}

/// A value that a span or a log record has in a field.
#[derive(Debug, Clone, Copy)]
pub enum FieldRef<'a> {
    /// Of an attribute, or text.
    Value(ValueRef<'a>),
    /// Which side of an exchange.
    Kind(SpanKind),
    /// What came of it.
    Status(StatusCode),
    /// A point in time.
    Time(Timestamp),
    /// A length of time.
    Duration(Duration),
    /// Which trace.
    TraceId(TraceId),
    /// Which span.
    SpanId(SpanId),
}

impl<'a> FieldRef<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Value(ValueRef::String(text))
    }

    /// The value as one of its own. Bytes, arrays and maps become their text form.
    pub fn to_scalar(self) -> Scalar {
        match self {
            Self::Value(ValueRef::String(text)) => Scalar::String(text.to_owned()),
            Self::Value(ValueRef::Bool(flag)) => Scalar::Bool(flag),
            Self::Value(ValueRef::Int(number)) => Scalar::Int(number),
            Self::Value(ValueRef::Double(number)) => Scalar::Double(number),
            Self::Value(other) => Scalar::String(other.to_value().to_string()),
            Self::Kind(kind) => Scalar::Kind(kind),
            Self::Status(status) => Scalar::Status(status),
            Self::Time(time) => Scalar::Time(time),
            Self::Duration(duration) => Scalar::Duration(duration),
            Self::TraceId(id) => Scalar::TraceId(id),
            Self::SpanId(id) => Scalar::SpanId(id),
        }
    }

    /// Whether this is the text form of the value.
    pub fn has_text_form(self, text: &str) -> bool {
        match self {
            Self::Value(ValueRef::String(value)) => value == text,
            other => other.to_scalar().to_string() == text,
        }
    }
}

/// A single value: what a field is compared with, or has.
#[derive(Debug, Clone)]
pub enum Scalar {
    /// Text.
    String(String),
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A 64-bit floating-point number.
    Double(f64),
    /// Which side of an exchange.
    Kind(SpanKind),
    /// What came of it.
    Status(StatusCode),
    /// A point in time.
    Time(Timestamp),
    /// A length of time.
    Duration(Duration),
    /// Which trace.
    TraceId(TraceId),
    /// Which span.
    SpanId(SpanId),
}

impl Scalar {
    /// How many bytes of text it has.
    pub fn text_len(&self) -> usize {
        match self {
            Self::String(text) => text.len(),
            _ => 0,
        }
    }

    /// The place of its type in the order of all scalars.
    fn rank(&self) -> u8 {
        match self {
            Self::String(_) => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Double(_) => 3,
            Self::Kind(_) => 4,
            Self::Status(_) => 5,
            Self::Time(_) => 6,
            Self::Duration(_) => 7,
            Self::TraceId(_) => 8,
            Self::SpanId(_) => 9,
        }
    }
}

/// As equality, by type and value.
impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::String(text) => text.hash(state),
            Self::Bool(flag) => flag.hash(state),
            Self::Int(number) => number.hash(state),
            Self::Double(number) => number.to_bits().hash(state),
            Self::Kind(kind) => kind.hash(state),
            Self::Status(status) => status.hash(state),
            Self::Time(time) => time.hash(state),
            Self::Duration(duration) => duration.hash(state),
            Self::TraceId(id) => id.hash(state),
            Self::SpanId(id) => id.hash(state),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

/// By type, then by value: an order for lists, in which NaN has a place and equals itself.
impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::String(one), Self::String(other)) => one.cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Int(one), Self::Int(other)) => one.cmp(other),
            (Self::Double(one), Self::Double(other)) => one.total_cmp(other),
            (Self::Kind(one), Self::Kind(other)) => one.cmp(other),
            (Self::Status(one), Self::Status(other)) => one.cmp(other),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Duration(one), Self::Duration(other)) => one.cmp(other),
            (Self::TraceId(one), Self::TraceId(other)) => one.cmp(other),
            (Self::SpanId(one), Self::SpanId(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Scalar {}

/// The text form: that of [`Value`] for attributes, TraceQL's words for kind and status, nanoseconds
/// for times, hexadecimal digits for ids.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Bool(flag) => flag.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Double(number) => Value::Double(*number).fmt(f),
            Self::Kind(SpanKind::Internal) => f.write_str("internal"),
            Self::Kind(SpanKind::Server) => f.write_str("server"),
            Self::Kind(SpanKind::Client) => f.write_str("client"),
            Self::Kind(SpanKind::Producer) => f.write_str("producer"),
            Self::Kind(SpanKind::Consumer) => f.write_str("consumer"),
            Self::Status(StatusCode::Unset) => f.write_str("unset"),
            Self::Status(StatusCode::Ok) => f.write_str("ok"),
            Self::Status(StatusCode::Error) => f.write_str("error"),
            Self::Kind(SpanKind::Other(number)) | Self::Status(StatusCode::Other(number)) => {
                number.fmt(f)
            }
            Self::Time(time) => time.unix_nanos().fmt(f),
            Self::Duration(duration) => duration.as_nanos().fmt(f),
            Self::TraceId(id) => id.fmt(f),
            Self::SpanId(id) => id.fmt(f),
        }
    }
}
