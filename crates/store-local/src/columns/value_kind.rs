//! What the values of a column are values of.

use std::time::Duration;

use clew_model::{SpanId, SpanRef, Timestamp, TraceId, ValueRef};
use clew_otlp::{RequestWriter, SpanFields, ValuePart, kind_of_number, status_of_number};
use clew_store::FieldRef;

use super::{AttributeType, Malformed, Values, word};

/// What the values of a column are values of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Bool,
    Int,
    Double,
    Kind,
    Status,
    Time,
    Duration,
    TraceId,
    SpanId,
    /// OTLP's `AnyValue`, of an attribute of the spans.
    AnyValue,
    /// Resources, of which the condition is about an attribute.
    Resource,
    /// Scopes, of which the condition is about an attribute, the name or the version.
    Scope,
}

impl ValueKind {
    /// Of a column of an attribute of the spans.
    pub(crate) fn of_attribute(kind: AttributeType) -> Self {
        match kind {
            AttributeType::String => Self::Text,
            AttributeType::Bool => Self::Bool,
            AttributeType::Int => Self::Int,
            AttributeType::Double => Self::Double,
            AttributeType::Other => Self::AnyValue,
        }
    }

    /// Whether they are messages of OTLP, which only a span can show.
    pub(crate) fn is_message(self) -> bool {
        matches!(self, Self::AnyValue | Self::Resource | Self::Scope)
    }

    /// The value as a field has it, unless it is a message.
    pub(crate) fn field_ref(self, value: &[u8]) -> Option<FieldRef<'_>> {
        Some(match self {
            ValueKind::Text => FieldRef::Value(ValueRef::String(std::str::from_utf8(value).ok()?)),
            ValueKind::Bool => FieldRef::Value(ValueRef::Bool(word(value) != 0)),
            ValueKind::Int => FieldRef::Value(ValueRef::Int(word(value).cast_signed())),
            ValueKind::Double => FieldRef::Value(ValueRef::Double(f64::from_bits(word(value)))),
            ValueKind::Kind => FieldRef::Kind(kind_of_number(number(value))),
            ValueKind::Status => FieldRef::Status(status_of_number(number(value))),
            ValueKind::Time => FieldRef::Time(Timestamp::from_unix_nanos(word(value))),
            ValueKind::Duration => FieldRef::Duration(Duration::from_nanos(word(value))),
            ValueKind::TraceId => FieldRef::TraceId(TraceId::from_bytes(value.try_into().ok()?)?),
            ValueKind::SpanId => FieldRef::SpanId(SpanId::from_bytes(value.try_into().ok()?)?),
            ValueKind::AnyValue | ValueKind::Resource | ValueKind::Scope => return None,
        })
    }

    /// Shows for each of these messages a span that has it, and says nothing else: as the value of the
    /// attribute of this key, as its resource, or as its scope.
    pub(crate) fn for_each_message(
        self,
        key: &str,
        values: &Values,
        mut see: impl FnMut(SpanRef<'_>),
    ) -> Result<(), Malformed> {
        let mut values = values.iter().peekable();
        while values.peek().is_some() {
            let (mut request, mut spans, mut bytes) = (RequestWriter::default(), 0, 0);
            // A request has room for a bounded number of attributes.
            while bytes < REQUEST_BYTES
                && let Some(value) = values.next()
            {
                self.write_message(key, value, &mut request);
                bytes += value.len() + PLAIN_BYTES;
                spans += 1;
            }
            let decoded = clew_otlp::decode_traces(request.finish());
            let batch = decoded.map_err(|_| NO_MESSAGE)?.batch;
            if batch.len() != spans {
                return Err(NO_MESSAGE);
            }
            batch.spans().for_each(&mut see);
        }
        Ok(())
    }

    fn write_message(self, key: &str, value: &[u8], request: &mut RequestWriter) {
        let (resource, scope) = match self {
            Self::Resource => (value, &b""[..]),
            Self::Scope => (&b""[..], value),
            _ => (&b""[..], &b""[..]),
        };
        let written = request.scope_records(resource, scope, |spans| {
            spans.span(&PLAIN, |attributes| {
                if self == Self::AnyValue {
                    attributes.add(key.as_bytes(), ValuePart::Encoded(value));
                }
                Ok::<_, std::convert::Infallible>(())
            })
        });
        written.unwrap_or_else(|never| match never {});
    }
}

/// Messages are read so many bytes at a time, or one that is longer.
const REQUEST_BYTES: usize = 1 << 20;

/// About what a span that says nothing takes.
const PLAIN_BYTES: usize = 64;

const NO_MESSAGE: Malformed = Malformed("a value that is no message of OTLP");

/// A span that says nothing.
const PLAIN: SpanFields<'static> = SpanFields {
    trace_id: TraceId::from_bytes([1; 16]).expect("it is not zero"),
    span_id: SpanId::from_bytes([1; 8]).expect("it is not zero"),
    parent_span_id: None,
    trace_state: b"",
    flags: 0,
    name: b"",
    kind: 1,
    start: 0,
    end: 0,
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
    status_code: 0,
    status_message: b"",
    events: b"",
    links: b"",
};

/// A number of the protocol.
#[expect(clippy::cast_possible_truncation, reason = "it was one of 32 bits")]
fn number(value: &[u8]) -> i32 {
    word(value) as i32
}
