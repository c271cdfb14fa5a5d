//! The parts of spans as messages of their own, for who keeps them apart, and requests put together
//! from such parts.
//!
//! What a part holds is encoded once and from then on copied, since a message in protobuf is the
//! sequence of its fields: the fields of a resource and of a span's events, one after the other, are
//! a resource with its spans.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use clew_model::{
    Event, KeyValue, Link, Resource, Scope, SpanId, SpanKind, StatusCode, TraceId, Value,
};

use crate::encode_traces;
use crate::error::DecodeError;
use crate::wire::{Message, WireType};
use crate::writer::Writer;

/// `ResourceSpans` with all of its fields but the spans.
pub fn encode_resource(resource: &Resource) -> Bytes {
    let mut out = Writer::default();
    out.message(1, |out| encode_traces::resource(out, resource));
    out.text_if_set(3, &resource.schema_url);
    out.finish()
}

/// `ScopeSpans` with all of its fields but the spans.
pub fn encode_scope(scope: &Scope) -> Bytes {
    let mut out = Writer::default();
    out.message(1, |out| encode_traces::scope(out, scope));
    out.text_if_set(3, &scope.schema_url);
    out.finish()
}

/// `Span` with only its events.
pub fn encode_events(events: &[Event]) -> Bytes {
    let mut out = Writer::default();
    encode_traces::events(&mut out, events);
    out.finish()
}

/// `Span` with only its links.
pub fn encode_links(links: &[Link]) -> Bytes {
    let mut out = Writer::default();
    encode_traces::links(&mut out, links);
    out.finish()
}

/// `Span` with only its attributes; [`split_attributes`] takes them apart.
pub fn encode_attributes(attributes: &[KeyValue]) -> Bytes {
    let mut out = Writer::default();
    encode_traces::attributes(&mut out, 9, attributes);
    out.finish()
}

/// `AnyValue`.
pub fn encode_value(value: &Value) -> Bytes {
    let mut out = Writer::default();
    encode_traces::any_value(&mut out, value);
    out.finish()
}

/// `SpanKind` as a number of the protocol.
pub fn kind_number(kind: SpanKind) -> i32 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
        SpanKind::Other(number) => number,
    }
}

/// `Status.StatusCode` as a number of the protocol.
pub fn status_number(code: StatusCode) -> i32 {
    match code {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
        StatusCode::Other(number) => number,
    }
}

/// The kind of this number: 0, "unspecified", means internal.
pub fn kind_of_number(number: i32) -> SpanKind {
    match number {
        0 | 1 => SpanKind::Internal,
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        other => SpanKind::Other(other),
    }
}

/// The status of this number.
pub fn status_of_number(number: i32) -> StatusCode {
    match number {
        0 => StatusCode::Unset,
        1 => StatusCode::Ok,
        2 => StatusCode::Error,
        other => StatusCode::Other(other),
    }
}

/// The attributes that [`encode_attributes`] made one message of: each as a field of `Span`.
///
/// # Errors
/// If these are other bytes.
pub fn split_attributes(attributes: &[u8]) -> Result<Vec<&[u8]>, DecodeError> {
    let mut message = Message::outermost(attributes);
    let mut fields = Vec::new();
    let mut start = 0;
    while let Some(key) = message.next_key()? {
        key.expect(WireType::Bytes, "Span.attributes")?;
        message.bytes()?;
        fields.push(&attributes[start..message.offset()]);
        start = message.offset();
    }
    Ok(fields)
}

/// What a span has beside its attributes, as [`RequestWriter::span`] takes it.
#[derive(Debug, Clone, Copy)]
pub struct SpanFields<'a> {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Which span of the trace it is.
    pub span_id: SpanId,
    /// The span that caused it.
    pub parent_span_id: Option<SpanId>,
    /// The `tracestate` of the span.
    pub trace_state: &'a [u8],
    /// Its flags.
    pub flags: u32,
    /// What was done.
    pub name: &'a [u8],
    /// See [`kind_number`].
    pub kind: i32,
    /// When it began, in nanoseconds since the Unix epoch.
    pub start: u64,
    /// When it ended, likewise.
    pub end: u64,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// How many events the sender left out.
    pub dropped_events_count: u32,
    /// How many links the sender left out.
    pub dropped_links_count: u32,
    /// See [`status_number`].
    pub status_code: i32,
    /// The reason of the status.
    pub status_message: &'a [u8],
    /// What [`encode_events`] made of its events.
    pub events: &'a [u8],
    /// What [`encode_links`] made of its links.
    pub links: &'a [u8],
}

