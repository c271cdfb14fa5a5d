//! Which columns there are.

use clew_model::{RawValue, ValueRef};
use serde::{Deserialize, Serialize};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum ColumnKey {
    /// One part of every span, or of every log record.
    Part(Part),
    /// The values of one type of an attribute of the spans, or the log records, themselves.
    Attribute {
        /// The attribute's key.
        key: String,
        /// The type of the values.
        kind: AttributeType,
    },
}

impl ColumnKey {
    pub(crate) fn is_attribute(&self, wanted: &[u8], of_kind: AttributeType) -> bool {
        matches!(self, Self::Attribute { key, kind } if *kind == of_kind && key.as_bytes() == wanted)
    }
}

/// A part that every span or log record has, or may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Part {
    /// 16 bytes.
    TraceId,
    /// 8 bytes.
    SpanId,
    /// How many rows after this one the parent is, if it is in the same segment.
    ParentRow,
    /// The parent, if it is elsewhere: these are the rows to look up when a trace is put together
    /// from several segments.
    ParentSpanId,
    /// Nanoseconds since the Unix epoch.
    Start,
    /// In nanoseconds; zero if the end is before the start.
    Duration,
    /// By how many nanoseconds the end is before the start, if it is.
    EndBeforeStart,
    /// When the span arrived, as the store counts it.
    Position,
    /// What was done.
    Name,
    /// The number of OTLP.
    Kind,
    /// The number of OTLP.
    StatusCode,
    /// Bits, as sent.
    Flags,
    /// Who sent it: OTLP's `ResourceSpans` without spans.
    Resource,
    /// The library that made it: OTLP's `ScopeSpans` without spans.
    Scope,
    /// Which columns its attributes are in, in the order sent: for each the number of the column, in
    /// LEB128, counted from 1 at the first column of an attribute; 0 for the next of
    /// [`Part::OtherAttributes`].
    Shape,
    /// Why it failed, if it says so.
    StatusMessage,
    /// Its `tracestate`, if it has one.
    TraceState,
    /// How many attributes the sender left out, if any.
    DroppedAttributes,
    /// How many events the sender left out, if any.
    DroppedEvents,
    /// How many links the sender left out, if any.
    DroppedLinks,
    /// The attributes that have no column of their own: OTLP's `Span` with those alone.
    OtherAttributes,
    /// Its events: OTLP's `Span` with those alone.
    Events,
    /// Its links, likewise.
    Links,
    /// The service that its resource names, for who reads the file with other tools.
    ServiceName,
    /// When a log record happened or else, if its source does not know, when it was observed, in
    /// nanoseconds since the Unix epoch.
    Time,
    /// Which log record of its batch it is, counted from zero.
    Index,
    /// How many nanoseconds after [`Part::Time`] a log record was observed, modulo 2^64; none if that is
    /// not told, or the time is that of the observer.
    ObservedAfter,
    /// 1 if the time of a log record is that of the observer alone.
    IsObservedTime,
    /// The number of OTLP, if it is not zero.
    Severity,
    /// What the source of a log record calls its severity, if it says so.
    SeverityText,
    /// What a log record says, if that is text.
    Body,
    /// What it says, if that is anything else: OTLP's `AnyValue`.
    OtherBody,
    /// What sort of event a log record is, if it is one.
    EventName,
}

impl Part {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::EventName as usize + 1;

    /// Those that a table of spans keeps as codes.
    pub(crate) const CODED: [Self; 15] = [
        Self::Name,
        Self::Kind,
        Self::StatusCode,
        Self::Flags,
        Self::Resource,
        Self::Scope,
        Self::Shape,
        Self::StatusMessage,
        Self::TraceState,
        Self::DroppedAttributes,
        Self::DroppedEvents,
        Self::DroppedLinks,
        Self::OtherAttributes,
        Self::Events,
        Self::Links,
    ];

    /// Those that a table of log records keeps as codes.
    pub(crate) const CODED_OF_LOGS: [Self; 13] = [
        Self::Resource,
        Self::Scope,
        Self::Shape,
        Self::TraceId,
        Self::Flags,
        Self::Severity,
        Self::SeverityText,
        Self::Body,
        Self::OtherBody,
        Self::EventName,
        Self::IsObservedTime,
        Self::DroppedAttributes,
        Self::OtherAttributes,
    ];
}

/// What has attributes beside spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum KeyOwner {
    Resource,
    Scope,
    Event,
    Link,
}

/// The types of values of attributes that have columns of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum AttributeType {
    String,
    Bool,
    Int,
    Double,
    /// Bytes, arrays, maps and the empty value: OTLP's `AnyValue`.
    Other,
}

impl AttributeType {
    pub(crate) const ALL: [Self; 5] = [
        Self::String,
        Self::Bool,
        Self::Int,
        Self::Double,
        Self::Other,
    ];

    pub(crate) const COUNT: usize = Self::ALL.len();

    pub(crate) fn of(value: RawValue<'_>) -> Self {
        match value {
            RawValue::String(_) => Self::String,
            RawValue::Other(ValueRef::Bool(_)) => Self::Bool,
            RawValue::Other(ValueRef::Int(_)) => Self::Int,
            RawValue::Other(ValueRef::Double(_)) => Self::Double,
            RawValue::Other(_) => Self::Other,
        }
    }
}
