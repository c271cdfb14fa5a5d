//! When two log records are one and the same.

use clew_model::{Attributes, LogRecordRef, Severity, SpanId, Timestamp, TraceId, ValueRef};

/// All that tells a log record from another: its content, and its service. One that was sent twice has
/// the same identity both times. Its scope and the rest of its resource do not count, as with
/// [spans](crate::SpanIdentity).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogRecordIdentity<'a> {
    service: Option<&'a str>,
    times: [Timestamp; 2],
    severity: (Severity, &'a str),
    body: ValueRef<'a>,
    attributes: Attributes<'a>,
    dropped_attributes_count: u32,
    context: (Option<TraceId>, Option<SpanId>, u32),
    event_name: &'a str,
}

impl<'a> LogRecordIdentity<'a> {
    /// That of this log record.
    pub fn of(record: LogRecordRef<'a>) -> Self {
        Self {
            service: record.service_name(),
            times: [record.time(), record.observed_time()],
            severity: (record.severity(), record.severity_text()),
            body: record.body(),
            attributes: record.attributes(),
            dropped_attributes_count: record.dropped_attributes_count(),
            context: (record.trace_id(), record.span_id(), record.flags()),
            event_name: record.event_name(),
        }
    }
}
