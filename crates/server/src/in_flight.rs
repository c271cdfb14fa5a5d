//! How many bytes of requests are in memory at the same time (promise R1).

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clew_store::MemoryBudget;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long an arriving body may take for its next [`PROGRESS_BYTES`] before it has to give way
/// to requests that find no room. Exporters send what they have ready, so that only the network
/// holds them up, and for less than this unless it lost packets.
const STALL_GRACE: Duration = Duration::from_millis(500);

/// As much must arrive to count as progress. A byte now and then would hold the room as well as
/// none. With [`STALL_GRACE`] it is 128 KiB/s, the pace of a slow line.
const PROGRESS_BYTES: usize = 64 << 10;

/// The bytes of all requests that are worked on, over all connections, and their bound.
///
/// A request that finds no room takes it from bodies that have stalled on their way, those with
/// the most bytes first, so that few have to give way. Clients that announce much and stop sending
/// keep nobody out.
#[derive(Debug, Clone)]
pub(crate) struct InFlight(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Of all reservations and arrivals.
    bytes: usize,
    /// What they take is a part of it.
    budget: MemoryBudget,
    arriving: HashMap<u64, Arriving>,
    next: u64,
}

#[derive(Debug)]
struct Arriving {
    bytes: usize,
    /// Of these bytes, how many had arrived at the last progress.
    progress_bytes: usize,
    progress_at: Instant,
    evicted: Arc<Notify>,
}

/// There is no room for more bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// Others have it at the moment.
    Now,
    /// The request would need more than there is for all.
    Ever { bytes_max: usize },
}

/// The part of a request whose body is on its way; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Arrival {
    number: u64,
    evicted: Arc<Notify>,
    shared: Arc<Shared>,
}

/// The part of a request that has arrived; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    shared: Arc<Shared>,
    bytes: usize,
}

impl InFlight {
    pub(crate) fn new(bytes_max: usize, budget: &MemoryBudget) -> Self {
        Self(Arc::new(Shared {
            bytes_max,
            state: Mutex::new(State {
                budget: budget.clone(),
                ..State::default()
            }),
        }))
    }

    /// A body begins to arrive. It has nothing reserved, to grow with its bytes: what a client only
    /// announces must not keep others out.
    pub(crate) fn arrive(&self) -> Arrival {
        let evicted = Arc::new(Notify::new());
        let number = self.0.state().enter(Arc::clone(&evicted));
        Arrival {
            number,
            evicted,
            shared: Arc::clone(&self.0),
        }
    }

    /// The part of a request that took no time to arrive.
    #[cfg(test)]
    pub(crate) fn reserve(&self) -> Reservation {
        Reservation {
            shared: Arc::clone(&self.0),
            bytes: 0,
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that a request which has so many bytes could have so many more, were it alone.
    fn check_alone(&self, own: usize, more: usize) -> Result<(), NoRoom> {
        let bytes_max = self.bytes_max;
        match own.checked_add(more) {
            Some(own) if own <= bytes_max => Ok(()),
            _ => Err(NoRoom::Ever { bytes_max }),
        }
    }
}

impl State {
    fn enter(&mut self, evicted: Arc<Notify>) -> u64 {
        let number = self.next;
        self.next += 1;
        let arriving = Arriving {
            bytes: 0,
            progress_bytes: 0,
            progress_at: Instant::now(),
            evicted,
        };
        self.arriving.insert(number, arriving);
        number
    }

    /// Takes `bytes`, if need be from bodies that have stalled.
    fn take(&mut self, bytes: usize, bytes_max: usize) -> Result<(), NoRoom> {
        let missing = (self.bytes.saturating_add(bytes)).saturating_sub(bytes_max);
        if missing > 0 {
            self.evict(missing)?;
        }
        if !self.budget.take(bytes) {
            return Err(NoRoom::Now);
        }
        self.bytes += bytes;
        Ok(())
    }

    fn give_back(&mut self, bytes: usize) {
        self.bytes -= bytes;
        self.budget.give_back(bytes);
    }

    /// Makes so much room at the least; nobody gives way in vain, if there is not so much to have.
    fn evict(&mut self, missing: usize) -> Result<(), NoRoom> {
        let now = Instant::now();
        let stalled = self.arriving.iter().filter(|(_, it)| it.has_stalled(now));
        let mut stalled: Vec<_> = stalled.map(|(&number, it)| (it.bytes, number)).collect();
        stalled.sort_unstable_by_key(|&(bytes, _)| Reverse(bytes));
        let mut found = 0;
        let enough = stalled.iter().position(|&(bytes, _)| {
            found += bytes;
            found >= missing
        });
        let last = enough.ok_or(NoRoom::Now)?;
        for &(_, number) in &stalled[..=last] {
            if let Some(arriving) = self.leave(number) {
                // Its task frees the memory as soon as it runs, which is a moment from now.
                self.give_back(arriving.bytes);
                arriving.evicted.notify_one();
            }
        }
        Ok(())
    }

    fn leave(&mut self, number: u64) -> Option<Arriving> {
        self.arriving.remove(&number)
    }
}

impl Arriving {
    fn grow(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes - self.progress_bytes >= PROGRESS_BYTES {
            self.progress_bytes = self.bytes;
            self.progress_at = Instant::now();
        }
    }

    fn has_stalled(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.progress_at) >= STALL_GRACE
    }
}

impl Arrival {
    /// Adds `bytes` that have arrived, if there is room for them.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let mut state = self.shared.state();
        // Aside, so that it does not evict itself.
        let mut own = state.leave(self.number).ok_or(NoRoom::Now)?;
        let outcome = self
            .shared
            .check_alone(own.bytes, bytes)
            .and_then(|()| state.take(bytes, self.shared.bytes_max));
        if outcome.is_ok() {
            own.grow(bytes);
        }
        state.arriving.insert(self.number, own);
        outcome
    }

    /// Completes when the body has to give way to another request.
    pub(crate) fn evicted(&self) -> impl Future<Output = ()> + use<> {
        let evicted = Arc::clone(&self.evicted);
        async move { evicted.notified().await }
    }

    /// All has arrived, and nobody takes its room any more.
    pub(crate) fn finish(self) -> Result<Reservation, NoRoom> {
        let arriving = self.shared.state().leave(self.number);
        Ok(Reservation {
            shared: Arc::clone(&self.shared),
            bytes: arriving.ok_or(NoRoom::Now)?.bytes,
        })
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        if let Some(arriving) = state.leave(self.number) {
            state.give_back(arriving.bytes);
        }
    }
}

impl Reservation {
    /// Adds `bytes`, if there is room for them.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        self.shared.check_alone(self.bytes, bytes)?;
        self.shared.state().take(bytes, self.shared.bytes_max)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.shared.state().give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests;
