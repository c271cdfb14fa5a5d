//! The answers to OTLP requests, as protobuf.

#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes, BytesMut};

use crate::wire::WireType;

/// The longest message that an answer carries, in bytes. OTLP asks that answers stay under 4 MiB;
/// a reader of logs is served by far less.
const MESSAGE_LEN_MAX: usize = 4096;

/// `ExportTraceServiceResponse`: how many spans were refused, and why. Without either the answer is
/// empty, which means full success; a message alone is a warning.
///
/// A message of more than 4096 bytes is cut.
pub fn encode_trace_response(rejected: u64, message: &str) -> Bytes {
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

/// `google.rpc.Status`, the body of every error: `code` is one of gRPC's.
///
/// A message of more than 4096 bytes is cut.
pub fn encode_status(code: i32, message: &str) -> Bytes {
    let mut status = BytesMut::new();
    if code != 0 {
        // Protobuf extends the sign of an `int32` to 64 bits.
        put_varint_field(&mut status, 1, i64::from(code).cast_unsigned());
    }
    put_text(&mut status, 2, message);
    status.freeze()
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
