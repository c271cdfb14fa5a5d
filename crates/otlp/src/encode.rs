//! The answers to OTLP requests, as protobuf.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;

use crate::writer::Writer;

/// The longest message that an answer carries, in bytes. OTLP asks that answers stay under 4 MiB;
/// a reader of logs is served by far less.
const MESSAGE_LEN_MAX: usize = 4096;

/// The type of the only detail that a status carries here.
const RETRY_INFO_TYPE: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// `ExportTraceServiceResponse`, and those of logs and metrics, which differ in names alone: how
/// many records were refused, and why. Without either the answer is empty, which means full
/// success; a message alone is a warning.
///
/// A message of more than 4096 bytes is cut.
pub fn encode_export_response(rejected: u64, message: &str) -> Bytes {
    let mut response = Writer::default();
    if rejected > 0 || !message.is_empty() {
        response.message(1, |partial_success| {
            partial_success.uint_if_set(1, rejected);
            partial_success.text_if_set(2, shortened(message));
        });
    }
    response.finish()
}

/// `google.rpc.Status`, the body of every error: `code` is one of gRPC's, `retry_after` goes along
/// as a `google.rpc.RetryInfo`.
///
/// A message of more than 4096 bytes is cut.
pub fn encode_status(code: i32, message: &str, retry_after: Option<Duration>) -> Bytes {
    let mut status = Writer::default();
    if code != 0 {
        status.int(1, code.into());
    }
    status.text_if_set(2, shortened(message));
    if let Some(delay) = retry_after {
        status.message(3, |any| {
            any.text_if_set(1, RETRY_INFO_TYPE);
            any.message(2, |info| retry_info(info, delay));
        });
    }
    status.finish()
}

/// `google.rpc.RetryInfo`, whose one field is a `google.protobuf.Duration`.
fn retry_info(info: &mut Writer, delay: Duration) {
    info.message(1, |duration| {
        duration.uint_if_set(1, delay.as_secs());
        duration.uint_if_set(2, delay.subsec_nanos().into());
    });
}

fn shortened(message: &str) -> &str {
    &message[..message.floor_char_boundary(MESSAGE_LEN_MAX)]
}
