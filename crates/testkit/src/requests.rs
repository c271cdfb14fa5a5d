//! OTLP requests from spans and log records, encoded by prost: the product's own code is what the tests test.

use std::sync::Arc;

use bytes::Bytes;
use clew_model::{
    Batch, Event, KeyValue, Link, LogBatch, LogRecord, Resource, Scope, Span, SpanId, SpanKind,
    StatusCode, TraceId, Value,
};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::logs::v1 as logs;
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use prost::Message;

/// The request that a service would send these spans with; those that share a resource or a scope
/// (the same `Arc`) and follow each other are sent under one.
pub fn request_of(spans: &[Span]) -> Bytes {
    let resource_spans = spans
        .chunk_by(|one, next| Arc::ptr_eq(&one.resource, &next.resource))
        .map(resource_spans)
        .collect();
    let request = ExportTraceServiceRequest { resource_spans };
    request.encode_to_vec().into()
}

/// The batch that a store would be given for these spans; see [`request_of`].
///
/// # Panics
/// If the decoder refuses what prost encoded.
pub fn batch_of(spans: &[Span]) -> Batch {
    clew_otlp::decode_traces(request_of(spans))
        .expect("prost encodes what can be decoded")
        .batch
}

/// The request that a service would send these log records with, as [`request_of`] is of spans.
pub fn logs_request_of(records: &[LogRecord]) -> Bytes {
    let resource_logs = records
        .chunk_by(|one, next| Arc::ptr_eq(&one.resource, &next.resource))
        .map(resource_logs)
        .collect();
    let request = ExportLogsServiceRequest { resource_logs };
    request.encode_to_vec().into()
}

/// The batch that a store would be given for these log records; see [`logs_request_of`].
///
/// # Panics
/// If the decoder refuses what prost encoded.
pub fn log_batch_of(records: &[LogRecord]) -> LogBatch {
    clew_otlp::decode_logs(logs_request_of(records))
        .expect("prost encodes what can be decoded")
        .batch
}

fn resource_logs(records: &[LogRecord]) -> logs::ResourceLogs {
    let resource = &records[0].resource;
    logs::ResourceLogs {
        resource: Some(resource_message(resource)),
        scope_logs: records
            .chunk_by(|one, next| Arc::ptr_eq(&one.scope, &next.scope))
            .map(scope_logs)
            .collect(),
        schema_url: resource.schema_url.clone(),
    }
}

fn scope_logs(records: &[LogRecord]) -> logs::ScopeLogs {
    let scope = &records[0].scope;
    logs::ScopeLogs {
        scope: Some(scope_message(scope)),
        log_records: records.iter().map(log_record).collect(),
        schema_url: scope.schema_url.clone(),
    }
}

fn log_record(record: &LogRecord) -> logs::LogRecord {
    logs::LogRecord {
        time_unix_nano: record.time.unix_nanos(),
        observed_time_unix_nano: record.observed_time.unix_nanos(),
        severity_number: record.severity.number(),
        severity_text: record.severity_text.clone(),
        body: Some(any_value(&record.body)),
        attributes: key_values(&record.attributes),
        dropped_attributes_count: record.dropped_attributes_count,
        flags: record.flags,
        trace_id: record
            .trace_id
            .map_or(Vec::new(), |id| id.to_bytes().to_vec()),
        span_id: span_id_bytes(record.span_id),
        event_name: record.event_name.clone(),
    }
}

