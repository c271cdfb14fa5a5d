//! What is asked of log records.

use std::time::Duration;

use clew_model::{SeverityLevel, TimeRange, Timestamp};
use clew_store::{
    Comparison, Field, Intrinsic, LogCounts, LogOrder, LogPlace, LogScan, Pattern, Position,
    Predicate, Scalar,
};

use crate::api::Failure;
use crate::api::clew::search::{attributes, time_range};
use crate::api::filter::AttributeFilter;
use crate::api::parameters::{Parameters, bad, trace_id};

/// How many log records a page has if nobody says.
const LIMIT_DEFAULT: usize = 100;

/// How many log records a page may have.
const LIMIT_MAX: usize = 1_000;

/// So many conditions on text, and as many on attributes, may be put at once: each is looked for in
/// every segment.
const CONDITIONS_MAX: usize = 16;

/// A cell is at least so long.
const STEP_MIN: Duration = Duration::from_millis(1);

/// What must hold of a log record, whenever it happened.
const CONDITIONS: [&str; 6] = ["service", "text", "severity", "attribute", "trace", "span"];

/// When it happened.
const TIMES: [&str; 2] = ["start", "end"];

/// A search for a page of log records.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) scan: LogScan,
    /// Where the page before ended.
    pub(super) after: Option<LogPlace>,
    pub(super) limit: usize,
}

/// Reads the parameters, all of them, so that none is wrong in silence.
pub(super) fn parse(parameters: &Parameters<'_>) -> Result<Search, Failure> {
    parameters.only(&[&CONDITIONS[..], &TIMES, &["order", "limit", "after"]].concat())?;
    let order = parameters.read("order", order)?;
    let limit = parameters.number("limit", 1..=LIMIT_MAX)?;
    Ok(Search {
        scan: LogScan {
            time: time_range(parameters)?,
            records: predicate(parameters)?,
            order: order.unwrap_or(LogOrder::Newest),
            arrived: None,
        },
        after: parameters.read("after", read_cursor)?,
        limit: limit.unwrap_or(LIMIT_DEFAULT),
    })
}

/// The same of a question for numbers.
pub(super) fn parse_counts(parameters: &Parameters<'_>) -> Result<LogCounts, Failure> {
    parameters.only(&[&CONDITIONS[..], &TIMES, &["step"]].concat())?;
    let step = parameters.duration("step")?;
    if step.is_some_and(|step| step < STEP_MIN) {
        return Err(bad("step", "it is less than a millisecond"));
    }
    Ok(LogCounts {
        time: time_range(parameters)?,
        records: predicate(parameters)?,
        step,
    })
}

/// The same of a tail, which is of whatever arrives.
pub(super) fn parse_live(parameters: &Parameters<'_>) -> Result<LogScan, Failure> {
    parameters.only(&CONDITIONS)?;
    Ok(LogScan::newest(TimeRange::ALL, predicate(parameters)?))
}

/// What is cheap to look at comes first.
fn predicate(parameters: &Parameters<'_>) -> Result<Predicate, Failure> {
    for name in ["text", "attribute"] {
        if parameters.all(name).count() > CONDITIONS_MAX {
            return Err(bad(
                name,
                format!("there are more than {CONDITIONS_MAX} of them"),
            ));
        }
    }
    let mut all = Vec::new();
    if let Some(name) = parameters.text("service") {
        all.push(Predicate::equal(Field::service(), name));
    }
    if let Some(id) = parameters.text("trace") {
        let id = Scalar::TraceId(trace_id("trace", id)?);
        all.push(Predicate::equal(Intrinsic::TraceId, id));
    }
    let span_id = |text: &str| {
        let problem = |_| format!("'{text}' is not a span id, which has 16 hexadecimal digits");
        text.parse().map_err(problem)
    };
    if let Some(id) = parameters.read("span", span_id)? {
        all.push(Predicate::equal(Intrinsic::SpanId, Scalar::SpanId(id)));
    }
    if let Some(level) = parameters.read("severity", level)? {
        all.push(Predicate::Compare(
            Intrinsic::Severity.into(),
            Comparison::GreaterOrEqual,
            Scalar::Int(level.least().number().into()),
        ));
    }
    all.extend(
        attributes(parameters)?
            .iter()
            .map(AttributeFilter::predicate),
    );
    for text in parameters.all("text").filter(|text| !text.is_empty()) {
        let pattern = Pattern::of_text(text).map_err(|error| bad("text", error.to_string()))?;
        all.push(Predicate::Matches(Intrinsic::Body.into(), pattern));
    }
    Ok(Predicate::All(all))
}

fn level(text: &str) -> Result<SeverityLevel, String> {
    let mut levels = SeverityLevel::ALL.into_iter();
    let level = levels.find(|level| level.name().eq_ignore_ascii_case(text));
    level.ok_or_else(|| format!("'{text}' is none of trace, debug, info, warn, error and fatal"))
}

fn order(text: &str) -> Result<LogOrder, String> {
    match text {
        "newest" => Ok(LogOrder::Newest),
        "oldest" => Ok(LogOrder::Oldest),
        _ => Err(format!("'{text}' is neither newest nor oldest")),
    }
}

/// The place of a log record in the order, for clients to hand back.
pub(super) fn write_cursor(place: &LogPlace) -> String {
    let (time, position) = (place.time.unix_nanos(), place.position.0);
    format!("{time:x}-{position:x}-{:x}", place.index)
}

fn read_cursor(text: &str) -> Result<LogPlace, String> {
    let read = || {
        let mut parts = text.split('-');
        let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
        let place = LogPlace {
            time: Timestamp::from_unix_nanos(number()?),
            position: Position(number()?),
            index: u32::try_from(number()?).ok()?,
        };
        parts.next().is_none().then_some(place)
    };
    read().ok_or_else(|| format!("'{text}' is not what an answer gave as 'next'"))
}
