//! How far something has come whose end is known.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::style::{DIM, MARK};
use crate::{Line, terminal_width};

#[cfg(test)]
mod tests;

/// How many cells the bar fills.
const BAR_WIDTH: usize = 30;

/// A bar on standard error that fills up, with the speed beside it; nothing if standard error is no
/// terminal. It leaves no trace when it is dropped.
#[derive(Debug)]
pub struct Progress {
    /// What is counted, such as `spans`.
    unit: &'static str,
    total: u64,
    start: Instant,
    is_watched: bool,
}

impl Progress {
    /// An empty bar for so many of the unit, such as `spans`.
    pub fn start(unit: &'static str, total: u64) -> Self {
        let progress = Self {
            unit,
            total,
            start: Instant::now(),
            is_watched: std::io::stderr().is_terminal(),
        };
        progress.show(0);
        progress
    }

    /// Draws the bar anew, with so many done.
    pub fn show(&self, done: u64) {
        if self.is_watched {
            let line = self.line(done, self.start.elapsed(), terminal_width());
            // Nobody is hurt by a bar that could not be drawn.
            let _ = write!(anstream::stderr(), "\r{line}");
        }
    }

    /// The bar after so much time. It only grows longer within a run, but for the last cells, which
    /// are filled with spaces.
    fn line(&self, done: u64, elapsed: Duration, width: usize) -> Line {
        let total = self.total.max(1);
        let part =
            |of: usize| (u128::from(done.min(total)) * of as u128 / u128::from(total)) as usize;
        let filled = part(BAR_WIDTH);
        let millis = elapsed.as_millis().max(1);
        let speed = u128::from(done) * 1000 / millis;
        let unit = self.unit;
        let text = format!(
            " {:>3} %  {done} of {total} {unit}, {speed} a second",
            part(100)
        );
        // The last cell stays free, or some terminals go to the next line.
        Line::styled(MARK, &"━".repeat(filled))
            .with(DIM, &"─".repeat(BAR_WIDTH - filled))
            .with(DIM, &text)
            .fit(width.saturating_sub(1))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_watched {
            let cells = terminal_width().saturating_sub(1);
            let _ = write!(anstream::stderr(), "\r{:cells$}\r", "");
        }
    }
}
