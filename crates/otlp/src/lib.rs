//! OTLP on the wire: from protobuf bytes to a checked batch, and the answers back.
//!
//! The messages are those of OTLP 1.11 (<https://github.com/open-telemetry/opentelemetry-proto>).
//! [`decode_traces`] walks them where they lie; it accepts and refuses what a generated decoder
//! does, and the tests hold it against one. [`decode_traces_json`] reads the same in JSON. Log records
//! have their own two: [`decode_logs`] and [`decode_logs_json`].

mod count;
mod encode;
mod encode_logs;
mod encode_traces;
mod error;
mod json;
mod logs;
mod parts;
mod rejected;
mod traces;
mod walker;
mod wire;
mod writer;

pub use count::{count_data_points, count_log_records};
pub use encode::{encode_export_response, encode_status};
pub use encode_logs::encode_logs;
pub use encode_traces::{EncodedSpans, encode_resource_spans, encode_traces};
pub use error::{DecodeError, Malformed};
pub use json::{
    JsonError, count_data_points_json, count_log_records_json, decode_logs_json,
    decode_logs_json_within, decode_traces_json, decode_traces_json_within, json_memory_max,
};
pub use logs::{DecodedLogs, decode_logs, decode_logs_within};
pub use parts::{
    AttributesWriter, LogRecordFields, RecordsWriter, RequestWriter, SpanFields, ValuePart,
    encode_attributes, encode_events, encode_links, encode_resource, encode_scope, encode_value,
    kind_number, kind_of_number, split_attributes, status_number, status_of_number,
};
pub use rejected::{InvalidSpan, Rejected, RejectedSpan, SpanPlace};
pub use traces::{Decoded, decode_traces, decode_traces_within};
