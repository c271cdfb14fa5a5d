//! What `GET /api/clew/v1/traces` asks for.

#[cfg(test)]
mod tests;

use clew_model::{StatusCode, TimeRange, Timestamp};
use clew_query::Search;
use clew_store::{Cursor, Order, OrderKey, Scan};

use crate::api::Failure;
use crate::api::filter::{AttributeFilter, SpanFilter};
use crate::api::parameters::{Parameters, bad, trace_id};

/// How many traces a page has if nobody says.
const LIMIT_DEFAULT: usize = 20;

/// How many traces a page may have: one line each.
const LIMIT_MAX: usize = 1_000;

/// What a search can be told.
const PARAMETERS: [&str; 12] = [
    "service",
    "name",
    "kind",
    "status",
    "minDuration",
    "maxDuration",
    "attribute",
    "start",
    "end",
    "order",
    "limit",
    "after",
];

/// Reads the parameters, all of them, so that none is wrong in silence.
pub(super) fn parse(parameters: &Parameters<'_>) -> Result<Search, Failure> {
    parameters.only(&PARAMETERS)?;
    let filter = SpanFilter {
        service: parameters.text("service").map(str::to_owned),
        name: parameters.text("name").map(str::to_owned),
        kind: parameters.span_kind("kind")?,
        status: parameters.read("status", status)?,
        duration_min: parameters.duration("minDuration")?,
        duration_max: parameters.duration("maxDuration")?,
        attributes: attributes(parameters)?,
    };
    if let (Some(min), Some(max)) = (filter.duration_min, filter.duration_max)
        && max < min
    {
        return Err(bad("maxDuration", "it is less than 'minDuration'"));
    }
    let order = parameters.read("order", order)?;
    let limit = parameters.number("limit", 1..=LIMIT_MAX)?;
    Ok(Search {
        scan: Scan {
            time: time_range(parameters)?,
            spans: vec![filter.predicate()],
            order: order.unwrap_or(Order::Newest),
            arrived: None,
        },
        after: parameters.read("after", read_cursor)?,
        limit: limit.unwrap_or(LIMIT_DEFAULT),
    })
}

pub(super) fn time_range(parameters: &Parameters<'_>) -> Result<TimeRange, Failure> {
    let start = parameters.read("start", time)?;
    let end = parameters.read("end", time)?;
    let range = TimeRange {
        start: start.unwrap_or(Timestamp::MIN),
        end: end.unwrap_or(Timestamp::MAX),
    };
    if range.start > range.end {
        return Err(bad("start", "it is later than 'end'"));
    }
    Ok(range)
}

pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let nanos = text.parse().map(Timestamp::from_unix_nanos);
    nanos.map_err(|_| format!("'{text}' is not a time in nanoseconds since 1970"))
}

fn status(text: &str) -> Result<StatusCode, String> {
    match text {
        "unset" => Ok(StatusCode::Unset),
        "ok" => Ok(StatusCode::Ok),
        "error" => Ok(StatusCode::Error),
        _ => Err(format!("'{text}' is none of unset, ok and error")),
    }
}

fn order(text: &str) -> Result<Order, String> {
    match text {
        "newest" => Ok(Order::Newest),
        "oldest" => Ok(Order::Oldest),
        "slowest" => Ok(Order::Slowest),
        _ => Err(format!("'{text}' is none of newest, oldest and slowest")),
    }
}

pub(super) fn attributes(parameters: &Parameters<'_>) -> Result<Vec<AttributeFilter>, Failure> {
    let attributes = parameters.all("attribute").map(|text| {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            bad(
                "attribute",
                format!("'{text}' is not of the form key=value"),
            )
        })?;
        Ok(AttributeFilter {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    });
    attributes.collect()
}

/// The place of a trace in the order, for clients to hand back.
pub(super) fn write_cursor(cursor: &Cursor) -> String {
    format!("{:x}-{}", cursor.key.0, cursor.id)
}

fn read_cursor(text: &str) -> Result<Cursor, String> {
    let problem = || format!("'{text}' is not what an answer gave as 'next'");
    let (key, id) = text.split_once('-').ok_or_else(problem)?;
    let key = u64::from_str_radix(key, 16).map_err(|_| problem())?;
    Ok(Cursor {
        key: OrderKey(key),
        id: trace_id("after", id).map_err(|_| problem())?,
    })
}
