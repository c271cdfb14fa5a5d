//! What prost makes of a request, in the terms of the model.

use std::array::TryFromSliceError;
use std::sync::Arc;

use clew_model::{
    Event, KeyValue, Link, LogRecord, Resource, Scope, Severity, Span, SpanId, SpanKind, Status,
    StatusCode, Timestamp, TraceId, Value,
};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{self as common, any_value};
use opentelemetry_proto::tonic::logs::v1 as logs;
use opentelemetry_proto::tonic::resource::v1 as proto;
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
        let resource = resource(resource_spans.resource, resource_spans.schema_url);
        for scope_spans in resource_spans.scope_spans {
            let scope = scope(scope_spans.scope, scope_spans.schema_url);
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

#[derive(Default)]
pub(crate) struct ExpectedLogs {
    pub(crate) records: Vec<LogRecord>,
    pub(crate) without_context: u64,
}

pub(crate) fn decode_logs(request: &[u8]) -> Result<ExpectedLogs, prost::DecodeError> {
    let request = ExportLogsServiceRequest::decode(request)?;
    let mut expected = ExpectedLogs::default();
    for resource_logs in request.resource_logs {
        let resource = resource(resource_logs.resource, resource_logs.schema_url);
        for scope_logs in resource_logs.scope_logs {
            let scope = scope(scope_logs.scope, scope_logs.schema_url);
            for sent in scope_logs.log_records {
                let (record, has_valid_ids) = log_record(sent, &resource, &scope);
                expected.records.push(record);
                expected.without_context += u64::from(!has_valid_ids);
            }
        }
    }
    Ok(expected)
}

/// The log record, and whether its ids are valid.
fn log_record(
    sent: logs::LogRecord,
    resource: &Arc<Resource>,
    scope: &Arc<Scope>,
) -> (LogRecord, bool) {
    let trace_id = optional(&sent.trace_id, TraceId::from_bytes);
    let span_id = optional(&sent.span_id, SpanId::from_bytes);
    let has_valid_ids = trace_id.is_ok() && span_id.is_ok();
    let record = LogRecord {
        time: Timestamp::from_unix_nanos(sent.time_unix_nano),
        observed_time: Timestamp::from_unix_nanos(sent.observed_time_unix_nano),
        severity: Severity::from_number(sent.severity_number),
        severity_text: sent.severity_text,
        body: value(sent.body.unwrap_or_default()),
        attributes: attributes(sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
        flags: sent.flags,
        trace_id: trace_id.unwrap_or(None),
        span_id: span_id.unwrap_or(None),
        event_name: sent.event_name,
        resource: Arc::clone(resource),
        scope: Arc::clone(scope),
    };
    (record, has_valid_ids)
}

fn resource(sent: Option<proto::Resource>, schema_url: String) -> Arc<Resource> {
    let sent = sent.unwrap_or_default();
    Arc::new(Resource {
        attributes: attributes(sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
        schema_url,
    })
}

fn scope(sent: Option<common::InstrumentationScope>, schema_url: String) -> Arc<Scope> {
    let sent = sent.unwrap_or_default();
    Arc::new(Scope {
        name: sent.name,
        version: sent.version,
        attributes: attributes(sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
        schema_url,
    })
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
