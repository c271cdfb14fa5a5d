//! OTLP over gRPC: the three `Export` calls, framed and unframed here.
//!
//! A unary call is one message with five bytes in front of it. tonic's codec would take the whole
//! memory that those bytes announce before any of it arrived, count no requests together, and
//! answer an oversized one with `OUT_OF_RANGE`, which exporters send again for ever (decision
//! record 2). Its `Status` does the rest.
//!
//! Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

use std::sync::Arc;

use ::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, post};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use tonic::Status;

use super::body::{self, Encoding};
use super::refusal::Refusal;
use super::{Accepted, Format, Receiver, Signal, http};

const GRPC: &str = "application/grpc";
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Before each message: one byte that tells whether it is compressed, four that tell its length.
const PREFIX_BYTES: usize = 5;

/// The route of a signal.
pub(super) fn export(signal: Signal) -> MethodRouter<Arc<Receiver>> {
    post(
        async move |State(receiver): State<Arc<Receiver>>, request: Request| {
            answer(&receiver, signal, request).await
        },
    )
}

/// Whether these are the headers of a gRPC call, in whichever message format.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    message_format(headers).is_some()
}

/// The message format that the content type names: empty in `application/grpc`, `+proto` in
/// `application/grpc+proto`. `None` if the request is no gRPC call at all.
fn message_format(headers: &HeaderMap) -> Option<&str> {
    let essence = http::essence(headers);
    let (start, format) = essence.split_at_checked(GRPC.len())?;
    let is_grpc =
        start.eq_ignore_ascii_case(GRPC) && (format.is_empty() || format.starts_with('+'));
    is_grpc.then_some(format)
}

async fn answer(receiver: &Receiver, signal: Signal, request: Request) -> Response {
    // A web page may send a few content types anywhere without being asked for leave first
    // (<https://fetch.spec.whatwg.org/#cors-safelisted-request-header>), and none of them is here.
    let accepted = match message_format(request.headers()) {
        Some("" | "+proto") => receive(receiver, signal, request).await,
        Some(_) => Err(Refusal::GrpcFormat(
            http::essence(request.headers()).to_owned(),
        )),
        None => {
            let refusal = Refusal::NotGrpc(http::essence(request.headers()).to_owned());
            return http::failure(&refusal, request.headers());
        }
    };
    match accepted {
        Ok(accepted) => success(&accepted),
        Err(refusal) => failure(&refusal),
    }
}

async fn receive(
    receiver: &Receiver,
    signal: Signal,
    request: Request,
) -> Result<Accepted, Refusal> {
    let encoding = match request.headers().get(GRPC_ENCODING) {
        Some(encoding) => Encoding::parse(encoding.to_str().unwrap_or("?"))?,
        None => Encoding::Identity,
    };
    let bytes_max = receiver.request_bytes_max;
    let mut body = request.into_body();
    let read = body::read(&mut body, bytes_max + PREFIX_BYTES, &receiver.in_flight);
    let (framed, reservation) = read.await.map_err(|refusal| match refusal {
        // The limit is on the message, and so it is told.
        Refusal::TooLarge { .. } => Refusal::TooLarge { bytes_max },
        refusal => refusal,
    })?;
    let (message, compressed) = unframe(framed)?;
    let encoding = match (compressed, encoding) {
        (false, _) => Encoding::Identity,
        (true, Encoding::Gzip) => Encoding::Gzip,
        (true, Encoding::Identity) => {
            let problem = "the message is marked as compressed, and grpc-encoding says it is not";
            return Err(Refusal::Broken(problem.to_owned()));
        }
    };
    let message = body::decompress(message, encoding, bytes_max, reservation).await?;
    receiver.export(signal, Format::Protobuf, message).await
}

/// The one message of a call, and whether it is compressed.
fn unframe(mut framed: Bytes) -> Result<(Bytes, bool), Refusal> {
    if framed.is_empty() {
        return Err(Refusal::NotUnary);
    }
    if framed.len() < PREFIX_BYTES {
        return Err(Refusal::Broken("a message has no length".to_owned()));
    }
    let compressed = match framed.get_u8() {
        0 => false,
        1 => true,
        flag => {
            let problem = format!("the compression flag of a message is {flag}, not 0 or 1");
            return Err(Refusal::Broken(problem));
        }
    };
    let announced = framed.get_u32() as usize;
    let found = framed.len();
    match found.checked_sub(announced) {
        Some(0) => Ok((framed, compressed)),
        Some(_) => Err(Refusal::NotUnary),
        None => {
            let problem = format!("{found} bytes of a message of {announced} arrived");
            Err(Refusal::Broken(problem))
        }
    }
}

fn success(accepted: &Accepted) -> Response {
    let message = accepted.encode();
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.put_u8(0);
    // Answers are cut at a few kilobytes when they are encoded.
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put(message);

    let trailers = HeaderMap::from_iter([(Status::GRPC_STATUS, HeaderValue::from_static("0"))]);
    let body = Full::new(framed.freeze()).with_trailers(async { Some(Ok(trailers)) });
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(GRPC))];
    accepting((headers, Body::new(body)).into_response())
}

/// The refusal as a response without a message.
pub(super) fn failure(refusal: &Refusal) -> Response {
    // The details are a whole `google.rpc.Status`, and of use only if they say more.
    let details = match refusal.retry_after() {
        Some(_) => refusal.encode(),
        None => Bytes::new(),
    };
    let status = Status::with_details(refusal.grpc_code(), refusal.to_string(), details);
    accepting(status.into_http())
}

/// Says which compression a client may use.
fn accepting(mut response: Response) -> Response {
    let accepted = HeaderValue::from_static("gzip,identity");
    response
        .headers_mut()
        .insert(GRPC_ACCEPT_ENCODING, accepted);
    response
}

#[cfg(test)]
mod tests;
