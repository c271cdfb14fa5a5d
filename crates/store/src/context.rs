//! What a query may take, and how it is told that nobody waits for it any more.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::{MemoryBudget, StoreError};

/// What all queries may take together.
#[derive(Debug, Clone)]
pub struct QueryPool(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    bytes_max: usize,
    bytes: AtomicUsize,
    /// What queries take is a part of it.
    budget: MemoryBudget,
}

/// The bounds of one query (promise R1), and what it has taken of them so far. Clones are of the
/// same query; what it has taken is given back when the last of them is dropped.
#[derive(Debug, Clone)]
pub struct QueryContext(Arc<Query>);

#[derive(Debug)]
struct Query {
    deadline: Instant,
    bytes_max: usize,
    bytes: AtomicUsize,
    pool: QueryPool,
    is_cancelled: AtomicBool,
    spans_scanned: AtomicU64,
}

/// Memory that a query has taken, until it is dropped.
#[derive(Debug)]
pub struct Held {
    context: QueryContext,
    bytes: usize,
}

impl Held {
    /// Takes more, before it is used.
    ///
    /// # Errors
    /// As [`QueryContext::take`].
    pub fn grow(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.context.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Takes as much more as it lacks to hold so much, before that is used.
    ///
    /// # Errors
    /// As [`QueryContext::take`].
    pub fn reach(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.grow(bytes.saturating_sub(self.bytes))
    }

    /// How much that is.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Leaves it to the query, which gives it back at its end.
    pub fn keep(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.context.give_back(self.bytes);
    }
}

/// Cancels its query when it is dropped: whoever waits for the answer holds it.
#[derive(Debug)]
pub struct CancelOnDrop(QueryContext);

impl QueryContext {
    /// A query that may take so long from now on, and so much memory for its answer and on the way
    /// to it, whatever others take.
    pub fn new(time: Duration, bytes_max: usize) -> Self {
        QueryPool::new(usize::MAX).query(time, bytes_max)
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

    /// Takes memory, before it is used.
    ///
    /// # Errors
    /// If the query has taken all that it may, or all queries together have.
    pub fn take(&self, bytes: usize) -> Result<(), StoreError> {
        let Query {
            bytes_max, pool, ..
        } = &*self.0;
        grow(&self.0.bytes, bytes, *bytes_max).map_err(|()| StoreError::LimitExceeded {
            what: format!("the answer takes more than {bytes_max} bytes of memory"),
        })?;
        let taken = pool.0.take(bytes);
        taken.map_err(|reason| {
            self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
            StoreError::TryLater {
                reason: reason.to_owned(),
            }
        })
    }

    /// Nothing yet, to grow into memory that is given back when it is dropped.
    pub fn hold(&self) -> Held {
        Held {
            context: self.clone(),
            bytes: 0,
        }
    }

    /// Gives memory back that was taken.
    pub fn give_back(&self, bytes: usize) {
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.0.pool.0.give_back(bytes);
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

impl QueryPool {
    /// Queries that may take so much memory together.
    pub fn new(bytes_max: usize) -> Self {
        Self::within(&MemoryBudget::default(), bytes_max)
    }

    /// The same, of what there is for all.
    pub fn within(budget: &MemoryBudget, bytes_max: usize) -> Self {
        Self(Arc::new(Pool {
            bytes_max,
            bytes: AtomicUsize::new(0),
            budget: budget.clone(),
        }))
    }

    /// One of them, with bounds of its own.
    pub fn query(&self, time: Duration, bytes_max: usize) -> QueryContext {
        QueryContext(Arc::new(Query {
            deadline: Instant::now() + time,
            bytes_max,
            bytes: AtomicUsize::new(0),
            pool: self.clone(),
            is_cancelled: AtomicBool::new(false),
            spans_scanned: AtomicU64::new(0),
        }))
    }
}

impl Pool {
    /// Takes memory; the error is why there is none.
    fn take(&self, bytes: usize) -> Result<(), &'static str> {
        grow(&self.bytes, bytes, self.bytes_max)
            .map_err(|()| "other queries have the memory that there is for all")?;
        if self.budget.take(bytes) {
            return Ok(());
        }
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        Err("what comes in has the memory that there is")
    }

    fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.budget.give_back(bytes);
    }
}

/// Whatever was not given back before.
impl Drop for Query {
    fn drop(&mut self) {
        let bytes = *self.bytes.get_mut();
        self.pool.0.give_back(bytes);
    }
}

/// Adds the bytes if that is not more than there may be. Relaxed: the counters guard no memory.
fn grow(total: &AtomicUsize, bytes: usize, bytes_max: usize) -> Result<(), ()> {
    let grown = total.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |total| {
        total.checked_add(bytes).filter(|&grown| grown <= bytes_max)
    });
    grown.map(drop).map_err(drop)
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
