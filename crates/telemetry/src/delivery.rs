//! Getting a batch to the backend: trying again while it is away, giving up, and saying so once.
//!
//! All of this runs on the threads of the SDK's batch processors, never on one of the host's.

mod failure;
mod notice;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

use crate::settings::{Destination, Signal};
use failure::{Failure, Verdict};
use notice::Notice;

/// How long a batch is held for a backend that is away. A restart may take half a minute, and the
/// queue behind the batch is bounded, so that waiting costs little.
const RETRY_FOR: Duration = Duration::from_mins(2);

/// The first pause between two tries; each one after it is twice as long.
const PAUSE_MIN: Duration = Duration::from_millis(250);

/// The longest pause: how late a trace may be once the backend is back.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The backend at one address, as all signals that go there see it.
#[derive(Debug)]
pub(crate) struct Backend {
    destination: Destination,
    /// Whether it has ever answered.
    answered: AtomicBool,
    /// That it cannot be reached.
    away: Notice,
    closing: Arc<Closing>,
}

/// The end of the process, announced to whoever waits for a backend.
#[derive(Debug, Default)]
pub(crate) struct Closing {
    deadline: Mutex<Option<Instant>>,
    announced: Condvar,
}

/// The way of one signal to its backend, with the books of what arrived.
#[derive(Debug)]
pub(crate) struct Delivery {
    signal: Signal,
    backend: Arc<Backend>,
    /// Spans or log records that the host ended.
    accepted: AtomicU64,
    /// Those that the backend has answered for.
    settled: AtomicU64,
    /// Those that were given up since a batch last arrived.
    given_up: AtomicU64,
    /// That the backend answers, and does not take what it gets.
    refusal: Notice,
    /// Whether the backend does not take this signal at all.
    unsupported: AtomicBool,
    /// Why the last batch that was given up did not arrive.
    failure: Mutex<Option<String>>,
}

/// What did not arrive, at the end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) count: u64,
    pub(crate) reason: Option<String>,
}

impl Closing {
    /// Tells all who wait that the process ends at `deadline`.
    pub(crate) fn announce(&self, deadline: Instant) {
        *lock(&self.deadline) = Some(deadline);
        self.announced.notify_all();
    }

    /// Waits for the pause to pass. Says whether there is time for another try.
    fn pause(&self, pause: Duration, worth_waiting: bool) -> bool {
        let guard = lock(&self.deadline);
        let Some(deadline) = *guard else {
            // Woken by the announcement, the batch at hand gets one more try at once.
            let woken = self
                .announced
                .wait_timeout_while(guard, pause, |deadline| deadline.is_none());
            drop(woken);
            return true;
        };
        drop(guard);
        let in_time = worth_waiting && Instant::now() + pause < deadline;
        if in_time {
            std::thread::sleep(pause);
        }
        in_time
    }
}

impl Backend {
    pub(crate) fn new(destination: Destination, closing: Arc<Closing>) -> Self {
        Self {
            destination,
            answered: AtomicBool::new(false),
            away: Notice::default(),
            closing,
        }
    }

    /// Notes that it is there, whatever it says.
    fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
        if self.away.end() {
            tracing::info!("telemetry reaches {} again", self.destination);
        }
    }

    fn is_away(&self, failure: &Failure) {
        if self.away.begin(Instant::now()) {
            let destination = &self.destination;
            let variable = destination.variable;
            tracing::warn!(
                "cannot send telemetry to {destination} ({failure}): is a backend running there? \
                 {variable} names another address. It is tried again in silence, and the service \
                 goes on meanwhile"
            );
        }
    }

    /// Waits before the next try. Says whether there is one.
    fn pause(&self, pause: Duration) -> bool {
        // At the end, a backend that was there may come back; one that never was will not.
        self.closing
            .pause(pause, self.answered.load(Ordering::Relaxed))
    }
}

impl Delivery {
    pub(crate) fn new(signal: Signal, backend: Arc<Backend>) -> Self {
        Self {
            signal,
            backend,
            accepted: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            refusal: Notice::default(),
            unsupported: AtomicBool::new(false),
            failure: Mutex::new(None),
        }
    }

    pub(crate) fn backend(&self) -> &Arc<Backend> {
        &self.backend
    }

    /// Where its requests go.
    pub(crate) fn url(&self) -> String {
        self.destination().url(self.signal)
    }

    pub(crate) fn destination(&self) -> &Destination {
        &self.backend.destination
    }

    pub(crate) fn signal(&self) -> Signal {
        self.signal
    }

    /// Books one more span or log record.
    pub(crate) fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    /// What has not arrived by now.
    pub(crate) fn lost(&self) -> Lost {
        let accepted = self.accepted.load(Ordering::Relaxed);
        let settled = self.settled.load(Ordering::Relaxed);
        Lost {
            count: accepted.saturating_sub(settled),
            reason: lock(&self.failure).clone(),
        }
    }

    /// Sends a batch of `count`, as often as it takes.
    pub(crate) async fn deliver<F, A>(&self, count: usize, attempt: F) -> OTelSdkResult
    where
        F: Fn() -> A,
        A: Future<Output = OTelSdkResult>,
    {
        if self.unsupported.load(Ordering::Relaxed) {
            self.settle(count);
            return Ok(());
        }
        let patience = Instant::now() + RETRY_FOR;
        let mut pause = PAUSE_MIN;
        loop {
            let Err(error) = attempt().await else {
                self.arrived(count);
                return Ok(());
            };
            let failure = Failure::of(&error);
            match failure.verdict(self.signal) {
                Verdict::Temporary => {
                    self.put_off(&failure);
                    if Instant::now() > patience || !self.backend.pause(jittered(pause)) {
                        return self.give_up(count, &failure, error);
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Verdict::Permanent => {
                    self.refused(&failure);
                    return self.give_up(count, &failure, error);
                }
                Verdict::Unsupported => {
                    self.not_supported();
                    self.settle(count);
                    return Ok(());
                }
            }
        }
    }

    fn arrived(&self, count: usize) {
        self.settle(count);
        self.backend.answered();
        self.refusal.end();
        let lost = self.given_up.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let (destination, signal) = (self.destination(), self.signal);
            tracing::warn!("{lost} {signal} were lost while {destination} did not take them");
        }
    }

    fn settle(&self, count: usize) {
        self.settled.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn put_off(&self, failure: &Failure) {
        if let Failure::Connection(_) = failure {
            return self.backend.is_away(failure);
        }
        self.backend.answered();
        if self.refusal.begin(Instant::now()) {
            let (destination, signal) = (self.destination(), self.signal);
            tracing::warn!(
                "{destination} puts off {signal} ({failure}), which are tried again in silence"
            );
        }
    }

    fn refused(&self, failure: &Failure) {
        if self.refusal.begin(Instant::now()) {
            let (destination, signal) = (self.destination(), self.signal);
            tracing::error!("{destination} refuses {signal}, which are lost: {failure}");
        }
    }

    fn give_up(&self, count: usize, failure: &Failure, error: OTelSdkError) -> OTelSdkResult {
        self.given_up.fetch_add(count as u64, Ordering::Relaxed);
        *lock(&self.failure) = Some(failure.to_string());
        Err(error)
    }

    fn not_supported(&self) {
        if !self.unsupported.swap(true, Ordering::Relaxed) {
            let (destination, signal) = (self.destination(), self.signal);
            tracing::info!("{destination} takes no {signal}, so none are sent to it");
        }
    }
}

/// Up to a quarter less, so that services that lost the backend together do not return together.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(1.0 - 0.25 * fastrand::f64())
}

/// A panic elsewhere leaves these values whole: each is written in one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
