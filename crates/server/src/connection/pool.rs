//! How many connections there are on an endpoint, whose they are, and which of them give way.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The connections of one endpoint.
///
/// When there are as many as there may be, one that is idle gives way to a new one: a client that
/// holds connections without using them keeps nobody out, and one that lost an idle connection
/// makes another. A connection is refused only where all others are at work.
#[derive(Debug)]
pub(crate) struct Pool {
    connections_max: usize,
    /// A quarter is always left to others, whatever one peer has under way.
    peer_connections_max: usize,
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    taken: HashMap<u64, Taken>,
    by_peer: HashMap<IpAddr, usize>,
    next: u64,
}

#[derive(Debug)]
struct Taken {
    peer: IpAddr,
    activity: Arc<Activity>,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    number: u64,
    pool: Arc<Pool>,
    activity: Arc<Activity>,
}

impl Pool {
    pub(crate) fn new(connections_max: usize) -> Arc<Self> {
        Arc::new(Self {
            connections_max,
            peer_connections_max: connections_max - connections_max / 4,
            seats: Mutex::default(),
        })
    }

    /// A seat for a connection of this peer, if need be that of an idle one. `None` if there is
    /// none.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let mut seats = self.seats();
        if seats.of(peer) >= self.peer_connections_max {
            seats.evict_idle(|taken| taken.peer == peer)?;
        } else if seats.taken.len() >= self.connections_max {
            seats.evict_idle(|_| true)?;
        }
        let activity = Arc::new(Activity::new());
        let number = seats.take(peer, Arc::clone(&activity));
        Some(Seat {
            number,
            pool: Arc::clone(self),
            activity,
        })
    }

    /// Ends an idle connection, since the process has no file left to open for another.
    pub(crate) fn evict_one(&self) {
        // With none idle there is nothing to do but to wait for one.
        let _ = self.seats().evict_idle(|_| true);
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        // Nothing panics while it holds the lock.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn of(&self, peer: IpAddr) -> usize {
        self.by_peer.get(&peer).copied().unwrap_or_default()
    }

    fn take(&mut self, peer: IpAddr, activity: Arc<Activity>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.taken.insert(number, Taken { peer, activity });
        *self.by_peer.entry(peer).or_default() += 1;
        number
    }

    fn free(&mut self, number: u64) {
        let Some(Taken { peer, .. }) = self.taken.remove(&number) else {
            return; // evicted before
        };
        if let Some(count) = self.by_peer.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                self.by_peer.remove(&peer);
            }
        }
    }

    /// Ends the idle connection that is missed least: of those that `may` give way one of the peer
    /// that has most, and of its connections the one that has been idle for longest.
    fn evict_idle(&mut self, may: impl Fn(&Taken) -> bool) -> Option<()> {
        let idle = self.taken.iter().filter(|(_, taken)| may(taken));
        let idle = idle.filter_map(|(&number, taken)| {
            let since = taken.activity.idle_since()?;
            Some((self.of(taken.peer), std::cmp::Reverse(since), number))
        });
        let (.., number) = idle.max()?;
        if let Some(taken) = self.taken.get(&number) {
            taken.activity.evicted.notify_one();
        }
        self.free(number);
        Some(())
    }
}

impl Seat {
    /// What the connection is doing.
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.pool.seats().free(self.number);
    }
}

/// Whether a connection is idle, and since when.
#[derive(Debug)]
pub(crate) struct Activity {
    state: Mutex<State>,
    evicted: Notify,
}

#[derive(Debug)]
struct State {
    requests: usize,
    idle_since: Instant,
}

/// A request of the connection that is under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Activity>);

impl Activity {
    fn new() -> Self {
        Self {
            state: Mutex::new(State {
                requests: 0,
                idle_since: Instant::now(),
            }),
            evicted: Notify::new(),
        }
    }

    /// A request begins.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.state().requests += 1;
        UnderWay(Arc::clone(self))
    }

    /// Waits until the connection has to give way to another, or has been idle for so long.
    pub(crate) async fn outstayed(&self, idle_max: Duration) {
        tokio::select! {
            () = self.evicted.notified() => {}
            () = self.idle_for(idle_max) => {}
        }
    }

    async fn idle_for(&self, idle_max: Duration) {
        loop {
            let since = self.idle_since().unwrap_or_else(Instant::now);
            if since.elapsed() >= idle_max {
                return;
            }
            tokio::time::sleep_until(since + idle_max).await;
        }
    }

    /// `None` while a request is under way.
    fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.requests == 0).then_some(state.idle_since)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests -= 1;
        state.idle_since = Instant::now();
    }
}
