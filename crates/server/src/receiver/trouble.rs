//! Faults of the store, in the log once and not once a request.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clew_store::StoreError;

/// How long to be silent after a report. A full disk fails every request, thousands a second.
const SILENCE: Duration = Duration::from_secs(10);

/// When a fault was last reported.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    reported: Mutex<Option<Instant>>,
}

impl Trouble {
    /// Logs the fault, unless one was logged a short while ago.
    pub(super) fn report(&self, error: &StoreError) {
        if self.is_due(Instant::now()) {
            let error: &dyn std::error::Error = error;
            tracing::error!(
                error,
                "spans cannot be stored; their senders are told to try again"
            );
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let due = reported.is_none_or(|last| now.duration_since(last) >= SILENCE);
        if due {
            *reported = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests;
