//! The messages of a request of spans or of log records: the names of their fields in JSON, and their numbers and types
//! in protobuf.

use super::ids::Id;
use super::object::Field;

/// A message: the fields that are read of it, and what it is beyond them.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) fields: &'static [Field<Target>],
    pub(super) role: Role,
}

/// What goes along with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing.
    Plain,
    /// A step on the way to a span, which its place tells.
    ResourceSpans,
    /// The next such step.
    ScopeSpans,
    /// Refused alone if its ids are not valid.
    Span,
    /// Kept without its ids if they are not valid.
    LogRecord,
    /// Of all its fields the last one counts, as in protobuf.
    OneOf,
}

/// Where a value goes in protobuf.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) number: u8,
    pub(super) kind: Kind,
}

/// The type of a field.
#[derive(Debug)]
pub(super) enum Kind {
    /// These are left out if they have their default.
    Text,
    Uint32,
    Fixed32,
    Fixed64,
    Enum,
    Id(Id),
    /// These are written in any case: that they are there says of which type a value is.
    String,
    Bool,
    Int,
    Double,
    Bytes,
    Message(&'static Message),
    List(&'static Message),
}

const fn field(name: &'static str, number: u8, kind: Kind) -> Field<Target> {
    Field {
        name,
        value: Target { number, kind },
    }
}

/// `ExportTraceServiceRequest`.
pub(super) static REQUEST: Message = Message {
    fields: &[field("resourceSpans", 1, Kind::List(&RESOURCE_SPANS))],
    role: Role::Plain,
};

static RESOURCE_SPANS: Message = Message {
    fields: &[
        field("resource", 1, Kind::Message(&RESOURCE)),
        field("scopeSpans", 2, Kind::List(&SCOPE_SPANS)),
        field("schemaUrl", 3, Kind::Text),
    ],
    role: Role::ResourceSpans,
};

static RESOURCE: Message = Message {
    fields: &[
        field("attributes", 1, Kind::List(&KEY_VALUE)),
        field("droppedAttributesCount", 2, Kind::Uint32),
    ],
    role: Role::Plain,
};

static SCOPE_SPANS: Message = Message {
    fields: &[
        field("scope", 1, Kind::Message(&SCOPE)),
        field("spans", 2, Kind::List(&SPAN)),
        field("schemaUrl", 3, Kind::Text),
    ],
    role: Role::ScopeSpans,
};

/// `InstrumentationScope`.
static SCOPE: Message = Message {
    fields: &[
        field("name", 1, Kind::Text),
        field("version", 2, Kind::Text),
        field("attributes", 3, Kind::List(&KEY_VALUE)),
        field("droppedAttributesCount", 4, Kind::Uint32),
    ],
    role: Role::Plain,
};

static SPAN: Message = Message {
    fields: &[
        field("traceId", 1, Kind::Id(Id::Trace)),
        field("spanId", 2, Kind::Id(Id::Span)),
        field("traceState", 3, Kind::Text),
        field("parentSpanId", 4, Kind::Id(Id::Parent)),
        field("name", 5, Kind::Text),
        field("kind", 6, Kind::Enum),
        field("startTimeUnixNano", 7, Kind::Fixed64),
        field("endTimeUnixNano", 8, Kind::Fixed64),
        field("attributes", 9, Kind::List(&KEY_VALUE)),
        field("droppedAttributesCount", 10, Kind::Uint32),
        field("events", 11, Kind::List(&EVENT)),
        field("droppedEventsCount", 12, Kind::Uint32),
        field("links", 13, Kind::List(&LINK)),
        field("droppedLinksCount", 14, Kind::Uint32),
        field("status", 15, Kind::Message(&STATUS)),
        field("flags", 16, Kind::Fixed32),
    ],
    role: Role::Span,
};

/// `ExportLogsServiceRequest`.
pub(super) static LOGS_REQUEST: Message = Message {
    fields: &[field("resourceLogs", 1, Kind::List(&RESOURCE_LOGS))],
    role: Role::Plain,
};

static RESOURCE_LOGS: Message = Message {
    fields: &[
        field("resource", 1, Kind::Message(&RESOURCE)),
        field("scopeLogs", 2, Kind::List(&SCOPE_LOGS)),
        field("schemaUrl", 3, Kind::Text),
    ],
    role: Role::Plain,
};

static SCOPE_LOGS: Message = Message {
    fields: &[
        field("scope", 1, Kind::Message(&SCOPE)),
        field("logRecords", 2, Kind::List(&LOG_RECORD)),
        field("schemaUrl", 3, Kind::Text),
    ],
    role: Role::Plain,
};

static LOG_RECORD: Message = Message {
    fields: &[
        field("timeUnixNano", 1, Kind::Fixed64),
        field("severityNumber", 2, Kind::Enum),
        field("severityText", 3, Kind::Text),
        field("body", 5, Kind::Message(&ANY_VALUE)),
        field("attributes", 6, Kind::List(&KEY_VALUE)),
        field("droppedAttributesCount", 7, Kind::Uint32),
        field("flags", 8, Kind::Fixed32),
        field("traceId", 9, Kind::Id(Id::RecordTrace)),
        field("spanId", 10, Kind::Id(Id::RecordSpan)),
        field("observedTimeUnixNano", 11, Kind::Fixed64),
        field("eventName", 12, Kind::Text),
    ],
    role: Role::LogRecord,
};

static EVENT: Message = Message {
    fields: &[
        field("timeUnixNano", 1, Kind::Fixed64),
        field("name", 2, Kind::Text),
        field("attributes", 3, Kind::List(&KEY_VALUE)),
        field("droppedAttributesCount", 4, Kind::Uint32),
    ],
    role: Role::Plain,
};

static LINK: Message = Message {
    fields: &[
        field("traceId", 1, Kind::Id(Id::LinkTrace)),
        field("spanId", 2, Kind::Id(Id::LinkSpan)),
        field("traceState", 3, Kind::Text),
        field("attributes", 4, Kind::List(&KEY_VALUE)),
        field("droppedAttributesCount", 5, Kind::Uint32),
        field("flags", 6, Kind::Fixed32),
    ],
    role: Role::Plain,
};

static STATUS: Message = Message {
    fields: &[
        field("message", 2, Kind::Text),
        field("code", 3, Kind::Enum),
    ],
    role: Role::Plain,
};

static KEY_VALUE: Message = Message {
    fields: &[
        field("key", 1, Kind::Text),
        field("value", 2, Kind::Message(&ANY_VALUE)),
    ],
    role: Role::Plain,
};

static ANY_VALUE: Message = Message {
    fields: &[
        field("stringValue", 1, Kind::String),
        field("boolValue", 2, Kind::Bool),
        field("intValue", 3, Kind::Int),
        field("doubleValue", 4, Kind::Double),
        field("arrayValue", 5, Kind::Message(&ARRAY_VALUE)),
        field("kvlistValue", 6, Kind::Message(&KEY_VALUE_LIST)),
        field("bytesValue", 7, Kind::Bytes),
    ],
    role: Role::OneOf,
};

static ARRAY_VALUE: Message = Message {
    fields: &[field("values", 1, Kind::List(&ANY_VALUE))],
    role: Role::Plain,
};

static KEY_VALUE_LIST: Message = Message {
    fields: &[field("values", 1, Kind::List(&KEY_VALUE))],
    role: Role::Plain,
};
