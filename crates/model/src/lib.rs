//! Spans, log records, resources, scopes, events, links and values, as the backend holds them.
//!
//! The names and meanings are those of OpenTelemetry's data models of traces
//! (<https://opentelemetry.io/docs/specs/otel/trace/api/>) and logs
//! (<https://opentelemetry.io/docs/specs/otel/logs/data-model/>). Nothing here knows a protocol or a
//! file format: those have their own twins of these types at their edges.

mod batch;
mod log_record;
mod span;
mod time;
mod tree;
mod value;

pub use batch::{
    AttributeContent, AttributeOwner, AttributeRef, AttributeSlot, Attributes, AttributesIter,
    Batch, BatchBuilder, Blob, EventParts, EventRef, LinkParts, LinkRef, LogBatch, LogRecordParts,
    LogRecordRef, RawAttribute, RawValue, RequestTooLarge, ResourceParts, ResourceRef, Room,
    ScopeParts, ScopeRef, SpanParts, SpanRef, Text, TooManyEntries, ValueRef, Values,
};
pub use clew_trace_context::{SpanId, TraceId};
pub use log_record::{LogRecord, Severity, SeverityLevel};
pub use span::{
    Event, Link, Resource, SERVICE_NAME, Scope, Span, SpanKind, Status, StatusCode, Trace,
};
pub use time::{TimeRange, Timestamp};
pub use tree::{SpanNode, SpanTree};
pub use value::{KeyValue, Value};
