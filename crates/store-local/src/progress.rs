//! How far a replay has come.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

/// A replay shorter than this says nothing.
const QUIET: Duration = Duration::from_secs(1);

/// Then it says how far it is so often.
const INTERVAL: Duration = Duration::from_millis(200);

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// How many bytes of the log were read.
    pub bytes_read: u64,
    /// How many bytes of the log there are, at the most: the last file's unused rest is in it.
    pub bytes_total: u64,
    /// How many spans were found.
    pub spans: u64,
}

/// Hands on how far a replay has come: not at all if it is short, else a few times a second and
/// once at its end.
pub(crate) struct Meter<F> {
    report: F,
    began: Instant,
    reported: Option<Instant>,
    now: Progress,
}

impl<F: FnMut(Progress)> Meter<F> {
    pub(crate) fn new(report: F, bytes_total: u64, began: Instant) -> Self {
        Self {
            report,
            began,
            reported: None,
            now: Progress {
                bytes_total,
                ..Progress::default()
            },
        }
    }

    /// So many more bytes were read and spans found, at this time.
    pub(crate) fn advance(&mut self, bytes: u64, spans: u64, at: Instant) {
        self.now.bytes_read += bytes;
        self.now.spans += spans;
        let is_due = match self.reported {
            None => at.duration_since(self.began) >= QUIET,
            Some(reported) => at.duration_since(reported) >= INTERVAL,
        };
        if is_due {
            self.reported = Some(at);
            (self.report)(self.now);
        }
    }

    /// All was read.
    pub(crate) fn finish(mut self) {
        if self.reported.is_some() {
            self.now.bytes_read = self.now.bytes_total;
            (self.report)(self.now);
        }
    }
}
