//! What the tests share: spans and log records, and the requests and batches that carry them.

mod requests;
mod spans;

pub use requests::{batch_of, log_batch_of, logs_request_of, request_of};
pub use spans::{SPAN_START, log_record, service, span, span_id, trace_id};
