//! What the backend says of two traces.

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::backend::{escaped, number};

/// The answer of `GET /api/clew/v1/traces/{id}/compare/{other}`.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) diff: TraceDiff,
    /// The same on one line, in which nothing steers a terminal.
    pub(super) json: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct TraceDiff {
    pub(super) before: Trace,
    pub(super) after: Trace,
    pub(super) totals: Totals,
    pub(super) explanations: Vec<Explanation>,
    pub(super) rows: Vec<Row>,
    pub(super) partial: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Trace {
    #[serde(rename = "traceId")]
    pub(super) id: String,
    pub(super) spans: u64,
    #[serde(rename = "durationNano", deserialize_with = "number")]
    pub(super) duration_nanos: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Totals {
    pub(super) new: u64,
    pub(super) gone: u64,
    pub(super) slower: u64,
    pub(super) faster: u64,
    pub(super) same: u64,
    pub(super) errors_appeared: u64,
    pub(super) errors_went_away: u64,
}

/// Rows that make a part of the difference, of which one is named.
#[derive(Debug, Deserialize)]
pub(super) struct Explanation {
    pub(super) row: usize,
    pub(super) rows: u64,
    #[serde(rename = "selfTimeDifferenceNano", deserialize_with = "number")]
    pub(super) difference_nanos: i128,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) depth: usize,
    pub(super) change: Change,
    pub(super) error: Option<ErrorChange>,
    pub(super) service: Option<String>,
    pub(super) name: String,
    pub(super) before: Option<Span>,
    pub(super) after: Option<Span>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Span {
    #[serde(rename = "durationNano", deserialize_with = "number")]
    pub(super) duration_nanos: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Change {
    New,
    Gone,
    Slower,
    Faster,
    Same,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ErrorChange {
    Appeared,
    WentAway,
}

impl Answer {
    pub(super) fn parse(body: &[u8]) -> serde_json::Result<Self> {
        let json: Json = serde_json::from_slice(body)?;
        Ok(Self {
            json: escaped(&json.to_string()),
            diff: TraceDiff::deserialize(json)?,
        })
    }
}

impl Row {
    /// The service, for a reader.
    pub(super) fn service(&self) -> &str {
        match self.service.as_deref() {
            None | Some("") => "a service without a name",
            Some(name) => name,
        }
    }

    /// By how many nanoseconds it took longer; all that it took, if it is new or gone.
    pub(super) fn difference_nanos(&self) -> i128 {
        let nanos = |span: &Option<Span>| span.as_ref().map_or(0, |it| it.duration_nanos.into());
        let (before, after): (i128, i128) = (nanos(&self.before), nanos(&self.after));
        after - before
    }
}
