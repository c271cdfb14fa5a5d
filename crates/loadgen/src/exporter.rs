//! Sends requests over one connection, and says how each went.

mod grpc;
mod http;

use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use tokio::net::TcpStream;

use crate::{Endpoint, Protocol, Signal};

/// How long a connection may take to be made, and an answer to come: OpenTelemetry's default for
/// exporters (`OTEL_EXPORTER_OTLP_TIMEOUT`).
const TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a backend.
pub(crate) enum Exporter {
    Grpc(grpc::Exporter),
    Http(http::Exporter),
}

/// What a backend has taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    /// How many spans of the request it has refused.
    pub(crate) rejected: u64,
    /// Why; empty if it said nothing.
    pub(crate) message: String,
}

/// Why a request was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It may be taken later. `after` is when the backend wants it again, if it said so.
    TryLater {
        reason: String,
        after: Option<Duration>,
    },
    /// It never will be.
    ForGood { reason: String },
}

/// Nobody answers at the endpoint.
#[derive(Debug, thiserror::Error)]
#[error("nothing answers at {endpoint}; is the backend running, and is this its {protocol} port?")]
pub struct ConnectError {
    endpoint: Endpoint,
    protocol: Protocol,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Exporter {
    pub(crate) async fn connect(
        endpoint: &Endpoint,
        protocol: Protocol,
        signal: Signal,
    ) -> Result<Self, ConnectError> {
        let connected = match protocol {
            Protocol::Grpc => grpc::Exporter::connect(endpoint, signal)
                .await
                .map(Self::Grpc),
            Protocol::HttpProtobuf => http::Exporter::connect(endpoint, signal)
                .await
                .map(Self::Http),
        };
        connected.map_err(|source| ConnectError {
            endpoint: endpoint.clone(),
            protocol,
            source,
        })
    }

    /// Sends a request of this signal, once.
    pub(crate) async fn send(&mut self, request: Bytes) -> Result<Acknowledgement, Refusal> {
        match self {
            Self::Grpc(exporter) => exporter.send(request).await,
            Self::Http(exporter) => exporter.send(request).await,
        }
    }
}

/// Whether anybody listens there, for a client that connects only when it sends.
async fn knock(endpoint: &Endpoint) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let addresses = endpoint.url().socket_addrs(|| None)?;
    tokio::time::timeout(TIMEOUT, TcpStream::connect(&addresses[..])).await??;
    Ok(())
}

/// The answers to requests of log records differ in the names of fields alone.
fn acknowledgement(response: ExportTraceServiceResponse) -> Acknowledgement {
    let partial = response.partial_success.unwrap_or_default();
    Acknowledgement {
        rejected: u64::try_from(partial.rejected_spans).unwrap_or_default(),
        message: partial.error_message,
    }
}
