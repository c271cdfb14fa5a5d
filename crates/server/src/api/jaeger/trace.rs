//! A trace in Jaeger's JSON.
//!
//! Jaeger's model is older than OpenTelemetry's: what it has no field for becomes a tag, by the
//! mapping of <https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/>. Times are in
//! microseconds, cut, not rounded.

mod tag;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use async_trait::async_trait;
use clew_model::{
    Event, KeyValue, Link, Resource, SERVICE_NAME, Span, SpanId, StatusCode, Timestamp, TraceId,
};
use clew_store::{QueryContext, TracePart, TraceSink};
use serde::{Serialize, Serializer};

use crate::api::Failure;
use crate::api::parameters::kind_name;
use crate::api::shared::Shared;
use crate::api::stream::JsonWriter;
use tag::Tag;

/// What Jaeger calls the service of a resource that names none.
pub(super) const NO_SERVICE: &str = "missing-service-name";

/// Writes traces as the members of a list, as they are loaded.
pub(super) struct TraceWriter {
    json: JsonWriter,
    /// The processes of the trace whose spans are being written, and how many those are.
    processes: Shared<Resource>,
    spans: usize,
    /// The trace whose spans are being written.
    current: Option<TraceId>,
    /// The traces that were written.
    written: BTreeSet<TraceId>,
    failure: Option<Failure>,
}

impl TraceWriter {
    pub(super) fn new(json: JsonWriter, context: &QueryContext) -> Self {
        Self {
            json,
            processes: Shared::new(context),
            spans: 0,
            current: None,
            written: BTreeSet::new(),
            failure: None,
        }
    }

    /// The writer, and which traces were written.
    pub(super) fn finish(self) -> Result<(JsonWriter, BTreeSet<TraceId>), Failure> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok((self.json, self.written)),
        }
    }

    async fn write(&mut self, part: &TracePart) -> Result<(), Failure> {
        if self.current != Some(part.id) {
            self.begin(part.id)?;
        }
        for span in &part.spans {
            let process = self.processes.number(&span.resource, |resource| {
                serde_json::to_string(&Process::new(resource))
            })?;
            if self.spans > 0 {
                self.json.raw(",");
            }
            self.spans += 1;
            self.json
                .value(&JaegerSpan::new(span, ProcessId(process + 1)))?;
            self.json.flow().await?;
        }
        if part.is_last {
            self.end().await?;
        }
        Ok(())
    }

    fn begin(&mut self, id: TraceId) -> Result<(), Failure> {
        if !self.written.is_empty() {
            self.json.raw(",");
        }
        self.written.insert(id);
        self.current = Some(id);
        self.json.raw(r#"{"traceID":"#);
        self.json.value(&JaegerTraceId(id))?;
        self.json.raw(r#","spans":["#);
        Ok(())
    }

    async fn end(&mut self) -> Result<(), Failure> {
        self.current = None;
        self.spans = 0;
        self.json.raw(r#"],"processes":{"#);
        let processes = self.processes.take();
        for (number, process) in (1..).zip(&processes) {
            if number > 1 {
                self.json.raw(",");
            }
            self.json.value(&ProcessId(number))?;
            self.json.raw(":");
            self.json.raw(process);
            self.json.flow().await?;
        }
        self.json.raw(r#"},"warnings":null}"#);
        Ok(())
    }
}

#[async_trait]
impl TraceSink for TraceWriter {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        match self.write(&part).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}

/// Sixteen hexadecimal digits if the rest would be zeros, else 32.
#[derive(Debug, Clone, Copy)]
pub(super) struct JaegerTraceId(pub(super) TraceId);

impl Serialize for JaegerTraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.0.to_string();
        serializer.serialize_str(digits.strip_prefix("0000000000000000").unwrap_or(&digits))
    }
}

#[derive(Debug, Serialize)]
struct JaegerSpan<'a> {
    #[serde(rename = "traceID")]
    trace_id: JaegerTraceId,
    #[serde(rename = "spanID")]
    span_id: String,
    #[serde(rename = "operationName")]
    operation_name: &'a str,
    references: Vec<Reference>,
    #[serde(rename = "startTime")]
    start_time: u64,
    duration: u64,
    tags: Vec<Tag<'a>>,
    logs: Vec<Log<'a>>,
    #[serde(rename = "processID")]
    process_id: ProcessId,
    warnings: Option<Vec<String>>,
}

