//! How far something has come whose end is known.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

#[cfg(test)]
mod tests;

/// The colours are [`MARK`](crate::style::MARK) and [`DIM`](crate::style::DIM).
const TEMPLATE: &str =
    "{bar:30.bold.yellow/dim} {percent:>3} %  {pos} of {len} {msg}, {speed} a second";

/// A bar on standard error that fills up, with the speed beside it; nothing if standard error is not
/// a terminal. It leaves no trace when it is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// An empty bar for so many of the unit, such as `spans`.
    pub fn start(unit: &'static str, total: u64) -> Self {
        Self::start_on(ProgressDrawTarget::stderr(), unit, total)
    }

    fn start_on(target: ProgressDrawTarget, unit: &'static str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), target)
            .with_style(style())
            .with_message(unit);
        bar.tick();
        Self { bar }
    }

    /// Draws the bar anew, with so many done.
    pub fn show(&self, done: u64) {
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(TEMPLATE)
        .expect("the template is a constant")
        .progress_chars("━─")
        .with_key("speed", |state: &ProgressState, text: &mut dyn Write| {
            // Since the start: indicatif's own `per_sec` takes its time to get there.
            let millis = state.elapsed().as_millis().max(1);
            // Nobody is hurt by a speed that could not be written.
            let _ = write!(text, "{}", u128::from(state.pos()) * 1000 / millis);
        })
}
