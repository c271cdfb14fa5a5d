//! What the backend says of a trace.

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::backend::{escaped, number};

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
    /// `None` of a Clew that does not say it.
    pub(super) failed: Option<Failed>,
    pub(super) partial: Option<String>,
}

/// The spans that failed.
#[derive(Debug, Deserialize)]
pub(super) struct Failed {
    pub(super) spans: u64,
    /// Where it began.
    pub(super) first: Option<FailedSpan>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FailedSpan {
    #[serde(flatten)]
    pub(super) span: HopSpan,
    #[serde(rename = "startTimeUnixNano", deserialize_with = "number")]
    pub(super) start: u64,
    #[serde(rename = "endTimeUnixNano", deserialize_with = "number")]
    pub(super) end: u64,
    pub(super) message: String,
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

impl Failed {
    /// The same with the first of them, if there is one.
    pub(super) fn with_first(&self) -> Option<(&Self, &FailedSpan)> {
        Some((self, self.first.as_ref()?))
    }
}

impl TraceHops {
    /// What is wrong with the trace beside its hops.
    pub(super) fn of_trace(&self) -> impl Iterator<Item = &Problem> {
        let findings = self.findings.iter();
        findings.filter(|finding| OF_TRACE.contains(&&*finding.kind))
    }

    /// Whether nothing is wrong with the context: what failed may have failed for any reason.
    pub(super) fn is_well(&self) -> bool {
        self.hops.iter().all(|hop| hop.problems.is_empty()) && self.of_trace().next().is_none()
    }
}
