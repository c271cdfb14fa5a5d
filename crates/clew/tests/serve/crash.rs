//! Promises W1 and Q1 under `kill -9`: a span or a log record that was acknowledged is found at once,
//! and it is still there after the process was killed in the middle of its work.

mod exporter;
mod log_records;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clew_testkit_server::{ClewProcess, http_client};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{span_count, start};

use exporter::Exporter;

/// How often the process is killed. Each time it finds what all the others left behind.
const KILLS: usize = 4;

/// The same where both signals are sent. What one kill leaves of each is what matters there.
const KILLS_OF_BOTH: usize = 2;

/// How many requests are acknowledged before it is killed, in the middle of others.
const ACKNOWLEDGED_MIN: usize = 150;

/// How many exporters send at the same time, in each transport.
const EXPORTERS: usize = 4;

/// How many spans, or log records, a request has.
const ITEMS_A_REQUEST: usize = 20;

/// What a request is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Signal {
    /// A trace of [`ITEMS_A_REQUEST`] spans.
    Spans,
    /// [`ITEMS_A_REQUEST`] log records, within one trace.
    LogRecords,
}

/// A request: its number, which nobody else's has, is that of its trace, too.
#[derive(Clone, Copy, Debug)]
struct Sent {
    signal: Signal,
    number: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w1_q1_a_kill_loses_no_acknowledged_span() {
    kill_again_and_again(KILLS, &[Signal::Spans]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w1_q1_a_kill_loses_no_acknowledged_log_record() {
    kill_again_and_again(KILLS, &[Signal::LogRecords]).await;
}

/// They share a log and a disk, and each must not lose or repeat what is the other's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w1_q1_a_kill_loses_neither_where_both_are_sent() {
    kill_again_and_again(KILLS_OF_BOTH, &[Signal::Spans, Signal::LogRecords]).await;
}

/// Each exporter sends the signals in turn.
async fn kill_again_and_again(kills: usize, signals: &'static [Signal]) {
    let data_dir = TempDir::new().expect("there is room for it");
    let numbers = Arc::new(AtomicU64::new(1));
    let client = http_client();
    let mut acknowledged = Vec::new();
    for _ in 0..kills {
        let clew = start(&data_dir);
        check(&clew, &client, &acknowledged, &numbers).await;
        acknowledged.extend(load_and_kill(clew, &client, &numbers, signals).await);
    }
    check(&start(&data_dir), &client, &acknowledged, &numbers).await;
}

/// Kills the process while it is sent requests from all sides; those that it acknowledged.
async fn load_and_kill(
    clew: ClewProcess,
    client: &reqwest::Client,
    numbers: &Arc<AtomicU64>,
    signals: &'static [Signal],
) -> Vec<Sent> {
    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    let clew = Arc::new(clew);
    let mut exporters = JoinSet::new();
    for _ in 0..EXPORTERS {
        let exporter = Exporter {
            signals,
            numbers: Arc::clone(numbers),
            acknowledged: sender.clone(),
        };
        exporters.spawn(exporter.clone().send_over_http(Arc::clone(&clew)));
        exporters.spawn(exporter.send_over_grpc(clew.otlp_grpc()));
    }
    drop(sender);

    let mut all = Vec::new();
    while all.len() < ACKNOWLEDGED_MIN {
        let sent = acknowledged.recv().await.expect("the exporters go on");
        all.push(sent);
        if all.len() % 10 == 0 {
            let found = count(&clew, client, sent).await;
            assert_eq!(found, ITEMS_A_REQUEST, "Q1: {sent:?} is found at once");
        }
    }
    clew.kill();
    exporters.join_all().await;
    while let Ok(sent) = acknowledged.try_recv() {
        all.push(sent);
    }
    all
}

/// How much there is of what the request brought.
async fn count(clew: &ClewProcess, client: &reqwest::Client, sent: Sent) -> usize {
    match sent.signal {
        Signal::Spans => span_count(client, clew, sent.trace_id()).await,
        Signal::LogRecords => log_records::count(client, clew, sent.trace_id()).await,
    }
}

/// Checks that what was acknowledged is there, whole; and that each log record is there once.
async fn check(
    clew: &ClewProcess,
    client: &reqwest::Client,
    acknowledged: &[Sent],
    numbers: &AtomicU64,
) {
    let traces = acknowledged.iter().filter(|it| it.signal == Signal::Spans);
    for &sent in traces {
        let found = count(clew, client, sent).await;
        assert_eq!(found, ITEMS_A_REQUEST, "W1: {sent:?} was acknowledged");
    }
    let next = numbers.load(Ordering::Relaxed);
    log_records::check(clew, client, acknowledged, next).await;
}
