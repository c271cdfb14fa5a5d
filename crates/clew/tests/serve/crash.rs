//! Promises W1 and Q1 under `kill -9`: a span that was acknowledged is found at once, and it is
//! still there after the process was killed in the middle of its work.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use clew_model::TraceId;
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::{ClewProcess, http_client};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message as _;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{export, span_count, start};

/// How often the process is killed. Each time it finds what all the others left behind.
const KILLS: usize = 4;

/// How many requests are acknowledged before it is killed, in the middle of others.
const ACKNOWLEDGED_MIN: usize = 150;

/// How many exporters send at the same time, in each transport.
const EXPORTERS: usize = 4;

const SPANS_A_TRACE: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w1_q1_a_kill_loses_no_acknowledged_span() {
    let data_dir = TempDir::new().unwrap();
    let traces = Arc::new(AtomicU64::new(1));
    let client = http_client();
    let mut acknowledged = Vec::new();
    for _ in 0..KILLS {
        let clew = start(&data_dir);
        acknowledged.extend(load_and_kill(clew, &client, &traces).await);
        check(&start(&data_dir), &client, &acknowledged).await;
    }
}

/// Kills the process while it is sent traces from all sides; the traces that it acknowledged.
async fn load_and_kill(
    clew: ClewProcess,
    client: &reqwest::Client,
    traces: &Arc<AtomicU64>,
) -> Vec<TraceId> {
    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    let clew = Arc::new(clew);
    let mut exporters = JoinSet::new();
    for _ in 0..EXPORTERS {
        let over_http = send_over_http(Arc::clone(&clew), Arc::clone(traces), sender.clone());
        let over_grpc = send_over_grpc(clew.otlp_grpc(), Arc::clone(traces), sender.clone());
        exporters.spawn(over_http);
        exporters.spawn(over_grpc);
    }
    drop(sender);

    let mut ids = Vec::new();
    while ids.len() < ACKNOWLEDGED_MIN {
        let id = acknowledged.recv().await.expect("the exporters go on");
        ids.push(id);
        if ids.len() % 10 == 0 {
            assert_eq!(
                span_count(client, &clew, id).await,
                SPANS_A_TRACE,
                "Q1: {id} is found at once"
            );
        }
    }
    clew.kill();
    exporters.join_all().await;
    while let Ok(id) = acknowledged.try_recv() {
        ids.push(id);
    }
    ids
}

/// Checks that every one of these traces is there, with all of its spans.
async fn check(clew: &ClewProcess, client: &reqwest::Client, acknowledged: &[TraceId]) {
    for &id in acknowledged {
        assert_eq!(
            span_count(client, clew, id).await,
            SPANS_A_TRACE,
            "W1: {id} was acknowledged"
        );
    }
}

/// Sends traces, one after another, until nobody answers.
async fn send_over_http(
    clew: Arc<ClewProcess>,
    traces: Arc<AtomicU64>,
    acknowledged: mpsc::UnboundedSender<TraceId>,
) {
    let client = http_client();
    loop {
        let (id, request) = next_trace(&traces);
        if !export(&client, &clew, request).await {
            return;
        }
        // The receiver lives as long as the exporters.
        let _ = acknowledged.send(id);
    }
}

async fn send_over_grpc(
    address: SocketAddr,
    traces: Arc<AtomicU64>,
    acknowledged: mpsc::UnboundedSender<TraceId>,
) {
    let client = TraceServiceClient::connect(format!("http://{address}")).await;
    let mut client = client.expect("it listens");
    loop {
        let (id, request) = next_trace(&traces);
        let request = ExportTraceServiceRequest::decode(request).expect("prost encoded it");
        let Ok(answer) = client.export(request).await else {
            return;
        };
        assert_eq!(answer.into_inner().partial_success, None);
        let _ = acknowledged.send(id);
    }
}

/// A trace that nobody has sent yet.
fn next_trace(traces: &AtomicU64) -> (TraceId, Bytes) {
    let number = traces.fetch_add(1, Ordering::Relaxed).into();
    let cart = service("cart");
    let spans: Vec<_> = (1..=SPANS_A_TRACE as u64)
        .map(|id| span(&cart, number, id))
        .collect();
    (trace_id(number), request_of(&spans))
}
