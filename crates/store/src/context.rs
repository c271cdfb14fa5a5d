//! What a query may take, and how it is told that nobody waits for it any more.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::StoreError;

/// The bounds of one query (promise R1), and what it has taken of them so far. Clones are of the
/// same query.
#[derive(Debug, Clone)]
pub struct QueryContext(Arc<Query>);

#[derive(Debug)]
struct Query {
    deadline: Instant,
    bytes_max: usize,
    bytes: AtomicUsize,
    is_cancelled: AtomicBool,
    spans_scanned: AtomicU64,
}

/// Cancels its query when it is dropped: whoever waits for the answer holds it.
#[derive(Debug)]
pub struct CancelOnDrop(QueryContext);

impl QueryContext {
    /// A query that may take so long from now on, and so much memory for its answer and on the way
    /// to it.
    pub fn new(time: Duration, bytes_max: usize) -> Self {
        Self(Arc::new(Query {
            deadline: Instant::now() + time,
            bytes_max,
            bytes: AtomicUsize::new(0),
            is_cancelled: AtomicBool::new(false),
            spans_scanned: AtomicU64::new(0),
        }))
    }

    /// When the query has to be done.
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// Whether to go on. A store asks between any two steps that take longer than a few
    /// milliseconds.
    ///
    /// # Errors
    /// If the time is over, or nobody waits any more.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.0.is_cancelled.load(Ordering::Relaxed) {
            return Err(StoreError::Cancelled);
        }
        if Instant::now() >= self.0.deadline {
            return Err(StoreError::Deadline);
        }
        Ok(())
    }

    /// Takes memory, before or just after it is used.
    ///
    /// # Errors
    /// If the query has taken all that it may.
    pub fn take(&self, bytes: usize) -> Result<(), StoreError> {
        // Relaxed: the counter guards no other memory.
        let before = self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.0.bytes_max {
            return Err(StoreError::LimitExceeded {
                what: format!("the answer takes more than {} bytes", self.0.bytes_max),
            });
        }
        Ok(())
    }

    /// Gives memory back that was taken.
    pub fn give_back(&self, bytes: usize) {
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts spans that were looked at.
    pub fn count_scanned(&self, spans: u64) {
        self.0.spans_scanned.fetch_add(spans, Ordering::Relaxed);
    }

    /// How many spans were looked at so far.
    pub fn spans_scanned(&self) -> u64 {
        self.0.spans_scanned.load(Ordering::Relaxed)
    }

    /// Ends the query: its next check fails.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// What cancels the query when it is dropped.
    pub fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
