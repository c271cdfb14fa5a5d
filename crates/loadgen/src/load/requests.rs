//! Requests made ahead of their sending, on a thread of their own.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Load;
use crate::{Request, Signal};

/// How many requests are ready for each connection: enough that no connection waits for one.
const READY_PER_CONNECTION: usize = 2;

/// A request that can be sent.
pub(super) struct Prepared {
    pub(super) body: Bytes,
    pub(super) spans: u64,
    /// When, if that matters.
    pub(super) due: Option<Instant>,
}

/// The requests of a load, made as they are taken.
pub(super) struct Queue {
    requests: mpsc::Receiver<Prepared>,
    /// Until it has ended and was asked how.
    maker: Option<JoinHandle<()>>,
}

impl Queue {
    pub(super) fn start(load: &Load, start: Instant) -> Self {
        let ready = usize::from(load.connections.get()) * READY_PER_CONNECTION;
        let (queue, requests) = mpsc::channel(ready);
        let load = load.clone();
        Self {
            requests,
            maker: Some(tokio::task::spawn_blocking(move || {
                make(&load, start, &queue);
            })),
        }
    }

    /// The next request, `None` after the last one.
    pub(super) async fn next(&mut self) -> Option<Prepared> {
        let request = self.requests.recv().await;
        if request.is_none()
            && let Some(maker) = self.maker.take()
            && let Err(panic) = maker.await
        {
            std::panic::resume_unwind(panic.into_panic());
        }
        request
    }
}

fn make(load: &Load, start: Instant, queue: &mpsc::Sender<Prepared>) {
    let (corpus, spans) = (load.corpus, load.spans);
    match load.signal {
        Signal::Traces => {
            let requests = corpus.requests_delayed(spans, load.batch_delay);
            prepare(requests, load, start, queue);
        }
        Signal::Logs => prepare(corpus.log_requests(spans), load, start, queue),
    }
}

fn prepare(
    requests: impl Iterator<Item = Request>,
    load: &Load,
    start: Instant,
    queue: &mpsc::Sender<Prepared>,
) {
    let mut before = 0;
    for request in requests {
        let request = Prepared {
            body: request.body,
            spans: request.spans as u64,
            due: load.rate.map(|rate| start + spent(before, rate.get())),
        };
        before += request.spans;
        if queue.blocking_send(request).is_err() {
            return;
        }
    }
}

/// How long so many spans last at this rate.
fn spent(spans: u64, rate: u32) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 spans")]
    Duration::from_secs_f64(spans as f64 / f64::from(rate))
}
