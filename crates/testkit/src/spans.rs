//! Plain spans, to be made special by struct update.

use std::sync::{Arc, LazyLock};

use clew_model::{
    KeyValue, LogRecord, Resource, SERVICE_NAME, Scope, SeverityLevel, Span, SpanId, SpanKind,
    Status, StatusCode, Timestamp, TraceId, Value,
};

/// When a plain span starts: 2023-03-30 10:33:58 UTC.
pub const SPAN_START: Timestamp = Timestamp::from_unix_nanos(1_680_172_438_000_000_000);

/// How long a plain span takes, in nanoseconds.
const SPAN_NANOS: u64 = 5_000_000;

/// What made the plain spans, shared by all of them so that one request sends them under it.
static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(Arc::default);

/// The id of this number.
///
/// # Panics
/// If the number is zero.
pub fn trace_id(number: u128) -> TraceId {
    TraceId::from_bytes(number.to_be_bytes()).expect("tests count from one")
}

/// The id of this number.
///
/// # Panics
/// If the number is zero.
pub fn span_id(number: u64) -> SpanId {
    SpanId::from_bytes(number.to_be_bytes()).expect("tests count from one")
}

/// A resource that names this service and nothing else.
pub fn service(name: &str) -> Arc<Resource> {
    Arc::new(Resource {
        attributes: vec![KeyValue::new(SERVICE_NAME, name)],
        ..Resource::default()
    })
}

/// A root span of the service, `GET /`, that starts at [`SPAN_START`] and takes 5 ms.
///
/// # Panics
/// If an id is zero.
pub fn span(resource: &Arc<Resource>, trace: u128, id: u64) -> Span {
    Span {
        trace_id: trace_id(trace),
        span_id: span_id(id),
        parent_span_id: None,
        trace_state: String::new(),
        flags: 1,
        name: "GET /".to_owned(),
        kind: SpanKind::Server,
        start: SPAN_START,
        end: Timestamp::from_unix_nanos(SPAN_START.unix_nanos() + SPAN_NANOS),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Vec::new(),
        dropped_events_count: 0,
        links: Vec::new(),
        dropped_links_count: 0,
        status: Status {
            code: StatusCode::Unset,
            message: String::new(),
        },
        resource: Arc::clone(resource),
        scope: Arc::clone(&SCOPE),
    }
}

/// A log record of the service, of level info, so many seconds after [`SPAN_START`], and observed a
/// nanosecond later.
pub fn log_record(resource: &Arc<Resource>, text: &str, seconds: u64) -> LogRecord {
    let time = SPAN_START.unix_nanos() + seconds * 1_000_000_000;
    LogRecord {
        time: Timestamp::from_unix_nanos(time),
        observed_time: Timestamp::from_unix_nanos(time + 1),
        severity: SeverityLevel::Info.least(),
        severity_text: "INFO".to_owned(),
        body: Value::String(text.to_owned()),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        flags: 0,
        trace_id: None,
        span_id: None,
        event_name: String::new(),
        resource: Arc::clone(resource),
        scope: Arc::clone(&SCOPE),
    }
}
