//! A log record, with all that OTLP says of it.

use std::fmt;
use std::sync::Arc;

use crate::span::memory_len;
use crate::{KeyValue, Resource, Scope, SpanId, Timestamp, TraceId, Value};

/// A log record. Sources that name no trace or span, no time or no severity are common.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// When it happened, by the clock of its source; the Unix epoch if that does not know.
    pub time: Timestamp,
    /// When it was seen by who collects log records; the Unix epoch if not told.
    pub observed_time: Timestamp,
    /// How bad it is.
    pub severity: Severity,
    /// What its source calls that, such as `WARN` or `warning`; empty if not told.
    pub severity_text: String,
    /// What it says: most often text.
    pub body: Value,
    /// Its attributes, in the order sent.
    pub attributes: Vec<KeyValue>,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// Its flags, as sent: the lowest eight are those of W3C Trace Context.
    pub flags: u32,
    /// The trace that it belongs to, if it does.
    pub trace_id: Option<TraceId>,
    /// The span that it belongs to, if it does.
    pub span_id: Option<SpanId>,
    /// What sort of event it is; empty if it is none.
    pub event_name: String,
    /// Who sent it.
    pub resource: Arc<Resource>,
    /// The library that made it.
    pub scope: Arc<Scope>,
}

impl LogRecord {
    /// When it happened or else, if its source does not know, when it was observed.
    pub fn time_or_observed(&self) -> Timestamp {
        self.time.or(self.observed_time)
    }

    /// About how many bytes of memory it takes. Its resource and scope are shared and not counted.
    pub fn memory_len(&self) -> usize {
        size_of::<Self>()
            + self.severity_text.len()
            + self.event_name.len()
            + self.body.memory_len()
            + memory_len(&self.attributes)
    }
}

/// How bad a log record is: a number from 1, the finest detail, to 24, the worst; 0 if its source does
/// not say. Four numbers each make a [`SeverityLevel`].
///
/// Source: <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Severity(i32);

impl Severity {
    /// That of this number, which may be one that OTLP does not know.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Its number, as sent.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The level that it is within; `None` if its source does not say, or its number is none of OTLP's.
    pub fn level(self) -> Option<SeverityLevel> {
        let index = usize::try_from(self.0.checked_sub(1)?).ok()?;
        SeverityLevel::ALL.get(index / 4).copied()
    }
}

/// A level of severity, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeverityLevel {
    /// The finest detail.
    Trace,
    /// For who looks for a mistake.
    Debug,
    /// Something happened that should.
    Info,
    /// Something that may be wrong.
    Warn,
    /// Something went wrong.
    Error,
    /// Something went wrong, and the source cannot go on.
    Fatal,
}

impl SeverityLevel {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Warn,
        Self::Error,
        Self::Fatal,
    ];

    /// Its name in lower case, such as `warn`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The least severity that is within it.
    pub fn least(self) -> Severity {
        Severity(self as i32 * 4 + 1)
    }
}

impl fmt::Display for SeverityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
