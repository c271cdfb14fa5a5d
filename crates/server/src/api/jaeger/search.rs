//! What `GET /api/traces` asks for, and what that of the second generation shares with it.

use std::collections::BTreeSet;
use std::time::Duration;

use clew_model::{StatusCode, TimeRange, Timestamp, TraceId};
use clew_store::Scan;
use serde_json::Value;

use super::trace::status_name;
use crate::api::Failure;
use crate::api::filter::{AttributeFilter, SpanFilter};
use crate::api::parameters::{Parameters, bad, before, kind_name, kind_of, now, trace_id};

/// How many traces an answer has if nobody says.
const LIMIT_DEFAULT: usize = 100;

/// How many traces an answer may have, each of them whole. Jaeger's UI offers 1,500.
const LIMIT_MAX: usize = 10_000;

/// What the parameters are called.
pub(super) struct Names {
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    pub(super) duration_min: &'static str,
    pub(super) duration_max: &'static str,
    /// A tag as `key:value`, if there is a parameter for one.
    pub(super) tag: Option<&'static str>,
    /// A JSON object of tags.
    pub(super) tags: &'static str,
    pub(super) start: &'static str,
    pub(super) end: &'static str,
    pub(super) limit: &'static str,
    /// Whether clocks are left as they are, which they always are here.
    pub(super) raw: &'static str,
}

const NAMES: Names = Names {
    service: "service",
    operation: "operation",
    duration_min: "minDuration",
    duration_max: "maxDuration",
    tag: Some("tag"),
    tags: "tags",
    start: "start",
    end: "end",
    limit: "limit",
    raw: "raw",
};

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
    /// Reads the parameters that both generations write in the same form.
    pub(super) fn parse(
        parameters: &Parameters<'_>,
        names: &Names,
        time: TimeRange,
        limit_max: usize,
    ) -> Result<Self, Failure> {
        parameters.flag(names.raw)?;
        let limit = parameters.number(names.limit, 1..=limit_max)?;
        Ok(Self {
            time,
            span: span_filter(parameters, names)?,
            limit: limit.unwrap_or(LIMIT_DEFAULT),
        })
    }

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
        let time = time_range(parameters, now())?;
        let query = Query::parse(parameters, &NAMES, time, LIMIT_MAX)?;
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

fn time_range(parameters: &Parameters<'_>, now: Timestamp) -> Result<TimeRange, Failure> {
    let start = parameters.time(NAMES.start)?.map(timestamp);
    let end = parameters.time(NAMES.end)?;
    // The whole of the microsecond, since answers are cut to it.
    let end = end.map(|end| timestamp(end.saturating_add(Duration::from_nanos(999))));
    time_between(&NAMES, start, end, now)
}

/// The time that is asked for, or what there is instead of the parts that nobody says.
pub(super) fn time_between(
    names: &Names,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Result<TimeRange, Failure> {
    let range = TimeRange {
        start: start.unwrap_or_else(|| before(now, LOOKBACK)),
        end: end.unwrap_or(Timestamp::MAX),
    };
    if range.start > range.end {
        let problem = format!("it is later than '{}'", names.end);
        return Err(bad(names.start, problem));
    }
    Ok(range)
}

/// The point in time so long after the Unix epoch, or the last that there is.
fn timestamp(since_epoch: Duration) -> Timestamp {
    u64::try_from(since_epoch.as_nanos()).map_or(Timestamp::MAX, Timestamp::from_unix_nanos)
}

fn span_filter(parameters: &Parameters<'_>, names: &Names) -> Result<SpanFilter, Failure> {
    let mut filter = SpanFilter {
        service: parameters.text(names.service).map(str::to_owned),
        name: parameters.text(names.operation).map(str::to_owned),
        duration_min: bound(parameters, names.duration_min)?,
        duration_max: bound(parameters, names.duration_max)?,
        ..SpanFilter::default()
    };
    if let (Some(min), Some(max)) = (filter.duration_min, filter.duration_max)
        && max < min
    {
        let problem = format!("it is less than '{}'", names.duration_min);
        return Err(bad(names.duration_max, problem));
    }
    if let Some(name) = names.tag {
        for tag in parameters.all(name) {
            let (key, value) = tag
                .split_once(':')
                .ok_or_else(|| bad(name, format!("'{tag}' is not of the form key:value")))?;
            add_tag(&mut filter, name, key, value.to_owned())?;
        }
    }
    let objects = parameters.all(names.tags);
    for tags in objects.filter(|tags| !tags.is_empty()) {
        add_tags(&mut filter, names.tags, tags)?;
    }
    Ok(filter)
}

/// A bound on the duration; zero bounds nothing, as in Jaeger.
fn bound(parameters: &Parameters<'_>, name: &str) -> Result<Option<Duration>, Failure> {
    let bound = parameters.duration(name)?;
    Ok(bound.filter(|bound| !bound.is_zero()))
}

/// Adds what a JSON object of keys and values asks for.
fn add_tags(filter: &mut SpanFilter, parameter: &str, tags: &str) -> Result<(), Failure> {
    let tags: serde_json::Map<String, Value> = serde_json::from_str(tags)
        .map_err(|error| bad(parameter, format!("this is not a JSON object: {error}")))?;
    for (key, value) in tags {
        let value = match value {
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => {
                let problem = format!("the value of '{key}' is not text, a number or a boolean");
                return Err(bad(parameter, problem));
            }
        };
        add_tag(filter, parameter, &key, value)?;
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
