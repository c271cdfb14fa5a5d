//! What can be asked of a store.

use std::time::Duration;

use clew_model::{SpanKind, StatusCode, TimeRange};

/// Which traces to find: those with at least one span that `span` fits.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceQuery {
    /// When the span that fits started.
    pub time: TimeRange,
    /// What must hold of it.
    pub span: SpanFilter,
    /// How many traces to answer at the most.
    pub limit: usize,
}

/// What must hold of one span, all at once; what is `None` or empty always holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpanFilter {
    /// The service that sent it.
    pub service: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its kind.
    pub kind: Option<SpanKind>,
    /// What came of it.
    pub status: Option<StatusCode>,
    /// It took at least so long; both bounds are included.
    pub duration_min: Option<Duration>,
    /// It took at most so long.
    pub duration_max: Option<Duration>,
    /// What its attributes say.
    pub attributes: Vec<AttributeFilter>,
}

/// An attribute of the span, one of its events, its scope or its resource has this key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFilter {
    /// The key, exactly.
    pub key: String,
    /// The value, exactly, in the text form of [`Value`](clew_model::Value): `true`, `42`, `0.5`,
    /// `GET`. A number and the text of its digits both fit.
    pub value: String,
}

/// Something that a service does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The name that its spans carry.
    pub name: String,
    /// Which side of an exchange they are.
    pub kind: SpanKind,
}
