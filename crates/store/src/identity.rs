//! When two spans are one and the same.

use clew_model::{Attributes, SpanId, SpanKind, SpanRef, StatusCode, Timestamp, TraceId};

/// All that tells a span from another: its ids, its service, its kind and its content. A span that
/// was sent twice has the same identity both times.
///
/// Its scope and the rest of its resource do not: the same work, to the nanosecond, described by
/// one collector more fully than by another, is the same span.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct SpanIdentity<'a> {
    trace_id: TraceId,
    span_id: SpanId,
    service: Option<&'a str>,
    kind: SpanKind,
    parent: Option<SpanId>,
    trace_state: &'a str,
    flags: u32,
    name: &'a str,
    start: Timestamp,
    end: Timestamp,
    status: (StatusCode, &'a str),
    attributes: Attributes<'a>,
    events: Vec<EventContent<'a>>,
    links: Vec<LinkContent<'a>>,
    dropped_counts: [u32; 3],
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct EventContent<'a> {
    time: Timestamp,
    name: &'a str,
    attributes: Attributes<'a>,
    dropped_attributes_count: u32,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LinkContent<'a> {
    trace_id: Option<TraceId>,
    span_id: Option<SpanId>,
    trace_state: &'a str,
    attributes: Attributes<'a>,
    dropped_attributes_count: u32,
    flags: u32,
}

impl<'a> SpanIdentity<'a> {
    /// That of this span.
    pub fn of(span: SpanRef<'a>) -> Self {
        Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            service: span.service_name(),
            kind: span.kind(),
            parent: span.parent_span_id(),
            trace_state: span.trace_state(),
            flags: span.flags(),
            name: span.name(),
            start: span.start(),
            end: span.end(),
            status: (span.status_code(), span.status_message()),
            attributes: span.attributes(),
            events: events(span),
            links: links(span),
            dropped_counts: [
                span.dropped_attributes_count(),
                span.dropped_events_count(),
                span.dropped_links_count(),
            ],
        }
    }
}

fn events(span: SpanRef<'_>) -> Vec<EventContent<'_>> {
    span.events()
        .map(|event| EventContent {
            time: event.time(),
            name: event.name(),
            attributes: event.attributes(),
            dropped_attributes_count: event.dropped_attributes_count(),
        })
        .collect()
}

fn links(span: SpanRef<'_>) -> Vec<LinkContent<'_>> {
    span.links()
        .map(|link| LinkContent {
            trace_id: link.trace_id(),
            span_id: link.span_id(),
            trace_state: link.trace_state(),
            attributes: link.attributes(),
            dropped_attributes_count: link.dropped_attributes_count(),
            flags: link.flags(),
        })
        .collect()
}