fn resource_message(sent: &Resource) -> resource::Resource {
    resource::Resource {
        attributes: key_values(&sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
        entity_refs: Vec::new(),
    }
}

fn scope_message(sent: &Scope) -> common::InstrumentationScope {
    common::InstrumentationScope {
        name: sent.name.clone(),
        version: sent.version.clone(),
        attributes: key_values(&sent.attributes),
        dropped_attributes_count: sent.dropped_attributes_count,
    }
}

fn resource_spans(spans: &[Span]) -> otlp::ResourceSpans {
    let resource = &spans[0].resource;
    otlp::ResourceSpans {
        resource: Some(resource_message(resource)),
        scope_spans: spans
            .chunk_by(|one, next| Arc::ptr_eq(&one.scope, &next.scope))
            .map(scope_spans)
            .collect(),
        schema_url: resource.schema_url.clone(),
    }
}

fn scope_spans(spans: &[Span]) -> otlp::ScopeSpans {
    let scope = &spans[0].scope;
    otlp::ScopeSpans {
        scope: Some(scope_message(scope)),
        spans: spans.iter().map(span).collect(),
        schema_url: scope.schema_url.clone(),
    }
}

fn span(span: &Span) -> otlp::Span {
    otlp::Span {
        trace_id: span.trace_id.to_bytes().to_vec(),
        span_id: span.span_id.to_bytes().to_vec(),
        trace_state: span.trace_state.clone(),
        parent_span_id: span_id_bytes(span.parent_span_id),
        flags: span.flags,
        name: span.name.clone(),
        kind: match span.kind {
            SpanKind::Internal => 1,
            SpanKind::Server => 2,
            SpanKind::Client => 3,
            SpanKind::Producer => 4,
            SpanKind::Consumer => 5,
            SpanKind::Other(number) => number,
        },
        start_time_unix_nano: span.start.unix_nanos(),
        end_time_unix_nano: span.end.unix_nanos(),
        attributes: key_values(&span.attributes),
        dropped_attributes_count: span.dropped_attributes_count,
        events: span.events.iter().map(event).collect(),
        dropped_events_count: span.dropped_events_count,
        links: span.links.iter().map(link).collect(),
        dropped_links_count: span.dropped_links_count,
        status: Some(otlp::Status {
            message: span.status.message.clone(),
            code: match span.status.code {
                StatusCode::Unset => 0,
                StatusCode::Ok => 1,
                StatusCode::Error => 2,
                StatusCode::Other(number) => number,
            },
        }),
    }
}

fn event(event: &Event) -> otlp::span::Event {
    otlp::span::Event {
        time_unix_nano: event.time.unix_nanos(),
        name: event.name.clone(),
        attributes: key_values(&event.attributes),
        dropped_attributes_count: event.dropped_attributes_count,
    }
}

fn link(link: &Link) -> otlp::span::Link {
    otlp::span::Link {
        trace_id: link
            .trace_id
            .map_or(Vec::new(), |id: TraceId| id.to_bytes().to_vec()),
        span_id: span_id_bytes(link.span_id),
        trace_state: link.trace_state.clone(),
        attributes: key_values(&link.attributes),
        dropped_attributes_count: link.dropped_attributes_count,
        flags: link.flags,
    }
}

fn span_id_bytes(id: Option<SpanId>) -> Vec<u8> {
    id.map_or(Vec::new(), |id| id.to_bytes().to_vec())
}

fn key_values(attributes: &[KeyValue]) -> Vec<common::KeyValue> {
    attributes
        .iter()
        .map(|attribute| common::KeyValue {
            key: attribute.key.clone(),
            value: Some(any_value(&attribute.value)),
            key_strindex: 0,
        })
        .collect()
}

fn any_value(value: &Value) -> common::AnyValue {
    let value = match value {
        Value::Empty => None,
        Value::String(text) => Some(any_value::Value::StringValue(text.clone())),
        Value::Bool(flag) => Some(any_value::Value::BoolValue(*flag)),
        Value::Int(number) => Some(any_value::Value::IntValue(*number)),
        Value::Double(number) => Some(any_value::Value::DoubleValue(*number)),
        Value::Bytes(bytes) => Some(any_value::Value::BytesValue(bytes.clone())),
        Value::Array(values) => Some(any_value::Value::ArrayValue(common::ArrayValue {
            values: values.iter().map(any_value).collect(),
        })),
        Value::Map(members) => Some(any_value::Value::KvlistValue(common::KeyValueList {
            values: key_values(members),
        })),
    };
    common::AnyValue { value }
}