impl<'a> JaegerSpan<'a> {
    fn new(span: &'a Span, process_id: ProcessId) -> Self {
        Self {
            trace_id: JaegerTraceId(span.trace_id),
            span_id: span.span_id.to_string(),
            operation_name: &span.name,
            references: references(span),
            start_time: micros(span.start),
            // Nanoseconds of 64 bits, so that their thousandth fits.
            duration: u64::try_from(span.duration().as_micros()).unwrap_or(u64::MAX),
            tags: span_tags(span),
            logs: span.events.iter().map(Log::new).collect(),
            process_id,
            warnings: None,
        }
    }
}

fn micros(time: Timestamp) -> u64 {
    time.unix_nanos() / 1000
}

#[derive(Debug, Serialize)]
struct Reference {
    #[serde(rename = "refType")]
    ref_type: RefType,
    #[serde(rename = "traceID")]
    trace_id: JaegerTraceId,
    #[serde(rename = "spanID")]
    span_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RefType {
    ChildOf,
    FollowsFrom,
}

impl Reference {
    fn new(ref_type: RefType, trace_id: TraceId, span_id: Option<SpanId>) -> Self {
        Self {
            ref_type,
            trace_id: JaegerTraceId(trace_id),
            span_id: span_id.map_or_else(|| "0".repeat(16), |id| id.to_string()),
        }
    }
}

/// The parent first, then the links; like Jaeger, without those that lead to no trace.
fn references(span: &Span) -> Vec<Reference> {
    let parent = span
        .parent_span_id
        .map(|id| Reference::new(RefType::ChildOf, span.trace_id, Some(id)));
    let link = |link: &Link| {
        let trace_id = link.trace_id?;
        Some(Reference::new(RefType::FollowsFrom, trace_id, link.span_id))
    };
    let links = span.links.iter().filter_map(link);
    parent.into_iter().chain(links).collect()
}

/// Scope, attributes, kind, status, tracestate: the order of Jaeger.
fn span_tags(span: &Span) -> Vec<Tag<'_>> {
    let failed = span.is_error();
    let mut tags = Vec::with_capacity(span.attributes.len() + 7);
    tags.extend(Tag::unless_empty("otel.scope.name", &span.scope.name));
    tags.extend(Tag::unless_empty("otel.scope.version", &span.scope.version));
    tags.extend(span.attributes.iter().map(Tag::attribute));
    tags.extend(kind_name(span.kind).map(|kind| Tag::text("span.kind", kind)));
    tags.extend(status_name(span.status.code).map(|code| Tag::text("otel.status_code", code)));
    tags.extend(failed.then(|| Tag::bool("error", true)));
    tags.extend(Tag::unless_empty(
        "otel.status_description",
        &span.status.message,
    ));
    tags.extend(Tag::unless_empty("w3c.tracestate", &span.trace_state));
    tags
}

/// What Jaeger calls a status; `None` for unset and for those that it does not know.
pub(super) fn status_name(code: StatusCode) -> Option<&'static str> {
    match code {
        StatusCode::Error => Some("ERROR"),
        StatusCode::Ok => Some("OK"),
        StatusCode::Unset | StatusCode::Other(_) => None,
    }
}

/// An event.
#[derive(Debug, Serialize)]
struct Log<'a> {
    timestamp: u64,
    fields: Vec<Tag<'a>>,
}

impl<'a> Log<'a> {
    fn new(event: &'a Event) -> Self {
        let name = Tag::unless_empty("event", &event.name);
        Self {
            timestamp: micros(event.time),
            fields: name
                .into_iter()
                .chain(event.attributes.iter().map(Tag::attribute))
                .collect(),
        }
    }
}

/// The number of a process within its trace, from 1, written `p1`.
#[derive(Debug, Clone, Copy)]
struct ProcessId(usize);

impl Serialize for ProcessId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("p{}", self.0))
    }
}

/// A resource.
#[derive(Debug, Serialize)]
struct Process<'a> {
    #[serde(rename = "serviceName")]
    service_name: &'a str,
    tags: Vec<Tag<'a>>,
}

impl<'a> Process<'a> {
    fn new(resource: &'a Resource) -> Self {
        let is_tag = |attribute: &&KeyValue| attribute.key != SERVICE_NAME;
        let attributes = resource.attributes.iter().filter(is_tag);
        Self {
            service_name: resource.service_name().unwrap_or(NO_SERVICE),
            tags: attributes.map(Tag::attribute).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
