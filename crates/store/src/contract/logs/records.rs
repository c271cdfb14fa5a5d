//! Log records for the suite.

use std::sync::Arc;

use clew_model::{LogRecord, Scope, Severity, SeverityLevel, Timestamp, Value};

use super::super::spans::{at_ms, service, span_id, trace_id};

/// A log record of service `cart`, of level info, so many milliseconds into the suite's time.
pub(super) fn record(text: &str, millis: u64) -> LogRecord {
    LogRecord {
        time: at_ms(millis),
        observed_time: at_ms(millis + 1),
        severity: SeverityLevel::Info.least(),
        severity_text: "INFO".to_owned(),
        body: Value::String(text.to_owned()),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        flags: 0,
        trace_id: None,
        span_id: None,
        event_name: String::new(),
        resource: service("cart"),
        scope: Arc::new(Scope::default()),
    }
}

/// The same of this level.
pub(super) fn of_level(level: SeverityLevel, record: LogRecord) -> LogRecord {
    LogRecord {
        severity: level.least(),
        severity_text: level.name().to_uppercase(),
        ..record
    }
}

/// The same within a span.
pub(super) fn within(trace: u8, span: u8, record: LogRecord) -> LogRecord {
    LogRecord {
        trace_id: Some(trace_id(trace)),
        span_id: Some(span_id(span)),
        flags: 1,
        ..record
    }
}

/// The same without a severity, and without a time of its own.
pub(super) fn bare(record: LogRecord) -> LogRecord {
    LogRecord {
        time: Timestamp::MIN,
        severity: Severity::default(),
        severity_text: String::new(),
        ..record
    }
}
