//! Spans for the suite, and what it compares them by.

use std::sync::Arc;

use clew_model::{
    KeyValue, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp, TraceId,
    Value,
};

/// The id of these digits.
pub(super) fn trace_id(number: u8) -> TraceId {
    TraceId::from_bytes([number; 16]).expect("the suite counts from one")
}

/// The id of these digits.
pub(super) fn span_id(number: u8) -> SpanId {
    SpanId::from_bytes([number; 8]).expect("the suite counts from one")
}

/// So many milliseconds into the suite's time.
pub(super) fn at_ms(millis: u64) -> Timestamp {
    const BEGIN_NANOS: u64 = 1_700_000_000_000_000_000;
    Timestamp::from_unix_nanos(BEGIN_NANOS + millis * 1_000_000)
}

/// A resource that names this service.
pub(super) fn service(name: &str) -> Arc<Resource> {
    Arc::new(Resource {
        attributes: vec![KeyValue::new("service.name", name)],
        ..Resource::default()
    })
}

/// A span of service `cart` that starts with the suite's time and takes 100 ms.
pub(super) fn span(trace: u8, id: u8) -> Span {
    Span {
        trace_id: trace_id(trace),
        span_id: span_id(id),
        parent_span_id: None,
        trace_state: String::new(),
        flags: 0,
        name: "work".to_owned(),
        kind: SpanKind::Internal,
        start: at_ms(0),
        end: at_ms(100),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Vec::new(),
        dropped_events_count: 0,
        links: Vec::new(),
        dropped_links_count: 0,
        status: Status {
            code: StatusCode::Unset,
            message: String::new(),
        },
        resource: service("cart"),
        scope: Arc::new(Scope::default()),
    }
}

/// The same span from `start_ms` to `end_ms`.
pub(super) fn lasting(span: Span, start_ms: u64, end_ms: u64) -> Span {
    Span {
        start: at_ms(start_ms),
        end: at_ms(end_ms),
        ..span
    }
}

/// The spans with every value in its text form, as far as [`Level::Query`](super::Level) goes.
pub(super) fn in_text_form(spans: &[Span]) -> Vec<Span> {
    spans.iter().cloned().map(span_in_text_form).collect()
}

fn span_in_text_form(mut span: Span) -> Span {
    values_to_text(&mut span.attributes);
    for event in &mut span.events {
        values_to_text(&mut event.attributes);
    }
    for link in &mut span.links {
        values_to_text(&mut link.attributes);
    }
    values_to_text(&mut Arc::make_mut(&mut span.resource).attributes);
    values_to_text(&mut Arc::make_mut(&mut span.scope).attributes);
    span
}

fn values_to_text(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        attribute.value = Value::String(attribute.value.to_string());
    }
}
