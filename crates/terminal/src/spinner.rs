//! A sign of life while something takes its time.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::style::{DIM, MARK};
use crate::{Line, terminal_width};

#[cfg(test)]
mod tests;

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// Where the text around it begins.
const MARGIN: usize = 2;
/// Fast enough to look alive.
const FRAME_TIME: Duration = Duration::from_millis(80);
/// A line that turns and counts the seconds until it is dropped, and then leaves no trace.
///
/// It shows on standard error, and only if that and standard output are a terminal.
#[derive(Debug)]
pub struct Spinner {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Spinner {
    /// Starts turning, with this text beside it.
    pub fn start(label: &str) -> Self {
        let is_watched = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let running = is_watched.then(|| Running::start(label.to_owned()));
        Self { running }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            drop(stop);
            // It cannot fail but by a panic, which has been reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Running {
    fn start(label: String) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || turn(&label, &stopped));
        Self { stop, thread }
    }
}

/// Draws frame after frame until the other end of the channel is gone.
fn turn(label: &str, stopped: &mpsc::Receiver<()>) {
    let start = Instant::now();
    // Nobody is hurt by a frame that could not be drawn.
    while stopped.recv_timeout(FRAME_TIME) == Err(RecvTimeoutError::Timeout) {
        let line = frame(label, start.elapsed(), terminal_width());
        let _ = write!(anstream::stderr(), "\r{line}");
    }
    let _ = write!(
        anstream::stderr(),
        "\r{:1$}\r",
        "",
        terminal_width().saturating_sub(1)
    );
}

/// What the line shows after so much time.
fn frame(label: &str, elapsed: Duration, width: usize) -> Line {
    let turns = elapsed.as_millis() / FRAME_TIME.as_millis();
    let frame = FRAMES[usize::try_from(turns).unwrap_or_default() % FRAMES.len()];
    let seconds = format!(" {} s", elapsed.as_secs());
    // The last cell stays free, or some terminals go to the next line.
    Line::styled(MARK, frame)
        .indent(MARGIN)
        .with(DIM, &format!(" {label}"))
        .with(DIM, &seconds)
        .cut(width.saturating_sub(1))
}
