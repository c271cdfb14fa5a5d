//! Rates, shares and durations, as short as they can be told.

use std::time::Duration;

use clap::builder::styling::Style;
use clew_terminal::style::{BAD, DIM};
use clew_terminal::{Line, duration};

use super::answer::{Nanos, Range};

/// What stands for a figure of nothing.
const NONE: &str = "–";

/// Units of time that a rate may be per, by how many seconds they have.
const PER: [(f64, &str); 4] = [(1.0, "s"), (60.0, "min"), (3_600.0, "h"), (86_400.0, "day")];

/// How many there are in each second, minute, hour or day of the range: per the shortest of them that
/// has one, so that a rare thing does not look like nothing.
pub(super) fn rate(count: u64, range: Range) -> Line {
    if count == 0 {
        return none();
    }
    // An instant has no rate; a nanosecond is the least that is told apart.
    let nanos = range.end.saturating_sub(range.start).max(1);
    let per_second = float(count) / (float(nanos) / 1e9);
    let mut rates = PER.map(|(seconds, unit)| (per_second * seconds, unit));
    rates.reverse();
    let told = rates.into_iter().rfind(|(rate, _)| *rate >= 1.0);
    Line::plain(&told.map_or_else(
        || "< 1/day".to_owned(),
        |(rate, unit)| format!("{}/{unit}", three_digits(rate)),
    ))
}

/// Which part of all failed.
pub(super) fn share(errors: u64, all: u64) -> Line {
    if all == 0 {
        return none();
    }
    if errors == 0 {
        return Line::styled(DIM, "0 %");
    }
    let percent = float(errors) / float(all) * 100.0;
    let told = match percent {
        _ if errors >= all => "100 %".to_owned(),
        ..0.1 => "< 0.1 %".to_owned(),
        99.9.. => "> 99.9 %".to_owned(),
        _ => format!("{percent:.1} %"),
    };
    Line::styled(BAD, &told)
}

/// How long it took.
pub(super) fn took(nanos: Option<Nanos>) -> Line {
    nanos.map_or_else(none, |Nanos(nanos)| {
        Line::plain(&duration(Duration::from_nanos(nanos)))
    })
}

fn none() -> Line {
    Line::styled(DIM, NONE)
}

fn three_digits(number: f64) -> String {
    match number {
        ..9.995 => format!("{number:.2}"),
        ..99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// As a number with a fraction, which is exact as far as anybody reads it.
#[expect(clippy::cast_precision_loss, reason = "three digits of it are shown")]
fn float(number: u64) -> f64 {
    number as f64
}

/// What is drawn of a cell of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// When it begins, in nanoseconds since 1970.
    pub(super) start: u64,
    pub(super) count: u64,
    pub(super) errors: u64,
}

/// Heights of a sparkline, from the least that is something.
const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// What stands where there was nothing.
const NOTHING: &str = "·";

/// A part of a sparkline.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    nanos: u128,
    count: u64,
    errors: u64,
}

impl Part {
    fn and(self, other: Self) -> Self {
        Self {
            nanos: self.nanos + other.nanos,
            count: self.count.saturating_add(other.count),
            errors: self.errors.saturating_add(other.errors),
        }
    }

    /// How high it is: parts at an end of the range may be shorter than others, and have less for that
    /// alone.
    fn rate(self) -> f64 {
        let nanos = u64::try_from(self.nanos).unwrap_or(u64::MAX);
        float(self.count) / float(nanos.max(1))
    }
}

/// How many there were over time, on at most so many cells of the terminal. Those parts in which
/// something failed are red.
pub(super) fn sparkline(cells: &[Cell], range: Range, room: usize) -> Line {
    let parts = parts(cells, range, room);
    let highest = parts.iter().map(|part| part.rate()).fold(0.0, f64::max);
    let drawn = |line: Line, part: &Part| {
        if part.count == 0 {
            return line.with(DIM, NOTHING);
        }
        let style = if part.errors > 0 { BAD } else { Style::new() };
        line.with(style, HEIGHTS[height(part.rate() / highest)])
    };
    parts.iter().fold(Line::new(), drawn)
}

/// Which of the heights this part of the highest is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is from 0 to 8"
)]
fn height(part: f64) -> usize {
    let eighths = (part * 8.0).ceil().clamp(1.0, 8.0);
    eighths as usize - 1
}

/// The range in at most so many parts, each of as many whole cells.
fn parts(cells: &[Cell], range: Range, room: usize) -> Vec<Part> {
    let (start, end, step) = (range.start, range.end.max(range.start), range.step.max(1));
    let first = start / step;
    let count = (end / step - first).saturating_add(1);
    let per_part = count.div_ceil(room.max(1) as u64);
    let edge = |part: u64| {
        let cell = u128::from(first) + u128::from(part) * u128::from(per_part);
        (cell * u128::from(step)).clamp(start.into(), u128::from(end) + 1)
    };
    let mut parts: Vec<Part> = (0..count.div_ceil(per_part))
        .map(|part| Part {
            nanos: edge(part + 1) - edge(part),
            ..Part::default()
        })
        .collect();
    for cell in cells {
        let index = (cell.start / step)
            .checked_sub(first)
            .map(|it| it / per_part);
        let index = index.and_then(|index| usize::try_from(index).ok());
        if let Some(part) = index.and_then(|index| parts.get_mut(index)) {
            part.count = part.count.saturating_add(cell.count);
            part.errors = part.errors.saturating_add(cell.errors);
        }
    }
    let whole = u128::from(per_part) * u128::from(step);
    join_short_ends(parts, whole)
}

/// A part at an end of the range that is less than half as long as others says little alone: a single
/// request would look like many.
fn join_short_ends(mut parts: Vec<Part>, whole: u128) -> Vec<Part> {
    if parts.len() > 2 && parts[0].nanos < whole / 2 {
        let short = parts.remove(0);
        parts[0] = parts[0].and(short);
    }
    if parts.len() > 2
        && let Some(short) = parts.pop_if(|last| last.nanos < whole / 2)
        && let Some(last) = parts.last_mut()
    {
        *last = last.and(short);
    }
    parts
}
