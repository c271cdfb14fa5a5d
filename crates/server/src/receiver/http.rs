//! OTLP over HTTP: `POST /v1/traces`, `/v1/logs`, `/v1/metrics` in protobuf or JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, post};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt as _;
use serde::Serialize;

use super::body::{self, Encoding};
use super::refusal::Refusal;
use super::{Accepted, Format, Receiver, Signal, grpc};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// After a refusal, how long the rest of the request is read off and thrown away. A connection
/// that is closed with bytes unread is reset, and the client loses the answer with it.
const LINGER: Duration = Duration::from_secs(2);

/// The route of a signal.
pub(super) fn export(signal: Signal) -> MethodRouter<Arc<Receiver>> {
    post(
        async move |State(receiver): State<Arc<Receiver>>, request: Request| {
            answer(&receiver, signal, request).await
        },
    )
    .fallback(method_not_allowed)
}

async fn answer(receiver: &Receiver, signal: Signal, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    match receive(receiver, signal, &parts.headers, &mut body).await {
        Ok((Format::Protobuf, accepted)) => success(PROTOBUF, accepted.encode().into()),
        Ok((Format::Json, accepted)) => success(JSON, accepted.encode_json(signal).into()),
        Err(refusal) => {
            linger(&parts.headers, &mut body).await;
            failure(&refusal, &parts.headers)
        }
    }
}

fn success(content_type: &'static str, body: Body) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
    (headers, body).into_response()
}

async fn receive(
    receiver: &Receiver,
    signal: Signal,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<(Format, Accepted), Refusal> {
    let format = match essence(headers) {
        content_type if content_type.eq_ignore_ascii_case(PROTOBUF) => Format::Protobuf,
        content_type if content_type.eq_ignore_ascii_case(JSON) => Format::Json,
        content_type => return Err(Refusal::ContentType(content_type.to_owned())),
    };
    let encoding = Encoding::parse(text(headers, &header::CONTENT_ENCODING))?;
    let bytes_max = receiver.request_bytes_max;
    let (bytes, reservation) = body::read(body, bytes_max, &receiver.in_flight).await?;
    let message = body::decompress(bytes, encoding, bytes_max, reservation).await?;
    Ok((format, receiver.export(signal, format, message).await?))
}

/// Reads off the rest, unless the client waits for leave to send it.
async fn linger(headers: &HeaderMap, body: &mut Body) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whether it came to its end or not, the answer goes out now.
    let _ = tokio::time::timeout(LINGER, rest).await;
}

async fn method_not_allowed(headers: HeaderMap) -> Response {
    let mut response = failure(&Refusal::Method, &headers);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// The answer on every other path.
pub(super) async fn no_such_path(request: Request) -> Response {
    let refusal = Refusal::Path(request.uri().path().to_owned());
    refuse(&refusal, request.headers())
}

/// The refusal in the transport that the request is of.
pub(super) fn refuse(refusal: &Refusal, request: &HeaderMap) -> Response {
    if grpc::is_call(request) {
        grpc::failure(refusal)
    } else {
        failure(refusal, request)
    }
}

/// The refusal of a request that nobody has begun to read, in its transport.
pub(super) async fn refuse_request(refusal: &Refusal, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    // gRPC resets the one call, not the connection.
    if !grpc::is_call(&parts.headers) {
        linger(&parts.headers, &mut body).await;
    }
    refuse(refusal, &parts.headers)
}

/// `google.rpc.Status` in JSON.
#[derive(Serialize)]
struct Status<'a> {
    code: i32,
    message: &'a str,
}

/// The refusal in the request's own encoding; whoever sent neither reads JSON best.
pub(super) fn failure(refusal: &Refusal, request: &HeaderMap) -> Response {
    let (content_type, body) = if essence(request).eq_ignore_ascii_case(PROTOBUF) {
        (PROTOBUF, Body::from(refusal.encode()))
    } else {
        let status = Status {
            code: refusal.grpc_code() as i32,
            message: &refusal.to_string(),
        };
        (JSON, Body::from(serde_json::json!(status).to_string()))
    };
    let mut response = (refusal.http_status(), body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(delay) = refusal.retry_after() {
        headers.insert(header::RETRY_AFTER, delay.as_secs().into());
    }
    response
}

/// The content type without its parameters; empty if there is none.
pub(super) fn essence(headers: &HeaderMap) -> &str {
    let content_type = text(headers, &header::CONTENT_TYPE);
    content_type.split(';').next().unwrap_or_default().trim()
}

/// The value of a header; empty if there is none.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
