//! A span as an answer gives it: owned, complete, in the terms of OpenTelemetry.

use std::sync::Arc;
use std::time::Duration;

use crate::{KeyValue, SpanId, Timestamp, TraceId, Value};

/// The key of the resource attribute that names a service.
pub const SERVICE_NAME: &str = "service.name";

/// The producer of spans: a process, a pod, a device.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    /// Its attributes, in the order sent.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// The schema that the attributes follow; empty if not told.
    pub schema_url: String,
}

impl Resource {
    /// What `service.name` says, if it is there and is text.
    pub fn service_name(&self) -> Option<&str> {
        find(&self.attributes, SERVICE_NAME)?.as_str()
    }
}

/// The library that made the spans.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    /// Its name; empty if not told.
    pub name: String,
    /// Its version; empty if not told.
    pub version: String,
    /// Its attributes, in the order sent.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// The schema that the spans follow; empty if not told.
    pub schema_url: String,
}

/// Which side of which exchange a span stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpanKind {
    /// Work within a service. Kind 0 on the wire, "unspecified", means this too.
    Internal,
    /// A request being served.
    Server,
    /// A request being made.
    Client,
    /// A message being sent.
    Producer,
    /// A message being handled.
    Consumer,
    /// A number that OpenTelemetry may give a meaning to one day.
    Other(i32),
}

/// How the work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatusCode {
    /// Nothing was said, which is the usual case of success.
    Unset,
    /// Success, said outright.
    Ok,
    /// Failure.
    Error,
    /// A number that OpenTelemetry may give a meaning to one day.
    Other(i32),
}

/// How the work ended, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Success or failure.
    pub code: StatusCode,
    /// The reason, for a reader; empty if none was given.
    pub message: String,
}

/// Something that happened at one moment of a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// What, such as `exception`.
    pub name: String,
    /// Its attributes, in the order sent.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
}

/// A reference to a span that is not a parent, often of another trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The trace that the link leads to, `None` if the sender had none. OpenTelemetry asks SDKs to
    /// record such links for the sake of their attributes.
    pub trace_id: Option<TraceId>,
    /// The span that the link leads to, `None` if the sender had none.
    pub span_id: Option<SpanId>,
    /// The `tracestate` of that span; empty if none.
    pub trace_state: String,
    /// Its attributes, in the order sent.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// The flags of that span, as sent.
    pub flags: u32,
}

/// One piece of work of one service, as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Which span of the trace it is.
    pub span_id: SpanId,
    /// The span that caused it, `None` for a root.
    pub parent_span_id: Option<SpanId>,
    /// The `tracestate` of the span; empty if none.
    pub trace_state: String,
    /// Bits 0–7 are the W3C trace flags, 8 and 9 tell whether the parent is remote; clients set
    /// the sampled bit so differently that nothing may depend on it.
    pub flags: u32,
    /// What was done, such as `GET /bands/{id}`.
    pub name: String,
    /// Which side of which exchange it is.
    pub kind: SpanKind,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; before `start` if the sender's clock jumped.
    pub end: Timestamp,
    /// Its attributes, in the order sent.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// Its events, in the order sent.
    pub events: Vec<Event>,
    /// How many events the sender left out.
    pub dropped_events_count: u32,
    /// Its links, in the order sent.
    pub links: Vec<Link>,
    /// How many links the sender left out.
    pub dropped_links_count: u32,
    /// How it ended.
    pub status: Status,
    /// Who sent it.
    pub resource: Arc<Resource>,
    /// The library that made it.
    pub scope: Arc<Scope>,
}

impl Span {
    /// How long it took; zero if it ended before it started.
    pub fn duration(&self) -> Duration {
        self.end.since(self.start)
    }

    /// The service that sent it, if its resource names one.
    pub fn service_name(&self) -> Option<&str> {
        self.resource.service_name()
    }

    /// The value of the span's own attribute of this key.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }

    /// About how many bytes of memory it takes. Its resource and scope are shared and not counted.
    pub fn memory_len(&self) -> usize {
        let events = self
            .events
            .iter()
            .map(|event| size_of::<Event>() + event.name.len() + memory_len(&event.attributes));
        let links = self
            .links
            .iter()
            .map(|link| size_of::<Link>() + link.trace_state.len() + memory_len(&link.attributes));
        let texts = self.name.len() + self.trace_state.len() + self.status.message.len();
        size_of::<Self>()
            + texts
            + memory_len(&self.attributes)
            + events.sum::<usize>()
            + links.sum::<usize>()
    }

    /// Whether the span says that it failed.
    pub fn is_error(&self) -> bool {
        self.status.code == StatusCode::Error
    }
}

/// All spans of one trace that have arrived, by start and then by span id.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The id that all of them carry.
    pub id: TraceId,
    /// At least one span.
    pub spans: Vec<Span>,
}

/// About how many bytes of memory the attributes take.
pub(crate) fn memory_len(attributes: &[KeyValue]) -> usize {
    let lens = attributes.iter().map(|attribute| {
        size_of::<KeyValue>() + attribute.key.len() + attribute.value.memory_len()
    });
    lens.sum()
}

/// The value of the first attribute of this key.
fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes
        .iter()
        .find(|attribute| attribute.key == key)
        .map(|attribute| &attribute.value)
}
