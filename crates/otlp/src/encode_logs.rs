//! Log records as an export request, the way that a client sends them.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use clew_model::{LogRecord, Value};

use crate::encode_traces::{any_value, attributes, of_resource, same};
use crate::writer::Writer;

/// Room for a log record of the size that services send; a longer one makes the buffer grow.
const RECORD_LEN_USUAL: usize = 256;

/// `ExportLogsServiceRequest`: the log records in the order given. Neighbours of one resource and one
/// scope share their description.
///
/// Every field that [`LogRecord`] has is written, so that decoding gives the same records again.
pub fn encode_logs(records: &[LogRecord]) -> Bytes {
    let mut request = Writer::with_capacity(records.len() * RECORD_LEN_USUAL);
    for records in records.chunk_by(|a, b| same(&a.resource, &b.resource)) {
        let scopes = records.chunk_by(|a, b| same(&a.scope, &b.scope));
        let scopes = scopes.map(|records| (&*records[0].scope, records));
        of_resource(
            &mut request,
            &records[0].resource,
            scopes,
            |out, records| {
                for record in records {
                    out.message(2, |out| self::record(out, record));
                }
            },
        );
    }
    request.finish()
}

fn record(out: &mut Writer, record: &LogRecord) {
    out.fixed64_if_set(1, record.time.unix_nanos());
    out.int_if_set(2, record.severity.number().into());
    out.text_if_set(3, &record.severity_text);
    if record.body != Value::Empty {
        out.message(5, |out| any_value(out, &record.body));
    }
    attributes(out, 6, &record.attributes);
    out.uint_if_set(7, record.dropped_attributes_count.into());
    out.fixed32_if_set(8, record.flags);
    if let Some(trace_id) = record.trace_id {
        out.bytes(9, &trace_id.to_bytes());
    }
    if let Some(span_id) = record.span_id {
        out.bytes(10, &span_id.to_bytes());
    }
    out.fixed64_if_set(11, record.observed_time.unix_nanos());
    out.text_if_set(12, &record.event_name);
}
