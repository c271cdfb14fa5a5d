//! Spans as an export request, the way that a client sends them.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use clew_model::{Event, KeyValue, Link, Resource, Scope, Span, Status, Value};

use crate::parts::{kind_number, status_number};
use crate::writer::Writer;

/// Room for a span of the size that services send; a longer one makes the buffer grow.
const SPAN_LEN_USUAL: usize = 512;

/// Room for the description of a resource and its scopes, likewise.
const DESCRIPTION_LEN_USUAL: usize = 2048;

/// `ExportTraceServiceRequest`: the spans in the order given. Neighbours of one resource and one
/// scope share their description, so a caller that wants a small request sorts by those first.
///
/// Every field that [`Span`] has is written, so that decoding gives the same spans again.
pub fn encode_traces(spans: &[Span]) -> Bytes {
    let mut request = Writer::with_capacity(spans.len() * SPAN_LEN_USUAL);
    for spans in spans.chunk_by(|a, b| same(&a.resource, &b.resource)) {
        let scopes = spans.chunk_by(|a, b| same(&a.scope, &b.scope));
        let scopes = scopes.map(|spans| (&*spans[0].scope, spans));
        of_resource(&mut request, &spans[0].resource, scopes, |out, spans| {
            for span in spans {
                span_field(out, span);
            }
        });
    }
    request.finish()
}

/// Spans of one scope of one resource in the form of a request, for who has them one by one: a span
/// takes far less memory than as a [`Span`].
#[derive(Debug, Default)]
pub struct EncodedSpans(Writer);

impl EncodedSpans {
    /// Adds a span; its resource and its scope are left out.
    pub fn push(&mut self, span: &Span) {
        self.0.reserve(SPAN_LEN_USUAL);
        span_field(&mut self.0, span);
    }

    /// Adds other spans.
    pub fn append(&mut self, spans: &Self) {
        self.0.raw(spans.0.as_slice());
    }
}

/// `ExportTraceServiceRequest` of one resource: the spans of each scope.
pub fn encode_resource_spans<'a>(
    resource: &Resource,
    scopes: impl IntoIterator<Item = (&'a Scope, &'a EncodedSpans), IntoIter: Clone>,
) -> Bytes {
    let scopes = scopes.into_iter();
    let spans_len: usize = scopes
        .clone()
        .map(|(_, spans)| spans.0.as_slice().len())
        .sum();
    let mut request = Writer::with_capacity(spans_len + DESCRIPTION_LEN_USUAL);
    of_resource(&mut request, resource, scopes, |out, spans| {
        out.raw(spans.0.as_slice());
    });
    request.finish()
}

/// What came together shares one description; only others need to be compared in full.
pub(crate) fn same<T: PartialEq>(a: &Arc<T>, b: &Arc<T>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

/// `ResourceSpans` or `ResourceLogs`, which have the same numbers; `write_items` writes what each scope
/// holds.
pub(crate) fn of_resource<'a, Items>(
    out: &mut Writer,
    resource: &Resource,
    scopes: impl IntoIterator<Item = (&'a Scope, Items)>,
    write_items: impl Fn(&mut Writer, Items),
) {
    out.message(1, |out| {
        out.message(1, |out| self::resource(out, resource));
        for (scope, items) in scopes {
            out.message(2, |out| {
                out.message(1, |out| self::scope(out, scope));
                write_items(out, items);
                out.text_if_set(3, &scope.schema_url);
            });
        }
        out.text_if_set(3, &resource.schema_url);
    });
}

pub(crate) fn resource(out: &mut Writer, resource: &Resource) {
    attributes(out, 1, &resource.attributes);
    out.uint_if_set(2, resource.dropped_attributes_count.into());
}

pub(crate) fn scope(out: &mut Writer, scope: &Scope) {
    out.text_if_set(1, &scope.name);
    out.text_if_set(2, &scope.version);
    attributes(out, 3, &scope.attributes);
    out.uint_if_set(4, scope.dropped_attributes_count.into());
}

/// A span as a field of `ScopeSpans`.
fn span_field(out: &mut Writer, span: &Span) {
    out.message(2, |out| self::span(out, span));
}

fn span(out: &mut Writer, span: &Span) {
    out.bytes(1, &span.trace_id.to_bytes());
    out.bytes(2, &span.span_id.to_bytes());
    out.text_if_set(3, &span.trace_state);
    if let Some(parent) = span.parent_span_id {
        out.bytes(4, &parent.to_bytes());
    }
    out.text_if_set(5, &span.name);
    out.int(6, kind_number(span.kind).into());
    out.fixed64_if_set(7, span.start.unix_nanos());
    out.fixed64_if_set(8, span.end.unix_nanos());
    attributes(out, 9, &span.attributes);
    out.uint_if_set(10, span.dropped_attributes_count.into());
    events(out, &span.events);
    out.uint_if_set(12, span.dropped_events_count.into());
    links(out, &span.links);
    out.uint_if_set(14, span.dropped_links_count.into());
    out.message(15, |out| status(out, &span.status));
    out.fixed32_if_set(16, span.flags);
}

pub(crate) fn events(out: &mut Writer, events: &[Event]) {
    for event in events {
        out.message(11, |out| self::event(out, event));
    }
}

pub(crate) fn links(out: &mut Writer, links: &[Link]) {
    for link in links {
        out.message(13, |out| self::link(out, link));
    }
}

fn event(out: &mut Writer, event: &Event) {
    out.fixed64_if_set(1, event.time.unix_nanos());
    out.text_if_set(2, &event.name);
    attributes(out, 3, &event.attributes);
    out.uint_if_set(4, event.dropped_attributes_count.into());
}

fn link(out: &mut Writer, link: &Link) {
    if let Some(trace_id) = link.trace_id {
        out.bytes(1, &trace_id.to_bytes());
    }
    if let Some(span_id) = link.span_id {
        out.bytes(2, &span_id.to_bytes());
    }
    out.text_if_set(3, &link.trace_state);
    attributes(out, 4, &link.attributes);
    out.uint_if_set(5, link.dropped_attributes_count.into());
    out.fixed32_if_set(6, link.flags);
}

fn status(out: &mut Writer, status: &Status) {
    out.text_if_set(2, &status.message);
    out.int_if_set(3, status_number(status.code).into());
}

pub(crate) fn attributes(out: &mut Writer, number: u8, attributes: &[KeyValue]) {
    for attribute in attributes {
        out.message(number, |out| {
            out.text_if_set(1, &attribute.key);
            out.message(2, |out| any_value(out, &attribute.value));
        });
    }
}

/// `AnyValue`: one of its fields, written even if it is a default, or none for an empty value.
pub(crate) fn any_value(out: &mut Writer, value: &Value) {
    match value {
        Value::Empty => {}
        Value::String(text) => out.bytes(1, text.as_bytes()),
        Value::Bool(flag) => out.uint(2, u64::from(*flag)),
        Value::Int(number) => out.int(3, *number),
        Value::Double(number) => out.fixed64(4, number.to_bits()),
        Value::Array(values) => out.message(5, |out| {
            for value in values {
                out.message(1, |out| any_value(out, value));
            }
        }),
        Value::Map(pairs) => out.message(6, |out| attributes(out, 1, pairs)),
        Value::Bytes(bytes) => out.bytes(7, bytes),
    }
}
