//! Jaeger's JSON for traces, as far as the demo looks at it, and its way to the model.
//!
//! Source: <https://www.jaegertracing.io/docs/2.dev/architecture/apis/>, "HTTP JSON".

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use clew_model::{
    KeyValue, Resource, SERVICE_NAME, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp,
    Trace, TraceId, Value,
};
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// What every answer comes in.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    /// Null where there is nothing to answer.
    pub(super) data: Option<Vec<T>>,
}

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormatError {
    #[error("{id:?} is not a trace id")]
    TraceId { id: String },
    #[error("{id:?} is not a span id")]
    SpanId { id: String },
    #[error("a span is of process {id:?}, which is missing")]
    Process { id: String },
    #[error("the time {micros} µs is out of range")]
    Time { micros: u64 },
}

#[derive(Debug, Deserialize)]
pub(super) struct JaegerTrace {
    #[serde(rename = "traceID")]
    trace_id: String,
    spans: Vec<JaegerSpan>,
    processes: HashMap<String, Process>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JaegerSpan {
    #[serde(rename = "spanID")]
    span_id: String,
    operation_name: String,
    #[serde(default)]
    references: Vec<Reference>,
    /// Microseconds since the Unix epoch.
    start_time: u64,
    /// Microseconds.
    duration: u64,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(rename = "processID")]
    process_id: String,
}

#[derive(Debug, Deserialize)]
struct Reference {
    #[serde(rename = "refType")]
    kind: String,
    #[serde(rename = "traceID")]
    trace_id: String,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    service_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    key: String,
    value: serde_json::Value,
}

impl JaegerTrace {
    /// The trace in the model's terms. Events and links are left out: the demo shows none.
    pub(super) fn into_trace(self) -> Result<Trace, FormatError> {
        let id = trace_id(&self.trace_id)?;
        let resources: HashMap<String, Arc<Resource>> = self
            .processes
            .into_iter()
            .map(|(id, process)| (id, Arc::new(process.into_resource())))
            .collect();
        let mut spans = self
            .spans
            .into_iter()
            .map(|span| span.into_span(id, &resources))
            .collect::<Result<Vec<_>, _>>()?;
        spans.sort_by_key(|span| (span.start, span.span_id));
        Ok(Trace { id, spans })
    }
}

impl Process {
    fn into_resource(self) -> Resource {
        let service = KeyValue::new(SERVICE_NAME, self.service_name);
        let tags = self.tags.into_iter().map(Tag::into_attribute);
        Resource {
            attributes: std::iter::once(service).chain(tags).collect(),
            ..Resource::default()
        }
    }
}

impl JaegerSpan {
    fn into_span(
        self,
        trace_id: TraceId,
        resources: &HashMap<String, Arc<Resource>>,
    ) -> Result<Span, FormatError> {
        let Some(resource) = resources.get(&self.process_id) else {
            return Err(FormatError::Process {
                id: self.process_id,
            });
        };
        let start = timestamp(self.start_time)?;
        let end = timestamp(self.start_time.saturating_add(self.duration))?;
        Ok(Span {
            trace_id,
            span_id: span_id(&self.span_id)?,
            parent_span_id: self.parent(trace_id)?,
            trace_state: self.tag("w3c.tracestate").unwrap_or_default().to_owned(),
            flags: 0,
            kind: self.kind(),
            start,
            end,
            status: self.status(),
            name: self.operation_name,
            attributes: self.tags.into_iter().map(Tag::into_attribute).collect(),
            dropped_attributes_count: 0,
            events: Vec::new(),
            dropped_events_count: 0,
            links: Vec::new(),
            dropped_links_count: 0,
            resource: Arc::clone(resource),
            scope: Arc::new(Scope::default()),
        })
    }

    /// The first reference that says "child of" within the same trace is the parent.
    fn parent(&self, trace: TraceId) -> Result<Option<SpanId>, FormatError> {
        for reference in &self.references {
            if reference.kind == "CHILD_OF" && trace_id(&reference.trace_id)? == trace {
                return span_id(&reference.span_id).map(Some);
            }
        }
        Ok(None)
    }

    fn tag(&self, key: &str) -> Option<&str> {
        let tag = self.tags.iter().find(|tag| tag.key == key)?;
        tag.value.as_str()
    }

    fn kind(&self) -> SpanKind {
        match self.tag("span.kind") {
            Some("server") => SpanKind::Server,
            Some("client") => SpanKind::Client,
            Some("producer") => SpanKind::Producer,
            Some("consumer") => SpanKind::Consumer,
            _ => SpanKind::Internal,
        }
    }

    fn status(&self) -> Status {
        let failed = |tag: &Tag| tag.key == "error" && tag.value == true;
        let code = match self.tag("otel.status_code") {
            Some("ERROR") => StatusCode::Error,
            Some("OK") => StatusCode::Ok,
            _ if self.tags.iter().any(failed) => StatusCode::Error,
            _ => StatusCode::Unset,
        };
        let message = self.tag("otel.status_description").unwrap_or_default();
        Status {
            code,
            message: message.to_owned(),
        }
    }
}

impl Tag {
    /// An integer too large for JSON's numbers, and bytes, stay the text that Jaeger makes of them.
    fn into_attribute(self) -> KeyValue {
        let value = match self.value {
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Bool(flag) => Value::Bool(flag),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => Value::Int(integer),
                None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            other => Value::String(other.to_string()),
        };
        KeyValue::new(self.key, value)
    }
}

/// Jaeger leaves the high half of a trace id out where it is zero.
pub(super) fn trace_id(id: &str) -> Result<TraceId, FormatError> {
    let padded = format!("{id:0>32}");
    padded
        .parse()
        .map_err(|_| FormatError::TraceId { id: id.to_owned() })
}

fn span_id(id: &str) -> Result<SpanId, FormatError> {
    let padded = format!("{id:0>16}");
    padded
        .parse()
        .map_err(|_| FormatError::SpanId { id: id.to_owned() })
}

fn timestamp(micros: u64) -> Result<Timestamp, FormatError> {
    let nanos = u64::try_from(Duration::from_micros(micros).as_nanos());
    nanos
        .map(Timestamp::from_unix_nanos)
        .map_err(|_| FormatError::Time { micros })
}
