//! What sends, over both transports.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use clew_model::TraceId;
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::{ClewProcess, http_client};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message as _;
use tokio::sync::mpsc;

use crate::support::export;

use super::{ITEMS_A_REQUEST, Sent, Signal, log_records};

/// Sends one request after another, until nobody answers.
#[derive(Clone)]
pub(super) struct Exporter {
    /// What the requests are of, in turn.
    pub(super) signals: &'static [Signal],
    /// The next number that no request has yet.
    pub(super) numbers: Arc<AtomicU64>,
    /// Where it says what was acknowledged. The receiver lives as long as the exporters.
    pub(super) acknowledged: mpsc::UnboundedSender<Sent>,
}

impl Exporter {
    pub(super) async fn send_over_http(self, clew: Arc<ClewProcess>) {
        let client = http_client();
        for sent in self.requests() {
            if !export(&client, &clew, sent.path(), sent.request()).await {
                return;
            }
            let _ = self.acknowledged.send(sent);
        }
    }

    pub(super) async fn send_over_grpc(self, address: SocketAddr) {
        let url = format!("http://{address}");
        let traces = TraceServiceClient::connect(url.clone()).await;
        let mut traces = traces.expect("it listens");
        let mut logs = LogsServiceClient::connect(url).await.expect("it listens");
        for sent in self.requests() {
            let bytes = sent.request();
            let is_acknowledged = match sent.signal {
                Signal::Spans => {
                    let request = ExportTraceServiceRequest::decode(bytes);
                    let answer = traces.export(request.expect("prost encoded it")).await;
                    answer.is_ok_and(|it| is_whole(it.into_inner().partial_success.as_ref()))
                }
                Signal::LogRecords => {
                    let request = ExportLogsServiceRequest::decode(bytes);
                    let answer = logs.export(request.expect("prost encoded it")).await;
                    answer.is_ok_and(|it| is_whole(it.into_inner().partial_success.as_ref()))
                }
            };
            if !is_acknowledged {
                return;
            }
            let _ = self.acknowledged.send(sent);
        }
    }

    /// Requests that nobody has sent yet, without end.
    fn requests(&self) -> impl Iterator<Item = Sent> {
        self.signals.iter().cycle().map(|&signal| Sent {
            signal,
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
        })
    }
}

impl Sent {
    pub(super) fn trace_id(self) -> TraceId {
        trace_id(self.number.into())
    }

    fn path(self) -> &'static str {
        match self.signal {
            Signal::Spans => "/v1/traces",
            Signal::LogRecords => "/v1/logs",
        }
    }

    fn request(self) -> Bytes {
        match self.signal {
            Signal::Spans => trace_of(self.number),
            Signal::LogRecords => log_records::request_of(self.number),
        }
    }
}

/// Nothing in these requests is to be refused.
fn is_whole<T: Debug>(partial_success: Option<&T>) -> bool {
    assert!(partial_success.is_none(), "refused: {partial_success:?}");
    true
}

fn trace_of(number: u64) -> Bytes {
    let cart = service("cart");
    let spans: Vec<_> = (1..=ITEMS_A_REQUEST as u64)
        .map(|id| span(&cart, number.into(), id))
        .collect();
    request_of(&spans)
}
