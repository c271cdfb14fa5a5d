//! The log records of a trace, from the API of Clew's own: Jaeger's has none.
//!
//! Source: `docs/api.md`, "Log records".

use std::collections::BTreeSet;

use clew_model::{Severity, SeverityLevel, SpanId, Timestamp, TraceId};
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// How many log records of a trace are asked for: many more than a call of the demo has.
const LIMIT: usize = 100;

/// A log record, as far as the demo shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    /// When it was written or else, if that is not told, when it was observed.
    pub(crate) time: Timestamp,
    pub(crate) level: Option<SeverityLevel>,
    /// The name of its service; empty if it has none.
    pub(crate) service: String,
    /// What it says.
    pub(crate) text: String,
    /// The span that was at work as it was written.
    pub(crate) span_id: Option<SpanId>,
}

#[derive(Deserialize)]
struct Page {
    /// Missing in the answer of who keeps none.
    records: Option<Vec<Record>>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    time_unix_nano: String,
    observed_time_unix_nano: String,
    #[serde(default)]
    severity_number: i32,
    body: Value,
    span_id: Option<String>,
    resource: usize,
}

#[derive(Deserialize)]
struct Resource {
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    value: Value,
}

/// OTLP's `AnyValue`; of its kinds the demo knows text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Value {
    string_value: String,
}

/// Where the log records of a trace are, the oldest first.
pub(super) fn path(id: TraceId) -> String {
    format!("/api/clew/v1/logs?trace={id}&order=oldest&limit={LIMIT}")
}

/// Reads an answer; `None` if it is of a backend that keeps no log records.
///
/// Some backends show a page of theirs under every path that they do not know.
pub(super) fn parse(answer: &[u8]) -> serde_json::Result<Option<Vec<LogLine>>> {
    let page: Page = match serde_json::from_slice(answer) {
        Err(error) if error.is_syntax() || error.is_eof() => return Ok(None),
        page => page?,
    };
    let Page { records, resources } = page;
    let line = |record: Record| {
        let resource = resources.get(record.resource);
        record.into_line(resource.map_or("", Resource::service))
    };
    Ok(records.map(|records| records.into_iter().map(line).collect()))
}

impl Record {
    fn into_line(self, service: &str) -> LogLine {
        let time = |text: &str| Timestamp::from_unix_nanos(text.parse().unwrap_or_default());
        LogLine {
            time: time(&self.time_unix_nano).or(time(&self.observed_time_unix_nano)),
            level: Severity::from_number(self.severity_number).level(),
            service: service.to_owned(),
            text: self.body.string_value,
            span_id: self.span_id.and_then(|id| id.parse().ok()),
        }
    }
}

impl Resource {
    fn service(&self) -> &str {
        let mut attributes = self.attributes.iter();
        let name = attributes.find(|attribute| attribute.key == clew_model::SERVICE_NAME);
        name.map_or("", |name| &name.value.string_value)
    }
}

/// Whether there are log records of all these services.
pub(super) fn are_of(lines: &[LogLine], services: &[&str]) -> bool {
    let present: BTreeSet<&str> = lines.iter().map(|line| line.service.as_str()).collect();
    services.iter().all(|service| present.contains(service))
}
