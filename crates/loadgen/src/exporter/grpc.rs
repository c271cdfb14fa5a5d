//! OTLP over gRPC.

use std::error::Error;

use bytes::{Buf as _, BufMut as _, Bytes};
use http::uri::PathAndQuery;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{self, Channel};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::{Acknowledgement, Refusal, TIMEOUT, acknowledgement};
use crate::{Endpoint, Signal};

const EXPORT_TRACES: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");

const EXPORT_LOGS: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.logs.v1.LogsService/Export");

pub(crate) struct Exporter {
    client: Grpc<Channel>,
    export: PathAndQuery,
}

impl Exporter {
    pub(super) async fn connect(
        endpoint: &Endpoint,
        signal: Signal,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let endpoint = transport::Endpoint::from_shared(endpoint.url().to_string())?;
        let endpoint = endpoint.connect_timeout(TIMEOUT).timeout(TIMEOUT);
        let client = Grpc::new(endpoint.connect().await?);
        let export = match signal {
            Signal::Traces => EXPORT_TRACES,
            Signal::Logs => EXPORT_LOGS,
        };
        Ok(Self { client, export })
    }

    pub(super) async fn send(&mut self, request: Bytes) -> Result<Acknowledgement, Refusal> {
        // It may be connecting again.
        self.client
            .ready()
            .await
            .map_err(|error| Refusal::TryLater {
                reason: error.to_string(),
                after: None,
            })?;
        let answer = self
            .client
            .unary(Request::new(request), self.export.clone(), Export)
            .await;
        match answer {
            Ok(response) => Ok(acknowledgement(response.into_inner())),
            Err(status) => Err(refusal(&status)),
        }
    }
}

/// Which refusals are not for good:
/// <https://opentelemetry.io/docs/specs/otlp/#failures>.
fn refusal(status: &Status) -> Refusal {
    let reason = format!("{:?}: {}", status.code(), status.message());
    let info = status.get_details_retry_info();
    let after = info.as_ref().and_then(|info| info.retry_delay);
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Refusal::TryLater { reason, after },
        Code::ResourceExhausted if info.is_some() => Refusal::TryLater { reason, after },
        // What the connection makes of an answer that never came.
        Code::Unknown if status.source().is_some() => Refusal::TryLater { reason, after },
        _ => Refusal::ForGood { reason },
    }
}

/// Requests as the bytes that they are, answers by prost.
#[derive(Clone, Copy, Default)]
struct Export;

impl Codec for Export {
    type Encode = Bytes;
    type Decode = ExportTraceServiceResponse;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Export {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, request: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(request.remaining());
        out.put(request);
        Ok(())
    }
}

impl Decoder for Export {
    type Item = ExportTraceServiceResponse;
    type Error = Status;

    fn decode(&mut self, answer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        ExportTraceServiceResponse::decode(answer)
            .map(Some)
            .map_err(|error| Status::internal(format!("the answer cannot be read: {error}")))
    }
}
