//! What is asked of services.

use std::time::Duration;

use clew_model::{SpanKind, TimeRange};
use clew_query::CALLED_KINDS;

use crate::api::Failure;
use crate::api::clew::search::time;
use crate::api::parameters::{Parameters, bad, before, kind_of, now};

/// How far back an answer goes if nobody says.
const RANGE_DEFAULT: Duration = Duration::from_hours(1);

/// Into how many cells a map divides its range if nobody says: as a sparkline has room for.
const MAP_CELLS: u128 = 30;

/// The same of the figures of one service: as a chart has room for.
const METRICS_CELLS: u128 = 60;

/// How many cells a range may have: more than a screen has room for, and each series has as many.
const CELLS_MAX: u128 = 1_000;

/// A cell is at least so long.
const STEP_MIN: Duration = Duration::from_millis(1);

/// A range of time in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) time: TimeRange,
    pub(super) step: Duration,
}

/// Reads the parameters of the map.
pub(super) fn parse_map(parameters: &Parameters<'_>) -> Result<Cells, Failure> {
    parameters.only(&["start", "end", "step"])?;
    cells(parameters, MAP_CELLS)
}

/// Reads those of the figures of a service: which cells, and spans of which kinds.
pub(super) fn parse_metrics(
    parameters: &Parameters<'_>,
) -> Result<(Cells, Option<Vec<SpanKind>>), Failure> {
    parameters.only(&["start", "end", "step", "kind"])?;
    let kinds = parameters.read("kind", kinds)?;
    let kinds = kinds.unwrap_or_else(|| Some(CALLED_KINDS.to_vec()));
    Ok((cells(parameters, METRICS_CELLS)?, kinds))
}

fn kinds(text: &str) -> Result<Option<Vec<SpanKind>>, String> {
    match kind_of(text) {
        _ if text == "all" => Ok(None),
        Some(kind) => Ok(Some(vec![kind])),
        None => Err(format!(
            "'{text}' is none of internal, server, client, producer, consumer and all"
        )),
    }
}

fn cells(parameters: &Parameters<'_>, cells_default: u128) -> Result<Cells, Failure> {
    let end = parameters.read("end", time)?.unwrap_or_else(now);
    let start = parameters.read("start", time)?;
    let time = TimeRange {
        start: start.unwrap_or_else(|| before(end, RANGE_DEFAULT)),
        end,
    };
    if time.start > time.end {
        return Err(bad("start", "it is later than 'end'"));
    }
    let length = time.end.since(time.start);
    let step = match parameters.duration("step")? {
        Some(step) if step < STEP_MIN => {
            return Err(bad("step", "it is less than a millisecond"));
        }
        Some(step) => step,
        // Whole milliseconds, so that a client can write it as a short text.
        None => {
            let millis = length.as_millis().div_ceil(cells_default).max(1);
            Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
        }
    };
    if length.as_nanos() / step.as_nanos() > CELLS_MAX {
        return Err(bad(
            "step",
            format!("from 'start' to 'end' there are more than {CELLS_MAX} of it"),
        ));
    }
    Ok(Cells { time, step })
}
