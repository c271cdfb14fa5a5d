//! Getting a batch to the backend: trying again while it is away, giving up, and saying so once.
//!
//! All of this runs on the threads of the SDK's batch processors, never on one of the host's.

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

use crate::settings::{Destination, Signal};

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
    /// Whether anything ever arrived.
    reached: AtomicBool,
    /// Whether the last try failed, which has been said then.
    away: AtomicBool,
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

/// Why a try failed.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// There was no answer, for the reason given.
    Connection(String),
    /// The answer has this gRPC code.
    Grpc(String),
    /// The answer has this HTTP status.
    Http(String),
    /// The exporter itself has failed.
    Exporter(String),
}

/// What a failed try means for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The backend is away or busy.
    Temporary,
    /// It would refuse the same batch again.
    Permanent,
    /// It does not take this signal.
    Unsupported,
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
            reached: AtomicBool::new(false),
            away: AtomicBool::new(false),
            closing,
        }
    }

    fn arrived(&self) {
        self.reached.store(true, Ordering::Relaxed);
        if self.away.swap(false, Ordering::Relaxed) {
            tracing::info!("telemetry reaches {} again", self.destination);
        }
    }

    fn failed(&self, failure: &Failure) {
        if !self.away.swap(true, Ordering::Relaxed) {
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
            .pause(pause, self.reached.load(Ordering::Relaxed))
    }
}

impl Delivery {
    pub(crate) fn new(signal: Signal, backend: Arc<Backend>) -> Self {
        Self {
            signal,
            backend,
            accepted: AtomicU64::new(0),
            settled: AtomicU64::new(0),
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
        let give_up = Instant::now() + RETRY_FOR;
        let mut pause = PAUSE_MIN;
        loop {
            let Err(error) = attempt().await else {
                self.backend.arrived();
                self.settle(count);
                return Ok(());
            };
            let failure = Failure::of(&error);
            match failure.verdict(self.signal) {
                Verdict::Temporary => {
                    self.backend.failed(&failure);
                    if Instant::now() > give_up || !self.backend.pause(jittered(pause)) {
                        return self.give_up(&failure, error);
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Verdict::Permanent => {
                    let (destination, signal) = (self.destination(), self.signal);
                    tracing::error!(
                        "{destination} refuses {count} {signal}, which are lost: {failure}"
                    );
                    return self.give_up(&failure, error);
                }
                Verdict::Unsupported => {
                    self.not_supported();
                    self.settle(count);
                    return Ok(());
                }
            }
        }
    }

    fn settle(&self, count: usize) {
        self.settled.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn give_up(&self, failure: &Failure, error: OTelSdkError) -> OTelSdkResult {
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

impl Failure {
    /// The exporter tells an answer's status in the text of its error alone, in one of three
    /// forms; tests hold them against real answers of both protocols.
    fn of(error: &OTelSdkError) -> Self {
        let OTelSdkError::InternalFailure(text) = error else {
            return Self::Exporter(error.to_string());
        };
        if let Some((_, code)) = text.split_once("export failed with gRPC code: ") {
            return match code.rsplit_once(": ") {
                // A cause after the code means that no server has spoken.
                Some((_, cause)) => Self::Connection(cause.to_owned()),
                None => Self::Grpc(code.to_owned()),
            };
        }
        if let Some((_, status)) = text.split_once("HTTP export failed with status code: ") {
            return Self::Http(status.to_owned());
        }
        match text.strip_prefix("HTTP export failed: ") {
            Some(cause) => Self::Connection(cause.to_owned()),
            None => Self::Exporter(text.clone()),
        }
    }

    /// Which answers mean what: <https://opentelemetry.io/docs/specs/otlp/#failures>.
    fn verdict(&self, signal: Signal) -> Verdict {
        // Many backends take traces and no logs, which is no reason for alarm.
        let logs_only = match signal {
            Signal::Logs => Verdict::Unsupported,
            Signal::Traces => Verdict::Permanent,
        };
        match self {
            Self::Connection(_) => Verdict::Temporary,
            Self::Grpc(code) => match code.as_str() {
                "Cancelled" | "DeadlineExceeded" | "Aborted" | "OutOfRange" | "Unavailable"
                | "DataLoss" => Verdict::Temporary,
                "Unimplemented" => logs_only,
                _ => Verdict::Permanent,
            },
            Self::Http(status) => match status.as_str() {
                "429" | "502" | "503" | "504" => Verdict::Temporary,
                "404" => logs_only,
                _ => Verdict::Permanent,
            },
            Self::Exporter(_) => Verdict::Permanent,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(text) | Self::Exporter(text) => f.write_str(text),
            Self::Grpc(code) => write!(f, "gRPC status {code}"),
            Self::Http(status) => write!(f, "HTTP status {status}"),
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
