//! A sign of life while something takes its time.

use std::fmt::Write;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

#[cfg(test)]
mod tests;

/// Two cells from the edge, where the text around it begins; in the colours
/// [`MARK`](crate::style::MARK) and [`DIM`](crate::style::DIM).
const TEMPLATE: &str = "  {spinner:.bold.yellow} {msg:.dim} {seconds:.dim}";
/// Fast enough to look alive.
const FRAME_TIME: Duration = Duration::from_millis(80);

/// A line that turns and counts the seconds until it is dropped, and then leaves no trace.
///
/// It shows on standard error, and only if that and standard output are a terminal.
#[derive(Debug)]
pub struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    /// Starts turning, with this text beside it.
    pub fn start(label: &str) -> Self {
        let is_watched = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let target = if is_watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self::start_on(target, label)
    }

    fn start_on(target: ProgressDrawTarget, label: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, target)
            .with_style(style())
            .with_message(label.to_owned());
        bar.enable_steady_tick(FRAME_TIME);
        Self { bar }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(TEMPLATE)
        .expect("the template is a constant")
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        .with_key("seconds", |state: &ProgressState, text: &mut dyn Write| {
            // Nobody is hurt by a time that could not be written.
            let _ = write!(text, "{} s", state.elapsed().as_secs());
        })
}
