//! What the backend says of a trace.

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::backend::escaped;

/// The answer of `GET /api/clew/v1/traces/{id}/hops`.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) trace: TraceHops,
    /// The same on one line, in which nothing steers a terminal.
    pub(super) json: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct TraceHops {
    pub(super) hops: Vec<Hop>,
    pub(super) findings: Vec<Problem>,
    pub(super) partial: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hop {
    pub(super) caller: Option<HopSpan>,
    pub(super) caller_span_id: Option<String>,
    pub(super) callee: Option<HopSpan>,
    pub(super) traceparent: Option<Header>,
    pub(super) tracestate: Option<Header>,
    pub(super) problems: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HopSpan {
    pub(super) service: Option<String>,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) value: String,
    pub(super) source: String,
}

/// What is wrong with a hop, or with the trace.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Problem {
    pub(super) kind: String,
    pub(super) what: String,
    pub(super) likely_cause: String,
    pub(super) other_trace_id: Option<String>,
}

/// What is said of the trace alone, and of no hop.
const OF_TRACE: [&str; 3] = ["missingParent", "severalRoots", "sharedSpanId"];

impl Answer {
    pub(super) fn parse(body: &[u8]) -> serde_json::Result<Self> {
        let json: Json = serde_json::from_slice(body)?;
        Ok(Self {
            json: escaped(&json.to_string()),
            trace: TraceHops::deserialize(json)?,
        })
    }
}

impl TraceHops {
    /// What is wrong with the trace beside its hops.
    pub(super) fn of_trace(&self) -> impl Iterator<Item = &Problem> {
        let findings = self.findings.iter();
        findings.filter(|finding| OF_TRACE.contains(&&*finding.kind))
    }

    pub(super) fn is_well(&self) -> bool {
        self.hops.iter().all(|hop| hop.problems.is_empty()) && self.of_trace().next().is_none()
    }
}
