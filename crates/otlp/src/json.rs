//! OTLP in JSON: requests as clients without protobuf send them.
//!
//! The mapping is that of protobuf with the exceptions that OTLP makes
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): ids are hexadecimal, enums
//! are numbers, and only lowerCamelCase names count. What protobuf's own mapping lets a sender do
//! is read too: 64-bit numbers as text or as numbers, `null` for a default, `"NaN"`. Half of a
//! surrogate pair in a text is read as U+FFFD.

mod count;
mod excerpt;
mod ids;
mod memory;
mod object;
mod scalar;
mod schema;
mod surrogate;
#[cfg(test)]
mod tests;
mod transcode;

pub use count::{count_data_points_json, count_log_records_json};
pub use memory::json_memory_max;

use bytes::Bytes;
use clew_model::Room;

use crate::logs::{DecodedLogs, decode_logs_within};
use crate::traces::{Decoded, decode_traces_within};

/// A request that is no OTLP in JSON: what is wrong, and at which line and column.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The text is no JSON, or no request.
    #[error("the request is not OTLP in JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// What was read does not fit into a batch. Where the batch was full is said in bytes of
    /// protobuf, which its sender never saw.
    #[error("the request does not fit: {}", .0.what)]
    Batch(#[from] crate::DecodeError),
}

/// Reads an `ExportTraceServiceRequest` in JSON.
///
/// The batch's bytes are the same request in protobuf, without the spans that were refused: so a
/// store that keeps the bytes keeps one format only. Fields that OTLP does not have are passed
/// over, and a span whose ids are not valid is left out and counted, as in
/// [`decode_traces`](crate::decode_traces). Beside the request and what the batch has beside its
/// bytes, this takes no more than [`json_memory_max`].
///
/// # Errors
/// If the text is not such a message.
pub fn decode_traces_json(request: Bytes) -> Result<Decoded, JsonError> {
    decode_traces_json_within(request, &mut |_| true)
}

/// The same within some room, as [`decode_traces_within`].
///
/// # Errors
/// If the text is not such a message, or there is no room.
pub fn decode_traces_json_within<'r>(
    request: Bytes,
    room: &'r mut Room<'r>,
) -> Result<Decoded, JsonError> {
    let (request, rejected) = transcode::transcode(request)?;
    let decoded = decode_traces_within(request, room)?;
    Ok(Decoded {
        rejected,
        ..decoded
    })
}

/// Reads an `ExportLogsServiceRequest` in JSON, as [`decode_traces_json`] reads a request of spans and
/// [`decode_logs`] one of log records.
///
/// # Errors
/// If the text is not such a message.
pub fn decode_logs_json(request: Bytes) -> Result<DecodedLogs, JsonError> {
    decode_logs_json_within(request, &mut |_| true)
}

/// The same within some room, as [`decode_logs_within`].
///
/// # Errors
/// If the text is not such a message, or there is no room.
pub fn decode_logs_json_within<'r>(
    request: Bytes,
    room: &'r mut Room<'r>,
) -> Result<DecodedLogs, JsonError> {
    let (request, without_context) = transcode::transcode_logs(request)?;
    Ok(DecodedLogs {
        without_context,
        ..decode_logs_within(request, room)?
    })
}
