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

/// There is no room for more bytes at the moment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

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
        // Relaxed: the counter guards no other memory.
        let grown = total.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |total| {
            total.checked_add(bytes).filter(|grown| grown <= bytes_max)
        });
        grown.map_err(|_| NoRoom)?;
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
