//! A log record on one line, for a reader.

#[cfg(test)]
mod tests;

use clap::builder::styling::Style;
use clew_terminal::style::{self, DIM};
use clew_terminal::{Line, Palette};
use serde_json::Value as Json;

use super::record::Record;

/// How wide a time is.
const TIME_CELLS: usize = "2023-03-30T10:34:01.123Z".len();

/// What stands for a time that nobody told.
const NO_TIME: &str = "–";

/// How wide the longest name of a level is.
const LEVEL_CELLS: usize = 5;

const GAP: &str = "  ";

/// What is kept free to say how many attributes are left out, up to 99 of them.
const LEFT_OUT_CELLS: usize = "  +99".len();

/// The log record on one line. Its attributes are on it as far as they fit into so many cells, and how
/// many are left out; `None` for all of them, as for a program that looks for one.
pub(super) fn line(record: &Record, palette: &mut Palette, cells: Option<usize>) -> Line {
    let time = record.time.map(|time| format!("{time:.3}"));
    let time = time.as_deref().unwrap_or(NO_TIME);
    let mut line = Line::styled(DIM, time)
        .fit(TIME_CELLS)
        .with(Style::new(), GAP)
        .join(level(record))
        .with(Style::new(), GAP);
    if let Some(service) = &record.service {
        line = line
            .with(palette.style(service), service)
            .with(Style::new(), GAP);
    }
    let mut line = line.with(Style::new(), &said(record));
    let trace = trace(record);
    let mut left_out = 0;
    for (key, value) in &record.attributes.0 {
        let attribute = Line::styled(DIM, &format!("{GAP}{key}={}", text(value)));
        let width = line.width() + attribute.width() + LEFT_OUT_CELLS + trace.width();
        if cells.is_none_or(|cells| width <= cells) {
            line = line.join(attribute);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        line = line.with(DIM, &format!("{GAP}+{left_out}"));
    }
    line.join(trace)
}

fn level(record: &Record) -> Line {
    let Some(level) = &record.severity else {
        return Line::styled(DIM, &record.severity_text).fit(LEVEL_CELLS);
    };
    Line::styled(style::level(level), &level.to_uppercase()).fit(LEVEL_CELLS)
}

/// What the program says; the name of the event where that is all.
fn said(record: &Record) -> String {
    match &record.body {
        Json::Null => record.event_name.clone(),
        body => text(body),
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The whole id: half of one is of no use to whoever wants to see more of the trace.
fn trace(record: &Record) -> Line {
    let id = record.trace_id.as_deref();
    id.map_or_else(Line::new, |id| {
        Line::styled(DIM, &format!("{GAP}trace {id}"))
    })
}
