//! What the backend says of services.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::super::backend::{escaped, number};

/// An answer of Clew's API.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub(super) value: T,
    /// The same on one line, in which nothing steers a terminal.
    pub(super) json: String,
}

/// The answer of `GET /api/clew/v1/map`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Map {
    #[serde(flatten)]
    pub(super) range: Range,
    pub(super) services: Vec<Service>,
    pub(super) edges: Vec<Edge>,
    pub(super) unresolved_calls: u64,
    pub(super) partial: Option<String>,
}

/// The answer of `GET /api/clew/v1/services/{service}/metrics`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metrics {
    #[serde(flatten)]
    pub(super) range: Range,
    pub(super) total: Figures,
    pub(super) names: Vec<SpanName>,
    pub(super) has_more_names: bool,
    pub(super) partial: Option<String>,
}

/// The answer of `GET /api/clew/v1/services`, as far as it is needed.
#[derive(Debug, Deserialize)]
pub(super) struct Known {
    pub(super) values: Vec<KnownService>,
}

#[derive(Debug, Deserialize)]
pub(super) struct KnownService {
    pub(super) value: String,
}

/// The answer of `GET /api/clew/v1/traces`, as far as it is needed.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) traces: Vec<FoundTrace>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundTrace {
    pub(super) trace_id: String,
    /// In nanoseconds since 1970.
    #[serde(rename = "startTimeUnixNano", deserialize_with = "number")]
    pub(super) start: u64,
}

/// What an answer is about, both ends included, and how long a cell of it is: in nanoseconds.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Range {
    #[serde(rename = "startTimeUnixNano", deserialize_with = "number")]
    pub(super) start: u64,
    #[serde(rename = "endTimeUnixNano", deserialize_with = "number")]
    pub(super) end: u64,
    #[serde(rename = "stepNano", deserialize_with = "number")]
    pub(super) step: u64,
}

/// A service with the requests that it served.
#[derive(Debug, Deserialize)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) requests: u64,
    pub(super) errors: u64,
    #[serde(flatten)]
    pub(super) durations: Durations,
    pub(super) cells: Vec<RequestsCell>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RequestsCell {
    #[serde(rename = "startTimeUnixNano", deserialize_with = "number")]
    pub(super) start: u64,
    pub(super) requests: u64,
    pub(super) errors: u64,
}

/// Who calls whom.
#[derive(Debug, Deserialize)]
pub(super) struct Edge {
    pub(super) caller: String,
    pub(super) called: String,
    pub(super) kind: String,
    pub(super) calls: u64,
    pub(super) errors: u64,
    #[serde(flatten)]
    pub(super) durations: Durations,
}

/// The spans of one name and kind.
#[derive(Debug, Deserialize)]
pub(super) struct SpanName {
    pub(super) name: String,
    pub(super) kind: u32,
    #[serde(flatten)]
    pub(super) figures: Figures,
}

#[derive(Debug, Deserialize)]
pub(super) struct Figures {
    pub(super) spans: u64,
    pub(super) errors: u64,
    #[serde(flatten)]
    pub(super) durations: Durations,
    pub(super) cells: Vec<FiguresCell>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FiguresCell {
    #[serde(rename = "startTimeUnixNano", deserialize_with = "number")]
    pub(super) start: u64,
    pub(super) spans: u64,
    pub(super) errors: u64,
    pub(super) exemplars: Vec<Exemplar>,
}

/// A span that took longer than others of its cell.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exemplar {
    pub(super) trace_id: String,
    pub(super) duration_nano: Nanos,
    pub(super) is_error: bool,
}

/// Percentiles; none where there are no spans.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Durations {
    #[serde(rename = "p50Nano")]
    pub(super) p50: Option<Nanos>,
    #[serde(rename = "p95Nano")]
    pub(super) p95: Option<Nanos>,
    #[serde(rename = "p99Nano")]
    pub(super) p99: Option<Nanos>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Nanos(#[serde(deserialize_with = "number")] pub(super) u64);

impl<T: DeserializeOwned> Answer<T> {
    pub(super) fn parse(body: &[u8]) -> serde_json::Result<Self> {
        let json: Json = serde_json::from_slice(body)?;
        Ok(Self {
            json: escaped(&json.to_string()),
            value: T::deserialize(json)?,
        })
    }
}

impl Metrics {
    /// The span that took longest.
    pub(super) fn slowest(&self) -> Option<&Exemplar> {
        let exemplars = self.total.cells.iter().flat_map(|cell| &cell.exemplars);
        exemplars.max_by_key(|exemplar| exemplar.duration_nano)
    }
}

/// A service, for a reader.
pub(super) fn service_name(name: &str) -> &str {
    match name {
        "" => "a service without a name",
        name => name,
    }
}
