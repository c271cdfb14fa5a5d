//! The answers to OTLP requests, as protobuf.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use crate::wire::WireType;

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
    let mut partial_success = BytesMut::new();
    if rejected > 0 {
        put_varint_field(&mut partial_success, 1, rejected);
    }
    put_text(&mut partial_success, 2, message);
    let mut response = BytesMut::new();
    if !partial_success.is_empty() {
        put_bytes(&mut response, 1, &partial_success);
    }
    response.freeze()
}

/// `google.rpc.Status`, the body of every error: `code` is one of gRPC's, `retry_after` goes along
/// as a `google.rpc.RetryInfo`.
///
/// A message of more than 4096 bytes is cut.
pub fn encode_status(code: i32, message: &str, retry_after: Option<Duration>) -> Bytes {
    let mut status = BytesMut::new();
    if code != 0 {
        // Protobuf extends the sign of an `int32` to 64 bits.
        put_varint_field(&mut status, 1, i64::from(code).cast_unsigned());
    }
    put_text(&mut status, 2, message);
    if let Some(delay) = retry_after {
        let mut any = BytesMut::new();
        put_text(&mut any, 1, RETRY_INFO_TYPE);
        put_bytes(&mut any, 2, &retry_info(delay));
        put_bytes(&mut status, 3, &any);
    }
    status.freeze()
}

/// `google.rpc.RetryInfo`, whose one field is a `google.protobuf.Duration`.
fn retry_info(delay: Duration) -> BytesMut {
    let mut duration = BytesMut::new();
    put_varint_field(&mut duration, 1, delay.as_secs());
    put_varint_field(&mut duration, 2, delay.subsec_nanos().into());
    let mut info = BytesMut::new();
    put_bytes(&mut info, 1, &duration);
    info
}

fn put_text(out: &mut BytesMut, number: u8, text: &str) {
    let text = &text[..text.floor_char_boundary(MESSAGE_LEN_MAX)];
    if !text.is_empty() {
        put_bytes(out, number, text.as_bytes());
    }
}

fn put_bytes(out: &mut BytesMut, number: u8, bytes: &[u8]) {
    put_key(out, number, WireType::Bytes);
    put_varint(out, bytes.len() as u64);
    out.put_slice(bytes);
}

fn put_varint_field(out: &mut BytesMut, number: u8, value: u64) {
    put_key(out, number, WireType::Varint);
    put_varint(out, value);
}

/// Answers have field numbers below 16 alone, whose keys take one byte.
fn put_key(out: &mut BytesMut, number: u8, wire_type: WireType) {
    debug_assert!((1..16).contains(&number));
    out.put_u8(number << 3 | wire_type as u8);
}

fn put_varint(out: &mut BytesMut, mut value: u64) {
    while value >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits are wanted")]
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "below 0x80, as the loop ended"
    )]
    out.put_u8(value as u8);
}
