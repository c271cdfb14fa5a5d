//! Bars to scale, to an eighth of a cell where the terminal's characters allow it.

use std::time::Duration;

use anstyle::Style;
use clew_model::{Span, Timestamp};

use crate::style::DIM;
use crate::{Line, duration, text};

/// Steps that a cell is divided into by the block characters.
const EIGHTHS: usize = 8;
/// Blocks that fill a cell from the left, by eighths.
const FROM_LEFT: [&str; EIGHTHS + 1] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
/// The fewest cells from one tick of the scale to the next.
const TICK_CELLS_MIN: usize = 9;

/// Which time is which cell.
pub(super) struct Scale {
    start: Timestamp,
    nanos: u128,
    cells: usize,
}

impl Scale {
    /// From the start of the first span to the end of the last, on so many cells.
    pub(super) fn new<'a>(spans: impl Iterator<Item = &'a Span> + Clone, cells: usize) -> Self {
        let (start, length) = extent(spans);
        Self {
            start,
            nanos: length.as_nanos().max(1),
            cells,
        }
    }

    /// The times along the scale, each label beginning at its cell.
    pub(super) fn ticks(&self) -> Line {
        let mut labels = String::new();
        for nanos in self.tick_times() {
            let cell = self.position(nanos, self.cells);
            let label = tick_label(nanos);
            let used = text::width(&labels);
            let is_apart = used == 0 || used < cell;
            if is_apart && cell + text::width(&label) <= self.cells {
                labels.push_str(&" ".repeat(cell - used));
                labels.push_str(&label);
            }
        }
        Line::styled(DIM, &labels)
    }

    /// The bar of the span, on all cells of the scale.
    pub(super) fn bar(&self, span: &Span, style: Style) -> Line {
        let (from, to) = self.eighths(span);
        let blocks: String = (0..self.cells)
            .map(|cell| {
                let first = cell * EIGHTHS;
                let clip = |position: usize| position.clamp(first, first + EIGHTHS) - first;
                block(clip(from), clip(to))
            })
            .collect();
        Line::styled(style, &blocks)
    }

    /// From which eighth of the scale to which the span ran: at least one, so that it is seen.
    fn eighths(&self, span: &Span) -> (usize, usize) {
        let eighths = self.cells * EIGHTHS;
        let begin = span.start.since(self.start).as_nanos();
        let from = self.position(begin, eighths).min(eighths - 1);
        let end = begin + span.duration().as_nanos();
        let to = self.position(end, eighths).clamp(from + 1, eighths);
        (from, to)
    }

    /// The step that is nearest to the time, on a scale of so many.
    fn position(&self, nanos: u128, steps: usize) -> usize {
        let doubled = 2 * nanos * steps as u128 / self.nanos;
        usize::try_from(doubled.div_ceil(2)).unwrap_or(steps)
    }

    fn tick_times(&self) -> impl Iterator<Item = u128> {
        let ticks_max = (self.cells / TICK_CELLS_MIN).max(1) as u128;
        let powers = std::iter::successors(Some(1_u128), |power| power.checked_mul(10));
        let step = powers
            .flat_map(|power| [power, 2 * power, 5 * power])
            .find(|step| self.nanos / step <= ticks_max)
            .unwrap_or(self.nanos);
        (0..=self.nanos / step).map(move |tick| tick * step)
    }
}

/// When the first span started, and how long it was from then to the end of the last.
pub(super) fn extent<'a>(
    spans: impl IntoIterator<Item = &'a Span> + Clone,
) -> (Timestamp, Duration) {
    let starts = spans.clone().into_iter().map(|span| span.start);
    let start = starts.min().unwrap_or_default();
    let ends = spans.into_iter().map(|span| span.end.max(span.start));
    let end = ends.max().unwrap_or_default();
    (start, end.since(start))
}

/// The character for a cell of which this part is filled. Blocks grow from the left by eighths;
/// from the right there are only a half and an eighth.
fn block(from: usize, to: usize) -> &'static str {
    match (from, to) {
        _ if from >= to => " ",
        (0, to) => FROM_LEFT[to],
        (_, EIGHTHS) => match EIGHTHS - from {
            1 | 2 => "▕",
            3..=5 => "▐",
            _ => "█",
        },
        // A sliver within the cell: on the side that is nearer.
        _ if from + to > EIGHTHS => "▕",
        _ => "▏",
    }
}

/// As `duration`, but a round number looks round: `2 s`.
fn tick_label(nanos: u128) -> String {
    if nanos == 0 {
        return "0".to_owned();
    }
    let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
    let label = duration(Duration::from_nanos(nanos));
    match label.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let round = number.trim_end_matches('0').trim_end_matches('.');
            format!("{round} {unit}")
        }
        _ => label,
    }
}
