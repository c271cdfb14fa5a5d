//! What is asked, and what must be in the answers.

use std::collections::BTreeSet;

use clew_model::TraceId;
use serde_json::Value;
use url::form_urlencoded;

use super::sample::{SLOW_TEXT, Sample};

/// How many traces a search asks for.
pub(super) const LIMIT: usize = 20;

/// The questions that people ask of a tracing backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// A trace, by its id.
    TraceById,
    /// A trace that there is none of.
    MissingTrace,
    /// The newest twenty traces of a service.
    NewestOfService,
    /// The traces of one user among 200,000.
    RareAttribute,
    /// The newest twenty traces of a service that failed.
    Errors,
    /// The newest twenty traces in which a service took more than half a second.
    Slow,
    /// The names of all services.
    Services,
}

/// A request, and what is known of its answer.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) path: String,
    pub(super) status: u16,
    pub(super) expected: Expected,
}

/// What is known of an answer.
#[derive(Debug)]
pub(super) enum Expected {
    /// One trace of so many spans.
    Trace(TraceId, usize),
    /// An error.
    Nothing,
    /// So many traces, and these among them.
    Traces(usize, Vec<TraceId>),
    /// These names.
    Names(BTreeSet<String>),
}

impl Query {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TraceById,
        Self::MissingTrace,
        Self::NewestOfService,
        Self::RareAttribute,
        Self::Errors,
        Self::Slow,
        Self::Services,
    ];

    /// What the design's table of targets calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::TraceById => "trace by id",
            Self::MissingTrace => "missing id",
            Self::NewestOfService => "newest 20 of a service",
            Self::RareAttribute => "rare attribute value",
            Self::Errors => "errors",
            Self::Slow => "slower than 500 ms",
            Self::Services => "services",
        }
    }

    /// One of many questions of this kind.
    pub(super) fn question(self, sample: &Sample, turn: usize) -> Question {
        let trace = &sample.traces[turn % sample.traces.len()];
        let service = &sample.edges[turn % sample.edges.len()];
        let search = |filter: &[(&str, &str)]| search(sample, &service.name, filter);
        let newest = |count: usize| Expected::Traces(count.min(LIMIT), Vec::new());
        let (path, expected) = match self {
            Self::TraceById => (
                format!("/api/traces/{}", trace.id),
                Expected::Trace(trace.id, trace.spans),
            ),
            Self::MissingTrace => (
                format!("/api/traces/{}", sample.missing(turn)),
                Expected::Nothing,
            ),
            Self::NewestOfService => (search(&[]), newest(service.traces)),
            Self::RareAttribute => {
                let tags = serde_json::json!({ "user.id": trace.user }).to_string();
                let path = self::search(sample, &trace.service, &[("tags", &tags)]);
                (path, Expected::Traces(trace.of_user, vec![trace.id]))
            }
            Self::Errors => (
                search(&[("tags", r#"{"error":"true"}"#)]),
                newest(service.failed),
            ),
            Self::Slow => (search(&[("minDuration", SLOW_TEXT)]), newest(service.slow)),
            Self::Services => (
                "/api/services".to_owned(),
                Expected::Names(sample.services.clone()),
            ),
        };
        let status = if self == Self::MissingTrace { 404 } else { 200 };
        Question {
            path,
            status,
            expected,
        }
    }
}

/// A search for the newest traces of a service, in the whole time of the corpus.
fn search(sample: &Sample, service: &str, filter: &[(&str, &str)]) -> String {
    let micros = |nanos: u64| (nanos / 1000).to_string();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("service", service)
        .append_pair("start", &micros(sample.start.unix_nanos()))
        .append_pair("end", &micros(sample.end.unix_nanos()))
        .append_pair("limit", &LIMIT.to_string())
        .extend_pairs(filter);
    format!("/api/traces?{}", query.finish())
}

impl Expected {
    /// Holds an answer in Jaeger's JSON against it; the error is how one sees that it is wrong.
    pub(super) fn check(&self, answer: &Value) -> Result<(), String> {
        match self {
            Self::Nothing => Ok(()),
            Self::Trace(id, spans) => {
                ids_are(answer, 1, &[*id])?;
                let found = answer["data"][0]["spans"].as_array().map_or(0, Vec::len);
                equal("spans", found, *spans)
            }
            Self::Traces(count, some) => ids_are(answer, *count, some),
            Self::Names(names) => {
                let found = answer["data"].as_array().into_iter().flatten();
                let found: BTreeSet<&str> = found.filter_map(Value::as_str).collect();
                if found.iter().copied().eq(names.iter()) {
                    return Ok(());
                }
                Err(format!("it names {found:?} instead of {names:?}"))
            }
        }
    }
}

fn ids_are(answer: &Value, count: usize, some: &[TraceId]) -> Result<(), String> {
    let found = answer["data"].as_array().into_iter().flatten();
    let found: BTreeSet<&str> = found
        .filter_map(|trace| trace["traceID"].as_str())
        .collect();
    equal("traces", found.len(), count)?;
    match some
        .iter()
        .find(|id| !found.contains(id.to_string().as_str()))
    {
        None => Ok(()),
        Some(missing) => Err(format!("trace {missing} is not in it")),
    }
}

fn equal(what: &str, found: usize, expected: usize) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("it has {found} {what} instead of {expected}"))
}
