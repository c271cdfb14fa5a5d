//! The parts of spans and log records as messages of their own, for who keeps them apart, and
//! requests put together from such parts.
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

/// `ResourceSpans` with all of its fields but the spans; `ResourceLogs` has the same fields.
pub fn encode_resource(resource: &Resource) -> Bytes {
    let mut out = Writer::default();
    out.message(1, |out| encode_traces::resource(out, resource));
    out.text_if_set(3, &resource.schema_url);
    out.finish()
}

/// `ScopeSpans` with all of its fields but the spans; `ScopeLogs` has the same fields.
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

/// The attributes that [`encode_attributes`] made one message of: each as a `KeyValue`.
///
/// # Errors
/// If these are other bytes.
pub fn split_attributes(attributes: &[u8]) -> Result<Vec<&[u8]>, DecodeError> {
    let mut message = Message::outermost(attributes);
    let mut split = Vec::new();
    while let Some(key) = message.next_key()? {
        key.expect(WireType::Bytes, "Span.attributes")?;
        split.push(&attributes[message.bytes()?]);
    }
    Ok(split)
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

/// What a log record has beside its attributes, as [`RequestWriter`] takes it.
#[derive(Debug, Clone, Copy)]
pub struct LogRecordFields<'a> {
    /// When it happened, in nanoseconds since the Unix epoch.
    pub time: u64,
    /// When it was observed, likewise.
    pub observed_time: u64,
    /// How bad it is: a number of the protocol.
    pub severity: i32,
    /// What its source calls that.
    pub severity_text: &'a [u8],
    /// What it says; `None` if nothing.
    pub body: Option<ValuePart<'a>>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// Its flags.
    pub flags: u32,
    /// The trace that it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span that it belongs to.
    pub span_id: Option<SpanId>,
    /// What sort of event it is.
    pub event_name: &'a [u8],
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

/// Builds an `ExportTraceServiceRequest` from parts, or an `ExportLogsServiceRequest`: what is around
/// spans and log records has the same fields.
///
/// It writes what it is given: whether that is text where text belongs is found by whoever decodes
/// the request.
#[derive(Debug, Default)]
pub struct RequestWriter {
    out: Writer,
}

impl RequestWriter {
    /// Adds the spans, or the log records, of one scope of one resource; `records` writes them. The
    /// parts are what [`encode_resource`] and [`encode_scope`] made.
    ///
    /// # Errors
    /// Those of `records`; the request is of no use then.
    pub fn scope_records<E>(
        &mut self,
        resource: &[u8],
        scope: &[u8],
        records: impl FnOnce(&mut RecordsWriter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let of_resource = self.out.open(1);
        self.out.raw(resource);
        let of_scope = self.out.open(2);
        self.out.raw(scope);
        records(&mut RecordsWriter { out: &mut self.out })?;
        self.out.close(of_scope);
        self.out.close(of_resource);
        Ok(())
    }

    /// The request.
    pub fn finish(self) -> Bytes {
        self.out.finish()
    }
}

/// Writes the spans, or the log records, of one scope.
#[derive(Debug)]
pub struct RecordsWriter<'a> {
    out: &'a mut Writer,
}

impl RecordsWriter<'_> {
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
        attributes(&mut AttributesWriter::new(self.out, 9))?;
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

    /// Adds a log record; `attributes` writes its attributes.
    ///
    /// # Errors
    /// Those of `attributes`; the request is of no use then.
    pub fn log_record<E>(
        &mut self,
        record: &LogRecordFields<'_>,
        attributes: impl FnOnce(&mut AttributesWriter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let field = self.out.open(2);
        self.out.fixed64_if_set(1, record.time);
        self.out.int_if_set(2, record.severity.into());
        self.out.bytes_if_set(3, record.severity_text);
        if let Some(body) = record.body {
            self.out.message(5, |out| value(out, body));
        }
        attributes(&mut AttributesWriter::new(self.out, 6))?;
        self.out
            .uint_if_set(7, record.dropped_attributes_count.into());
        self.out.fixed32_if_set(8, record.flags);
        if let Some(id) = record.trace_id {
            self.out.bytes(9, &id.to_bytes());
        }
        if let Some(id) = record.span_id {
            self.out.bytes(10, &id.to_bytes());
        }
        self.out.fixed64_if_set(11, record.observed_time);
        self.out.bytes_if_set(12, record.event_name);
        self.out.close(field);
        Ok(())
    }
}

/// Writes the attributes of one span or log record.
#[derive(Debug)]
pub struct AttributesWriter<'a> {
    out: &'a mut Writer,
    /// The number of the field that they are.
    field: u8,
}

impl<'a> AttributesWriter<'a> {
    fn new(out: &'a mut Writer, field: u8) -> Self {
        Self { out, field }
    }

    /// Adds an attribute.
    pub fn add(&mut self, key: &[u8], part: ValuePart<'_>) {
        self.out.message(self.field, |out| {
            out.bytes_if_set(1, key);
            out.message(2, |out| value(out, part));
        });
    }

    /// Adds an attribute as [`split_attributes`] gives it.
    pub fn add_encoded(&mut self, attribute: &[u8]) {
        self.out.bytes(self.field, attribute);
    }
}

/// The fields of `AnyValue`.
fn value(out: &mut Writer, value: ValuePart<'_>) {
    match value {
        ValuePart::String(text) => out.bytes(1, text),
        ValuePart::Bool(flag) => out.uint(2, flag.into()),
        ValuePart::Int(number) => out.int(3, number),
        ValuePart::Double(bits) => out.fixed64(4, bits),
        ValuePart::Encoded(value) => out.raw(value),
    }
}
