//! A whole trace: its spans with all that they have, then who sent them, then what to know of it.
//!
//! Resources and scopes stand behind the spans, each once, and spans name them by their number:
//! so the answer can be sent while the trace is read.

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use clew_model::{Event, Link, Resource, Scope, Span, TraceId};
use clew_otlp::{kind_number, status_number};
use clew_query::{Finding, Findings, Summarizer};
use clew_store::{Coverage, QueryContext, TracePart, TraceSink};
use serde::Serialize;

use super::answer::SummaryJson;
use super::value::Attributes;
use crate::api::Failure;
use crate::api::shared::Shared;
use crate::api::stream::JsonWriter;

/// Writes a trace as it is loaded.
pub(super) struct TraceWriter {
    json: JsonWriter,
    id: TraceId,
    spans: u64,
    senders: Senders,
    summary: Summarizer,
    findings: Findings,
    failure: Option<Failure>,
}

impl TraceWriter {
    pub(super) fn new(json: JsonWriter, id: TraceId, context: &QueryContext) -> Self {
        Self {
            json,
            id,
            spans: 0,
            senders: Senders::new(context),
            summary: Summarizer::new(id),
            findings: Findings::new(context),
            failure: None,
        }
    }

    /// Writes what stands behind the spans.
    pub(super) async fn finish(self, coverage: &Coverage) -> Result<JsonWriter, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let mut json = self.json;
        let summary = self.summary.finish();
        let summary = summary.ok_or_else(|| no_spans(coverage))?;
        json.raw("],");
        self.senders.write(&mut json).await?;
        json.raw(r#","summary":"#);
        json.value(&SummaryJson::new(&summary))?;
        json.raw(r#","findings":"#);
        let findings = self.findings.finish();
        json.value(&findings.iter().map(FindingJson::new).collect::<Vec<_>>())?;
        if let Coverage::Partial(why) = coverage {
            json.raw(r#","partial":"#);
            json.value(why)?;
        }
        json.raw("}");
        Ok(json)
    }

    async fn write(&mut self, part: &TracePart) -> Result<(), Failure> {
        for span in &part.spans {
            self.summary.add(span);
            self.findings.add(span)?;
            let (resource, scope) = self.senders.numbers(&span.resource, &span.scope)?;
            if self.spans == 0 {
                self.json
                    .raw(&format!(r#"{{"traceId":"{}","spans":["#, self.id));
            } else {
                self.json.raw(",");
            }
            self.spans += 1;
            self.json.value(&SpanJson::new(span, resource, scope))?;
            self.json.flow().await?;
        }
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

/// Why there is an answer about a trace that has no spans.
pub(super) fn no_spans(coverage: &Coverage) -> Failure {
    match coverage {
        Coverage::Complete => Failure::TraceNotFound,
        Coverage::Partial(why) => Failure::TraceNotReadable(why.clone()),
    }
}

/// Who sent what an answer is about: resources and scopes, each once.
pub(super) struct Senders {
    resources: Shared<Resource>,
    scopes: Shared<Scope>,
}

impl Senders {
    pub(super) fn new(context: &QueryContext) -> Self {
        Self {
            resources: Shared::new(context),
            scopes: Shared::new(context),
        }
    }

    /// Their numbers.
    pub(super) fn numbers(
        &mut self,
        resource: &Arc<Resource>,
        scope: &Arc<Scope>,
    ) -> Result<(usize, usize), Failure> {
        let json = |it: &Resource| serde_json::to_string(&ResourceJson::new(it));
        let resource = self.resources.number(resource, json)?;
        let json = |it: &Scope| serde_json::to_string(&ScopeJson::new(it));
        Ok((resource, self.scopes.number(scope, json)?))
    }

    /// Writes both lists as fields of an object.
    pub(super) async fn write(&self, json: &mut JsonWriter) -> Result<(), Failure> {
        json.raw(r#""resources":"#);
        self.resources.write(json).await?;
        json.raw(r#","scopes":"#);
        self.scopes.write(json).await
    }
}

/// `Span` of OTLP, with the numbers of its resource and its scope.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpanJson<'a> {
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: &'a str,
    flags: u32,
    name: &'a str,
    kind: i32,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    status: StatusJson<'a>,
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventJson<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_events_count: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<LinkJson<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_links_count: u32,
    resource: usize,
    scope: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl<'a> SpanJson<'a> {
    pub(super) fn new(span: &'a Span, resource: usize, scope: usize) -> Self {
        Self {
            span_id: span.span_id.to_string(),
            parent_span_id: span.parent_span_id.map(|id| id.to_string()),
            trace_state: &span.trace_state,
            flags: span.flags,
            name: &span.name,
            kind: kind_number(span.kind),
            start_time_unix_nano: span.start.unix_nanos().to_string(),
            end_time_unix_nano: span.end.unix_nanos().to_string(),
            status: StatusJson {
                code: status_number(span.status.code),
                message: &span.status.message,
            },
            attributes: Attributes(&span.attributes),
            dropped_attributes_count: span.dropped_attributes_count,
            events: span.events.iter().map(EventJson::new).collect(),
            dropped_events_count: span.dropped_events_count,
            links: span.links.iter().map(LinkJson::new).collect(),
            dropped_links_count: span.dropped_links_count,
            resource,
            scope,
        }
    }
}

#[derive(Serialize)]
struct StatusJson<'a> {
    code: i32,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventJson<'a> {
    time_unix_nano: String,
    name: &'a str,
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
}

impl<'a> EventJson<'a> {
    fn new(event: &'a Event) -> Self {
        Self {
            time_unix_nano: event.time.unix_nanos().to_string(),
            name: &event.name,
            attributes: Attributes(&event.attributes),
            dropped_attributes_count: event.dropped_attributes_count,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    trace_state: &'a str,
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    flags: u32,
}

impl<'a> LinkJson<'a> {
    fn new(link: &'a Link) -> Self {
        Self {
            trace_id: link.trace_id.map(|id| id.to_string()),
            span_id: link.span_id.map(|id| id.to_string()),
            trace_state: &link.trace_state,
            attributes: Attributes(&link.attributes),
            dropped_attributes_count: link.dropped_attributes_count,
            flags: link.flags,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceJson<'a> {
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: &'a str,
}

impl<'a> ResourceJson<'a> {
    pub(super) fn new(resource: &'a Resource) -> Self {
        Self {
            attributes: Attributes(&resource.attributes),
            dropped_attributes_count: resource.dropped_attributes_count,
            schema_url: &resource.schema_url,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScopeJson<'a> {
    name: &'a str,
    version: &'a str,
    attributes: Attributes<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_attributes_count: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    schema_url: &'a str,
}

impl<'a> ScopeJson<'a> {
    pub(super) fn new(scope: &'a Scope) -> Self {
        Self {
            name: &scope.name,
            version: &scope.version,
            attributes: Attributes(&scope.attributes),
            dropped_attributes_count: scope.dropped_attributes_count,
            schema_url: &scope.schema_url,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FindingJson<'a> {
    kind: &'static str,
    what: &'a str,
    likely_cause: &'a str,
    spans: u64,
    examples: Vec<String>,
}

impl<'a> FindingJson<'a> {
    pub(super) fn new(finding: &'a Finding) -> Self {
        Self {
            kind: finding.kind.name(),
            what: &finding.what,
            likely_cause: finding.likely_cause,
            spans: finding.spans,
            examples: finding.examples.iter().map(ToString::to_string).collect(),
        }
    }
}
