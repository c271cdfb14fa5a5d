//! Sends a corpus to a backend.

mod requests;
#[cfg(test)]
mod tests;

use std::io;
use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::exporter::{Acknowledgement, ConnectError, Exporter, Refusal};
use crate::{Corpus, Endpoint, Latencies, Protocol, Signal, WatchedProcess};
use requests::{Prepared, Queue};

/// How long a request is tried before the backend is given up. It outlasts a restart.
const RETRY_FOR: Duration = Duration::from_mins(1);

/// How long the first pause is that a backend did not ask for; each one after it is up to twice as
/// long.
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// How often progress is told.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// What to send, to whom and how fast.
#[derive(Debug, Clone)]
pub struct Load {
    /// What to send.
    pub corpus: Corpus,
    /// What of it.
    pub signal: Signal,
    /// How much of it: how many log records, or spans; traces are not cut, so up to 59 spans more.
    pub spans: u64,
    /// How long the exporters of the corpus wait between two batches, in its own time.
    pub batch_delay: Duration,
    /// To whom.
    pub endpoint: Endpoint,
    /// In which way.
    pub protocol: Protocol,
    /// On how many connections, each with one request at a time.
    pub connections: NonZeroU16,
    /// How many spans a second, or as many as are acknowledged.
    pub rate: Option<NonZeroU32>,
}

/// How a load went.
#[derive(Debug, Clone, Default)]
pub struct LoadOutcome {
    /// Spans that the backend has taken.
    pub acknowledged: u64,
    /// Spans that it has refused, in requests that it took otherwise.
    pub rejected: u64,
    /// Why it refused the first of them.
    pub rejection: Option<String>,
    /// Requests that were answered.
    pub requests: u64,
    /// Their bytes, as protobuf.
    pub bytes: u64,
    /// How often a request was sent again.
    pub retries: u64,
    /// How long each request took until it was acknowledged, other tries included. With a rate,
    /// time counts from when the request was due: a backend that falls behind cannot hide it.
    pub latencies: Latencies,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

/// Why a load ended early.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nobody answers.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A request was refused for good.
    #[error("{endpoint} refuses the request: {reason}")]
    Refused {
        /// Who refuses.
        endpoint: Endpoint,
        /// What it said.
        reason: String,
    },
    /// A request was not taken in all the time that it was tried.
    #[error("{endpoint} took no request for {} s: {reason}", RETRY_FOR.as_secs())]
    GivenUp {
        /// Who did not take it.
        endpoint: Endpoint,
        /// How the last try went.
        reason: String,
    },
}

impl Load {
    /// Sends everything and waits until it is acknowledged. `progress` is told again and again how
    /// many spans have been answered.
    ///
    /// No more than a few requests are in memory at a time.
    ///
    /// # Errors
    /// If nobody answers at the endpoint, or the backend stops taking requests.
    pub async fn run(&self, progress: impl Fn(u64)) -> Result<LoadOutcome, LoadError> {
        let mut exporters = Vec::new();
        for _ in 0..self.connections.get() {
            exporters.push(Exporter::connect(&self.endpoint, self.protocol, self.signal).await?);
        }
        let start = Instant::now();
        let queue = Arc::new(Mutex::new(Queue::start(self, start)));
        let answered = Arc::new(AtomicU64::new(0));
        let mut senders = JoinSet::new();
        for exporter in exporters {
            let sender = Sender {
                exporter,
                endpoint: self.endpoint.clone(),
                answered: Arc::clone(&answered),
                outcome: LoadOutcome::default(),
            };
            senders.spawn(sender.run(Arc::clone(&queue)));
        }
        let mut outcome = join(senders, || progress(answered.load(Ordering::Relaxed))).await?;
        outcome.elapsed = start.elapsed();
        Ok(outcome)
    }
}

/// Waits for all, and shows progress meanwhile.
async fn join(
    mut senders: JoinSet<Result<LoadOutcome, LoadError>>,
    show: impl Fn(),
) -> Result<LoadOutcome, LoadError> {
    let mut total = LoadOutcome::default();
    let mut tick = tokio::time::interval(PROGRESS_INTERVAL);
    loop {
        tokio::select! {
            sender = senders.join_next() => match sender {
                None => return Ok(total),
                Some(Ok(outcome)) => total.add(outcome?),
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            },
            _ = tick.tick() => show(),
        }
    }
}

/// One connection.
struct Sender {
    exporter: Exporter,
    endpoint: Endpoint,
    answered: Arc<AtomicU64>,
    outcome: LoadOutcome,
}

impl Sender {
    async fn run(mut self, queue: Arc<Mutex<Queue>>) -> Result<LoadOutcome, LoadError> {
        loop {
            let Some(request) = queue.lock().await.next().await else {
                return Ok(self.outcome);
            };
            self.export(request).await?;
        }
    }

    async fn export(&mut self, request: Prepared) -> Result<(), LoadError> {
        if let Some(due) = request.due {
            tokio::time::sleep_until(due.into()).await;
        }
        let sent = Instant::now();
        let answer = self.send(&request, sent).await?;
        let latency = request.due.unwrap_or(sent).elapsed();
        self.answered.fetch_add(request.spans, Ordering::Relaxed);
        self.outcome.count(&request, answer, latency);
        Ok(())
    }

    /// Sends it until it is taken.
    async fn send(
        &mut self,
        request: &Prepared,
        start: Instant,
    ) -> Result<Acknowledgement, LoadError> {
        let mut pause = PAUSE_FIRST;
        loop {
            let (reason, after) = match self.exporter.send(request.body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Refusal::TryLater { reason, after }) => (reason, after),
                Err(Refusal::ForGood { reason }) => {
                    let endpoint = self.endpoint.clone();
                    return Err(LoadError::Refused { endpoint, reason });
                }
            };
            let wait = after.unwrap_or_else(|| pause.mul_f64(0.5 + fastrand::f64() / 2.0));
            if start.elapsed() + wait > RETRY_FOR {
                let endpoint = self.endpoint.clone();
                return Err(LoadError::GivenUp { endpoint, reason });
            }
            self.outcome.retries += 1;
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

impl LoadOutcome {
    fn count(&mut self, request: &Prepared, answer: Acknowledgement, latency: Duration) {
        let rejected = answer.rejected.min(request.spans);
        if rejected > 0 && self.rejection.is_none() {
            self.rejection = Some(answer.message);
        }
        self.acknowledged += request.spans - rejected;
        self.rejected += rejected;
        self.requests += 1;
        self.bytes += request.body.len() as u64;
        self.latencies.record(latency);
    }

    fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.rejected += other.rejected;
        self.rejection = self.rejection.take().or(other.rejection);
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.retries += other.retries;
        self.latencies.merge(&other.latencies);
    }
}

/// Waits until the process computes no more than a twentieth of the time, so that work which it put
/// off is counted too; at most 30 seconds.
///
/// # Errors
/// If the process has ended.
pub async fn come_to_rest(process: &WatchedProcess) -> io::Result<()> {
    const LOOK_INTERVAL: Duration = Duration::from_millis(500);
    const LOOKS_MAX: u32 = 60;
    let mut before = process.cpu_time()?;
    for _ in 0..LOOKS_MAX {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let now = process.cpu_time()?;
        if now.saturating_sub(before) <= LOOK_INTERVAL / 20 {
            break;
        }
        before = now;
    }
    Ok(())
}
