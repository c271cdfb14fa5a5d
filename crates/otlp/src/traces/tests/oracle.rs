//! What prost makes of a request, in the terms of the model.

use std::array::TryFromSliceError;
use std::sync::Arc;

use clew_model::{
    Event, KeyValue, Link, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp,
    TraceId, Value,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{self as common, any_value};
use opentelemetry_proto::tonic::trace::v1 as otlp;
use prost::Message;

#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) spans: Vec<Span>,
    pub(crate) rejected: u64,
}

pub(crate) fn decode(request: &[u8]) -> Result<Expected, prost::DecodeError> {
    let request = ExportTraceServiceRequest::decode(request)?;
    let mut expected = Expected::default();
    for resource_spans in request.resource_spans {
        let sent = resource_spans.resource.unwrap_or_default();
        let resource = Arc::new(Resource {
            attributes: attributes(sent.attributes),
            dropped_attributes_count: sent.dropped_attributes_count,
            schema_url: resource_spans.schema_url,
        });
        for scope_spans in resource_spans.scope_spans {
            let sent = scope_spans.scope.unwrap_or_default();
            let scope = Arc::new(Scope {
                name: sent.name,
                version: sent.version,
                attributes: attributes(sent.attributes),
                dropped_attributes_count: sent.dropped_attributes_count,
                schema_url: scope_spans.schema_url,
            });
            for sent in scope_spans.spans {
                match span(sent, &resource, &scope) {
                    Some(span) => expected.spans.push(span),
                    None => expected.rejected += 1,
                }
            }
        }
    }
    Ok(expected)
}

fn span(sent: otlp::Span, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Option<Span> {
    let status = sent.status.unwrap_or_default();
    Some(Span {
        trace_id: TraceId::from_bytes(sent.trace_id.try_into().ok()?)?,
        span_id: SpanId::from_bytes(sent.span_id.try_into().ok()?)?,
        parent_span_id: optional(&sent.parent_span_id, SpanId::from_bytes).ok()?,
        trace_state: sent.trace_state,
        flags: sent.flags,
        name: sent.name,
        kind: match sent.kind {
            0 | 1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            other => SpanKind::Other(other),
        },
        start: Timestamp::from_unix_nanos(sent.start_time_unix_nano),
        end: Timestamp::from_unix_nanos(sent.end_time_unix_nano),
        attributes: attributes(sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
        events: sent.events.into_iter().map(event).collect(),
        dropped_events_count: sent.dropped_events_count,
        links: sent.links.into_iter().map(link).collect::<Option<_>>()?,
        dropped_links_count: sent.dropped_links_count,
        status: Status {
            code: match status.code {
                0 => StatusCode::Unset,
                1 => StatusCode::Ok,
                2 => StatusCode::Error,
                other => StatusCode::Other(other),
            },
            message: status.message,
        },
        resource: Arc::clone(resource),
        scope: Arc::clone(scope),
    })
}

fn event(sent: otlp::span::Event) -> Event {
    Event {
        time: Timestamp::from_unix_nanos(sent.time_unix_nano),
        name: sent.name,
        attributes: attributes(sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
    }
}

fn link(sent: otlp::span::Link) -> Option<Link> {
    Some(Link {
        trace_id: optional(&sent.trace_id, TraceId::from_bytes).ok()?,
        span_id: optional(&sent.span_id, SpanId::from_bytes).ok()?,
        trace_state: sent.trace_state,
        attributes: attributes(sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
        flags: sent.flags,
    })
}

/// The id or none, or an error for what is neither.
fn optional<const N: usize, T>(
    id: &[u8],
    make: fn([u8; N]) -> Option<T>,
) -> Result<Option<T>, TryFromSliceError> {
    if id.is_empty() {
        return Ok(None);
    }
    id.try_into().map(make)
}

fn attributes(sent: Vec<common::KeyValue>) -> Vec<KeyValue> {
    sent.into_iter()
        .map(|sent| KeyValue {
            key: sent.key,
            value: value(sent.value.unwrap_or_default()),
        })
        .collect()
}

fn value(sent: common::AnyValue) -> Value {
    match sent.value {
        None | Some(any_value::Value::StringValueStrindex(_)) => Value::Empty,
        Some(any_value::Value::StringValue(text)) => Value::String(text),
        Some(any_value::Value::BoolValue(flag)) => Value::Bool(flag),
        Some(any_value::Value::IntValue(number)) => Value::Int(number),
        Some(any_value::Value::DoubleValue(number)) => Value::Double(number),
        Some(any_value::Value::BytesValue(bytes)) => Value::Bytes(bytes),
        Some(any_value::Value::ArrayValue(array)) => {
            Value::Array(array.values.into_iter().map(value).collect())
        }
        Some(any_value::Value::KvlistValue(map)) => Value::Map(attributes(map.values)),
    }
}
