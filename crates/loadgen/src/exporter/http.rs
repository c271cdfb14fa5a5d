//! OTLP as protobuf over HTTP/1.1.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use url::Url;

use super::{Acknowledgement, Refusal, TIMEOUT, acknowledgement, knock};
use crate::{Endpoint, Signal, http_client};

const PROTOBUF: &str = "application/x-protobuf";

pub(crate) struct Exporter {
    client: reqwest::Client,
    url: Url,
}

impl Exporter {
    pub(super) async fn connect(
        endpoint: &Endpoint,
        signal: Signal,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        knock(endpoint).await?;
        Ok(Self {
            client: http_client(TIMEOUT)?,
            url: endpoint.url_of(signal),
        })
    }

    pub(super) async fn send(&mut self, request: Bytes) -> Result<Acknowledgement, Refusal> {
        let request = self.client.post(self.url.clone()).body(request);
        let response = request
            .header(CONTENT_TYPE, PROTOBUF)
            .send()
            .await
            .map_err(|error| unanswered(&error))?;
        let status = response.status();
        let after = retry_after(response.headers());
        let body = response.bytes().await.map_err(|error| unanswered(&error))?;
        if !status.is_success() {
            return Err(refusal(status, after, &body));
        }
        match ExportTraceServiceResponse::decode(body) {
            Ok(response) => Ok(acknowledgement(response)),
            Err(error) => Err(Refusal::ForGood {
                reason: format!("the answer cannot be read: {error}"),
            }),
        }
    }
}

fn unanswered(error: &reqwest::Error) -> Refusal {
    let reason = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    Refusal::TryLater {
        reason,
        after: None,
    }
}

/// Which refusals are not for good:
/// <https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes>.
fn refusal(status: StatusCode, after: Option<Duration>, body: &Bytes) -> Refusal {
    let message = tonic_types::Status::decode(body.clone()).unwrap_or_default();
    let reason = format!("{status}: {}", message.message);
    match status.as_u16() {
        429 | 502 | 503 | 504 => Refusal::TryLater { reason, after },
        _ => Refusal::ForGood { reason },
    }
}

/// In seconds; the other form of the header, a date, is not used for overload.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    seconds.parse().ok().map(Duration::from_secs)
}