/// A value of an attribute, as [`AttributesWriter::add`] takes it.
#[derive(Debug, Clone, Copy)]
pub enum ValuePart<'a> {
    /// Text.
    String(&'a [u8]),
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// The bits of a 64-bit floating-point number.
    Double(u64),
    /// What [`encode_value`] made of it.
    Encoded(&'a [u8]),
}

/// Builds an `ExportTraceServiceRequest` from parts.
///
/// It writes what it is given: whether that is text where text belongs is found by whoever decodes
/// the request.
#[derive(Debug, Default)]
pub struct RequestWriter {
    out: Writer,
}

impl RequestWriter {
    /// Adds the spans of one scope of one resource; `spans` writes them. The parts are what
    /// [`encode_resource`] and [`encode_scope`] made.
    ///
    /// # Errors
    /// Those of `spans`; the request is of no use then.
    pub fn scope_spans<E>(
        &mut self,
        resource: &[u8],
        scope: &[u8],
        spans: impl FnOnce(&mut SpansWriter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let resource_spans = self.out.open(1);
        self.out.raw(resource);
        let scope_spans = self.out.open(2);
        self.out.raw(scope);
        spans(&mut SpansWriter { out: &mut self.out })?;
        self.out.close(scope_spans);
        self.out.close(resource_spans);
        Ok(())
    }

    /// The request.
    pub fn finish(self) -> Bytes {
        self.out.finish()
    }
}

/// Writes the spans of one scope.
#[derive(Debug)]
pub struct SpansWriter<'a> {
    out: &'a mut Writer,
}

impl SpansWriter<'_> {
    /// Adds a span; `attributes` writes its attributes.
    ///
    /// # Errors
    /// Those of `attributes`; the request is of no use then.
    pub fn span<E>(
        &mut self,
        span: &SpanFields<'_>,
        attributes: impl FnOnce(&mut AttributesWriter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let field = self.out.open(2);
        self.out.bytes(1, &span.trace_id.to_bytes());
        self.out.bytes(2, &span.span_id.to_bytes());
        self.out.bytes_if_set(3, span.trace_state);
        if let Some(parent) = span.parent_span_id {
            self.out.bytes(4, &parent.to_bytes());
        }
        self.out.bytes_if_set(5, span.name);
        self.out.int(6, span.kind.into());
        self.out.fixed64_if_set(7, span.start);
        self.out.fixed64_if_set(8, span.end);
        attributes(&mut AttributesWriter { out: self.out })?;
        self.out
            .uint_if_set(10, span.dropped_attributes_count.into());
        self.out.raw(span.events);
        self.out.uint_if_set(12, span.dropped_events_count.into());
        self.out.raw(span.links);
        self.out.uint_if_set(14, span.dropped_links_count.into());
        self.out.message(15, |out| {
            out.bytes_if_set(2, span.status_message);
            out.int_if_set(3, span.status_code.into());
        });
        self.out.fixed32_if_set(16, span.flags);
        self.out.close(field);
        Ok(())
    }
}

/// Writes the attributes of one span.
#[derive(Debug)]
pub struct AttributesWriter<'a> {
    out: &'a mut Writer,
}

impl AttributesWriter<'_> {
    /// Adds an attribute.
    pub fn add(&mut self, key: &[u8], value: ValuePart<'_>) {
        self.out.message(9, |out| {
            out.bytes_if_set(1, key);
            out.message(2, |out| match value {
                ValuePart::String(text) => out.bytes(1, text),
                ValuePart::Bool(flag) => out.uint(2, flag.into()),
                ValuePart::Int(number) => out.int(3, number),
                ValuePart::Double(bits) => out.fixed64(4, bits),
                ValuePart::Encoded(value) => out.raw(value),
            });
        });
    }

    /// Adds attributes as [`split_attributes`] gives them.
    pub fn add_encoded(&mut self, attributes: &[u8]) {
        self.out.raw(attributes);
    }
}
