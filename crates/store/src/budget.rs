//! The memory that there is for what senders and readers make it hold.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One bound for everything that grows with what comes in and with what is asked: requests on their
/// way, spans that are in no segment yet, and answers (promise R1). Each of them has a bound of its
/// own as well, so that none takes all.
#[derive(Debug, Clone)]
pub struct MemoryBudget(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    bytes_max: usize,
    /// Relaxed: it guards no memory.
    bytes: AtomicUsize,
}

/// A part whose size is told as it changes, until it is dropped.
#[derive(Debug)]
pub struct BudgetShare {
    budget: MemoryBudget,
    bytes: usize,
}

impl MemoryBudget {
    /// So many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self(Arc::new(Budget {
            bytes_max,
            bytes: AtomicUsize::new(0),
        }))
    }

    /// How many bytes there are for all.
    pub fn bytes_max(&self) -> usize {
        self.0.bytes_max
    }

    /// How many of them are taken.
    pub fn taken(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Whether so many are left.
    pub fn has_room_for(&self, bytes: usize) -> bool {
        let taken = self.taken();
        taken
            .checked_add(bytes)
            .is_some_and(|all| all <= self.0.bytes_max)
    }

    /// Takes so many, if they are left; whether they were.
    #[must_use]
    pub fn take(&self, bytes: usize) -> bool {
        let (bytes_max, taken) = (self.0.bytes_max, &self.0.bytes);
        let grown = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
            taken.checked_add(bytes).filter(|&all| all <= bytes_max)
        });
        grown.is_ok()
    }

    /// Gives back what was taken.
    pub fn give_back(&self, bytes: usize) {
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A part of nothing yet.
    pub fn share(&self) -> BudgetShare {
        BudgetShare {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

impl Default for MemoryBudget {
    /// One without a bound.
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl BudgetShare {
    /// It has so many bytes now, whether or not they are left: what was acknowledged stays.
    pub fn set(&mut self, bytes: usize) {
        let taken = &self.budget.0.bytes;
        taken.fetch_add(bytes, Ordering::Relaxed);
        taken.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }
}

impl Drop for BudgetShare {
    fn drop(&mut self) {
        self.set(0);
    }
}
