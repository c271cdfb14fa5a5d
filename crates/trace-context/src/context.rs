//! Both headers together: taken from a request, put on a request.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#processing-model>.

use std::fmt;

use http::header::{HeaderMap, HeaderValue};

use crate::traceparent::{ParseTraceParentError, TraceParent};
use crate::tracestate::{ParseTraceStateError, TraceState};
use crate::trim_ows;

/// What travels with a request, so that the spans of all services come together in one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace and the span that sends the request.
    pub traceparent: TraceParent,
    /// What tracing systems on the way added; most often nothing.
    pub tracestate: TraceState,
}

impl TraceContext {
    /// The context of an incoming request.
    pub fn extract(headers: &HeaderMap) -> Extracted {
        Self::from_lines(
            headers.get_all(TraceParent::HEADER),
            headers.get_all(TraceState::HEADER),
        )
    }

    /// The context in a carrier of any kind, from the values of all its `traceparent` and of all
    /// its `tracestate` lines, each in their order. White space around a value is ignored, as HTTP
    /// ignores it.
    ///
    /// A `tracestate` without a valid `traceparent` is never looked at, and an invalid `tracestate`
    /// leaves the `traceparent` valid.
    pub fn from_lines<P, S>(traceparent: P, tracestate: S) -> Extracted
    where
        P: IntoIterator<Item: AsRef<[u8]>>,
        S: IntoIterator<Item: AsRef<[u8]>>,
    {
        let traceparent = match only_traceparent(traceparent) {
            Ok(Some(traceparent)) => traceparent,
            Ok(None) => return Extracted::default(),
            Err(discarded) => {
                return Extracted {
                    context: None,
                    discarded: Some(discarded),
                };
            }
        };
        let (tracestate, discarded) = match TraceState::from_lines(tracestate) {
            Ok(tracestate) => (tracestate, None),
            Err(error) => (TraceState::default(), Some(Discarded::TraceState(error))),
        };
        let context = Some(Self {
            traceparent,
            tracestate,
        });
        Extracted { context, discarded }
    }

    /// Sets both headers of an outgoing request, in place of what was there. An empty `tracestate`
    /// is not sent.
    pub fn inject(&self, headers: &mut HeaderMap) {
        headers.insert(TraceParent::HEADER, self.traceparent.to_header_value());
        if self.tracestate.is_empty() {
            headers.remove(TraceState::HEADER);
        } else {
            headers.insert(TraceState::HEADER, header_value(&self.tracestate));
        }
    }
}

/// What was found in the headers of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    /// The caller's context. Without one, the service starts a new trace.
    pub context: Option<TraceContext>,
    /// The header that was there and could not be used, for the service's log.
    pub discarded: Option<Discarded>,
}

/// A header that broke the specification and was left out of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discarded {
    /// There is more than one `traceparent`, so that none can be trusted.
    RepeatedTraceParent,
    /// The `traceparent` is invalid, and with it goes the `tracestate`.
    TraceParent(ParseTraceParentError),
    /// The `tracestate` is invalid; the `traceparent` counts all the same.
    TraceState(ParseTraceStateError),
}

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedTraceParent => f.write_str("traceparent: the header came more than once"),
            Self::TraceParent(error) => error.fmt(f),
            Self::TraceState(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Discarded {}

fn only_traceparent<L>(lines: L) -> Result<Option<TraceParent>, Discarded>
where
    L: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut lines = lines.into_iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(Discarded::RepeatedTraceParent);
    }
    let (_, value) = trim_ows(line.as_ref());
    TraceParent::parse(value)
        .map(Some)
        .map_err(Discarded::TraceParent)
}

fn header_value(tracestate: &TraceState) -> HeaderValue {
    HeaderValue::from_str(tracestate.as_str()).expect("a member is printable ASCII")
}

#[cfg(test)]
mod tests;
