//! `GET /api/clew/v1/traces/{id}/hops`: how the context of a trace went from process to process, and where it
//! failed.

use std::ops::ControlFlow;
use std::time::Instant;

use async_trait::async_trait;
use clew_model::TraceId;
use clew_otlp::kind_number;
use clew_query::{Failed, FailedSpan, Failures, Findings, Header, Hop, HopProblem, HopSpan, Hops};
use clew_store::{Answer as Found, QueryContext, StoreError, TracePart, TraceSink, TraceSnapshot};
use serde::Serialize;
use tokio::time::timeout_at;

use super::trace::{FindingJson, no_spans};
use crate::api::Failure;
use crate::api::stream::JsonWriter;

/// To look for the other ends of calls in other traces may take one part in so many of the time that is left
/// for the answer.
const SEARCH_PART: u32 = 2;

/// Follows a trace as it is loaded.
pub(super) struct HopsReader {
    hops: Hops,
    findings: Findings,
    failures: Failures,
    spans: u64,
    failure: Option<StoreError>,
    deadline: Instant,
}

impl HopsReader {
    pub(super) fn new(id: TraceId, context: &QueryContext) -> Self {
        Self {
            hops: Hops::new(id, context),
            findings: Findings::new(context),
            failures: Failures::new(context),
            spans: 0,
            failure: None,
            deadline: context.deadline(),
        }
    }

    /// Writes what was found.
    pub(super) async fn write(
        self,
        mut json: JsonWriter,
        loaded: &Found<()>,
        snapshot: &dyn TraceSnapshot,
    ) -> Result<JsonWriter, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure.into());
        }
        if self.spans == 0 {
            return Err(no_spans(&loaded.coverage));
        }
        let (mut hops, loose_ends) = self.hops.finish()?;
        let now = Instant::now();
        let until = now + self.deadline.saturating_duration_since(now) / SEARCH_PART;
        if let Ok(found) = timeout_at(until.into(), loose_ends.find(&mut hops, snapshot)).await {
            found?;
        }
        json.raw(r#"{"hops":["#);
        for (number, hop) in hops.iter().enumerate() {
            if number > 0 {
                json.raw(",");
            }
            json.value(&HopJson::new(hop))?;
            json.flow().await?;
        }
        json.raw(r#"],"findings":"#);
        let findings = self.findings.finish();
        json.value(&findings.iter().map(FindingJson::new).collect::<Vec<_>>())?;
        json.raw(r#","failed":"#);
        json.value(&FailedJson::new(&self.failures.finish()))?;
        json.raw(r#","partial":"#);
        json.value(&loaded.coverage.partial())?;
        json.raw("}");
        Ok(json)
    }
}

#[async_trait]
impl TraceSink for HopsReader {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        for span in &part.spans {
            let seen = self.hops.add(span);
            let seen = seen.and_then(|()| self.findings.add(span));
            if let Err(error) = seen.and_then(|()| self.failures.add(span)) {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
            self.spans += 1;
        }
        ControlFlow::Continue(())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HopJson<'a> {
    caller: Option<HopSpanJson<'a>>,
    caller_span_id: Option<String>,
    callee: Option<HopSpanJson<'a>>,
    traceparent: Option<HeaderJson<'a>>,
    tracestate: Option<HeaderJson<'a>>,
    problems: Vec<ProblemJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HopSpanJson<'a> {
    span_id: String,
    service: Option<&'a str>,
    name: &'a str,
    kind: i32,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
}

#[derive(Serialize)]
struct FailedJson<'a> {
    spans: u64,
    first: Option<FailedSpanJson<'a>>,
}

#[derive(Serialize)]
struct FailedSpanJson<'a> {
    #[serde(flatten)]
    span: HopSpanJson<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct HeaderJson<'a> {
    value: &'a str,
    source: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemJson<'a> {
    kind: &'static str,
    what: &'a str,
    likely_cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_trace_id: Option<String>,
}

impl<'a> HopJson<'a> {
    fn new(hop: &'a Hop) -> Self {
        Self {
            caller: hop.caller.as_ref().map(HopSpanJson::new),
            caller_span_id: hop.caller_id.map(|id| id.to_string()),
            callee: hop.callee.as_ref().map(HopSpanJson::new),
            traceparent: hop.traceparent.as_ref().map(HeaderJson::new),
            tracestate: hop.tracestate.as_ref().map(HeaderJson::new),
            problems: hop.problems.iter().map(ProblemJson::new).collect(),
        }
    }
}

impl<'a> HopSpanJson<'a> {
    fn new(span: &'a HopSpan) -> Self {
        Self {
            span_id: span.id.to_string(),
            service: span.service.as_deref(),
            name: &span.name,
            kind: kind_number(span.kind),
            start_time_unix_nano: span.start.unix_nanos().to_string(),
            end_time_unix_nano: span.end.unix_nanos().to_string(),
        }
    }
}

impl<'a> FailedJson<'a> {
    fn new(failed: &'a Failed) -> Self {
        let first = |it: &'a FailedSpan| FailedSpanJson {
            span: HopSpanJson::new(&it.span),
            message: &it.message,
        };
        Self {
            spans: failed.spans,
            first: failed.first.as_ref().map(first),
        }
    }
}

impl<'a> HeaderJson<'a> {
    fn new(header: &'a Header) -> Self {
        Self {
            value: &header.value,
            source: header.source.name(),
        }
    }
}

impl<'a> ProblemJson<'a> {
    fn new(problem: &'a HopProblem) -> Self {
        Self {
            kind: problem.kind.name(),
            what: &problem.what,
            likely_cause: problem.likely_cause,
            other_trace_id: problem.other_trace.map(|id| id.to_string()),
        }
    }
}
