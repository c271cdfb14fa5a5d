//! When two log records are one and the same.

use clew_model::{Attributes, LogRecordRef, Severity, SpanId, Timestamp, TraceId, ValueRef};

/// All that tells a log record from another: its content, and who says it. One that was sent twice has
/// the same identity both times. It has no id of its own, as a [span](crate::SpanIdentity) has: two
/// instances of a service that say the same in one millisecond are told apart by their resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogRecordIdentity<'a> {
    resource: Attributes<'a>,
    scope: [&'a str; 2],
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
            resource: record.resource().attributes(),
            scope: [record.scope().name(), record.scope().version()],
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
