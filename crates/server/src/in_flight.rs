//! How many bytes of requests are in memory at the same time (promise R1).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of all requests that are worked on, over all connections, and their bound.
#[derive(Debug, Clone)]
pub(crate) struct InFlight(Arc<Counter>);

#[derive(Debug)]
struct Counter {
    bytes: AtomicUsize,
    bytes_max: usize,
}

/// There is no room for more bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// Others have it at the moment.
    Now,
    /// The request would need more than there is for all.
    Ever { bytes_max: usize },
}

/// The part of one request; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    counter: Arc<Counter>,
    bytes: usize,
}

impl InFlight {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self(Arc::new(Counter {
            bytes: AtomicUsize::new(0),
            bytes_max,
        }))
    }

    /// A reservation of nothing, to grow as bytes arrive: what a client only announces must not
    /// keep others out.
    pub(crate) fn reserve(&self) -> Reservation {
        Reservation {
            counter: Arc::clone(&self.0),
            bytes: 0,
        }
    }
}

impl Reservation {
    /// Adds `bytes`, if there is room for them.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let Counter {
            bytes: total,
            bytes_max,
        } = &*self.counter;
        let bytes_max = *bytes_max;
        if self
            .bytes
            .checked_add(bytes)
            .is_none_or(|own| own > bytes_max)
        {
            return Err(NoRoom::Ever { bytes_max });
        }
        // Relaxed: the counter guards no other memory.
        let grown = total.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |total| {
            total.checked_add(bytes).filter(|&grown| grown <= bytes_max)
        });
        grown.map_err(|_| NoRoom::Now)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.counter.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
