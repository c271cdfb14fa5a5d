//! What `GET /api/traces` asks for.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use clew_model::{StatusCode, TimeRange, Timestamp, TraceId};
use clew_store::Scan;
use serde_json::Value;

use super::trace::status_name;
use crate::api::Failure;
use crate::api::filter::{AttributeFilter, SpanFilter};
use crate::api::parameters::{Parameters, bad, kind_name, kind_of, trace_id};

/// How many traces an answer has if nobody says.
const LIMIT_DEFAULT: usize = 100;

/// How many traces an answer may have, each of them whole. Jaeger's UI offers 1,500.
const LIMIT_MAX: usize = 10_000;

/// How far back a search goes if nobody says, as in Jaeger.
const LOOKBACK: Duration = Duration::from_hours(48);

/// Which traces to find, and how many.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    /// When the span that fits started.
    pub(super) time: TimeRange,
    /// What must hold of it.
    pub(super) span: SpanFilter,
    /// How many traces to answer at the most.
    pub(super) limit: usize,
}

impl Query {
    /// What a store is asked.
    pub(super) fn scan(&self) -> Scan {
        Scan::newest(self.time, self.span.predicate())
    }
}

/// A search for traces, or for some of them by their ids.
#[derive(Debug, PartialEq)]
pub(super) enum Search {
    /// These; whatever else was given says nothing.
    ByIds(BTreeSet<TraceId>),
    /// Those that fit.
    Query(Query),
}

impl Search {
    /// Reads the parameters, all of them, so that none is wrong in silence.
    pub(super) fn parse(parameters: &Parameters<'_>) -> Result<Self, Failure> {
        let query = Query {
            time: time_range(parameters, SystemTime::now())?,
            span: span_filter(parameters)?,
            limit: parameters
                .number("limit", 1..=LIMIT_MAX)?
                .unwrap_or(LIMIT_DEFAULT),
        };
        parameters.flag("raw")?;
        let ids = parameters
            .all("traceID")
            .map(|id| trace_id("traceID", id))
            .collect::<Result<BTreeSet<_>, _>>()?;
        Ok(if ids.is_empty() {
            Self::Query(query)
        } else {
            Self::ByIds(ids)
        })
    }
}

fn time_range(parameters: &Parameters<'_>, now: SystemTime) -> Result<TimeRange, Failure> {
    let start = match parameters.time("start")? {
        Some(start) => start,
        None => now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .saturating_sub(LOOKBACK),
    };
    let end = match parameters.time("end")? {
        // The whole of the microsecond, since answers are cut to it.
        Some(end) => timestamp(end.saturating_add(Duration::from_nanos(999))),
        None => Timestamp::MAX,
    };
    let start = timestamp(start);
    if start > end {
        return Err(bad("start", "it is later than 'end'"));
    }
    Ok(TimeRange { start, end })
}

/// The point in time so long after the Unix epoch, or the last that there is.
fn timestamp(since_epoch: Duration) -> Timestamp {
    u64::try_from(since_epoch.as_nanos()).map_or(Timestamp::MAX, Timestamp::from_unix_nanos)
}

fn span_filter(parameters: &Parameters<'_>) -> Result<SpanFilter, Failure> {
    let mut filter = SpanFilter {
        service: parameters.text("service").map(str::to_owned),
        name: parameters.text("operation").map(str::to_owned),
        duration_min: bound(parameters, "minDuration")?,
        duration_max: bound(parameters, "maxDuration")?,
        ..SpanFilter::default()
    };
    if let (Some(min), Some(max)) = (filter.duration_min, filter.duration_max)
        && max < min
    {
        return Err(bad("maxDuration", "it is less than 'minDuration'"));
    }
    for tag in parameters.all("tag") {
        let (key, value) = tag
            .split_once(':')
            .ok_or_else(|| bad("tag", format!("'{tag}' is not of the form key:value")))?;
        add_tag(&mut filter, "tag", key, value.to_owned())?;
    }
    for tags in parameters.all("tags").filter(|tags| !tags.is_empty()) {
        add_tags(&mut filter, tags)?;
    }
    Ok(filter)
}

/// A bound on the duration; zero bounds nothing, as in Jaeger.
fn bound(parameters: &Parameters<'_>, name: &str) -> Result<Option<Duration>, Failure> {
    let bound = parameters.duration(name)?;
    Ok(bound.filter(|bound| !bound.is_zero()))
}

/// Adds what a JSON object of keys and values asks for.
fn add_tags(filter: &mut SpanFilter, tags: &str) -> Result<(), Failure> {
    let tags: serde_json::Map<String, Value> = serde_json::from_str(tags)
        .map_err(|error| bad("tags", format!("this is not a JSON object: {error}")))?;
    for (key, value) in tags {
        let value = match value {
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => {
                let problem = format!("the value of '{key}' is not text, a number or a boolean");
                return Err(bad("tags", problem));
            }
        };
        add_tag(filter, "tags", &key, value)?;
    }
    Ok(())
}

/// Adds a tag. Some are no attributes in OpenTelemetry: Jaeger makes them of kind and status.
fn add_tag(
    filter: &mut SpanFilter,
    parameter: &str,
    key: &str,
    value: String,
) -> Result<(), Failure> {
    let status = match (key, value.as_str()) {
        ("error", "true") => Some(StatusCode::Error),
        // So says Jaeger: a span without a status is neither.
        ("error", "false") => Some(StatusCode::Ok),
        ("otel.status_code" | "span.status", name) => status_of(name),
        _ => None,
    };
    let kind = (key == "span.kind").then(|| kind_of(&value)).flatten();
    let asked = if let Some(status) = status {
        ask(&mut filter.status, status).map_err(|first| [first, status].map(status_name))
    } else if let Some(kind) = kind {
        ask(&mut filter.kind, kind).map_err(|first| [first, kind].map(kind_name))
    } else {
        let key = key.to_owned();
        filter.attributes.push(AttributeFilter { key, value });
        Ok(())
    };
    asked.map_err(|both| {
        let [first, second] = both.map(|name| name.unwrap_or("UNSET"));
        let problem = format!("all tags must hold, and no span is both {first} and {second}");
        bad(parameter, problem)
    })
}

/// Asks for the value, or says which other one was asked for before.
fn ask<T: Copy + PartialEq>(asked: &mut Option<T>, value: T) -> Result<(), T> {
    let first = *asked.get_or_insert(value);
    if first == value { Ok(()) } else { Err(first) }
}

fn status_of(name: &str) -> Option<StatusCode> {
    match name.to_ascii_uppercase().as_str() {
        "ERROR" => Some(StatusCode::Error),
        "OK" => Some(StatusCode::Ok),
        "UNSET" => Some(StatusCode::Unset),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
