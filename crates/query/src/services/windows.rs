//! Figures over windows of time that overlap: for each step, what happened in some steps until then.
//!
//! This is how the clients of a metrics database ask: for a rate at each point of a chart, over a
//! window that is longer than the points are apart.

use std::time::Duration;

use clew_model::{TimeRange, Timestamp};

use super::{Figures, FiguresSeries};

/// Where the windows of a range of time lie. Each ends at the end of a cell of the step, the last
/// one at the end of the range, so that what has just arrived is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// The first cell that has a window that ends with it, counted from the Unix epoch.
    first: u64,
    /// The last one.
    last: u64,
    /// How many cells a window has, the last of which may be cut off by the end of the range.
    cells: u64,
    /// How long a cell is, in nanoseconds.
    step: u64,
    /// What comes after the range.
    end: u64,
}

/// The figures of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// When it ends.
    pub end: Timestamp,
    /// How long it is.
    pub length: Duration,
    /// Of the spans that started in it.
    pub figures: Figures,
}

impl Windows {
    /// Windows that end from `start` on, and before or with `end`, at each step, and are at least
    /// `length` long but for the last. `None` if there is nothing between start and end, or the
    /// step is zero.
    pub fn new(start: Timestamp, end: Timestamp, step: Duration, length: Duration) -> Option<Self> {
        let step = u64::try_from(step.as_nanos()).ok()?;
        let length = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        let (start, end) = (start.unix_nanos(), end.unix_nanos());
        if step == 0 || start >= end {
            return None;
        }
        Some(Self {
            first: start / step,
            last: (end - 1) / step,
            cells: length.div_ceil(step).max(1),
            step,
            end,
        })
    }

    /// How many windows there are.
    pub fn count(&self) -> u64 {
        self.last - self.first + 1
    }

    /// How many cells each has.
    pub fn cells(&self) -> u64 {
        self.cells
    }

    /// When spans started that are in any of them.
    pub fn time(&self) -> TimeRange {
        TimeRange {
            start: Timestamp::from_unix_nanos(self.start_of(self.first)),
            end: Timestamp::from_unix_nanos(self.end - 1),
        }
    }

    /// The figures of each window, from the cells of the step.
    pub fn of<'a>(&self, series: &'a FiguresSeries) -> impl Iterator<Item = Window> + 'a {
        let windows = *self;
        let cells = series.cells.as_slice();
        (windows.first..=windows.last).map(move |last| {
            let start = windows.start_of(last);
            let after = last.saturating_add(1).saturating_mul(windows.step);
            let end = after.min(windows.end);
            let from = cells.partition_point(|cell| cell.start.unix_nanos() < start);
            let to = cells.partition_point(|cell| cell.start.unix_nanos() < end);
            let mut figures = Figures::default();
            for cell in &cells[from..to] {
                figures.merge(&cell.figures);
            }
            Window {
                end: Timestamp::from_unix_nanos(end),
                length: Duration::from_nanos(end - start),
                figures,
            }
        })
    }

    /// When the window begins that ends with this cell.
    fn start_of(&self, last: u64) -> u64 {
        (last + 1).saturating_sub(self.cells) * self.step
    }
}
