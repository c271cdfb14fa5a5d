//! W3C Trace Context Level 2 and Baggage: parsed and formatted by exact bytes.
//!
//! A [`TraceContext`] is what travels with a request: the `traceparent` header (which trace, which
//! span called) and the `tracestate` header (what tracing systems on the way added).
//!
//! ```
//! use clew_trace_context::{SpanId, TraceContext, TraceParent};
//!
//! let mut incoming = http::HeaderMap::new();
//! incoming.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03".parse()?);
//! incoming.insert("tracestate", "foo=bar".parse()?);
//! let caller = TraceContext::extract(&incoming).context.ok_or("no context")?;
//!
//! // The own span takes the caller's place; trace, flags and tracestate go on as they came.
//! let span_id = SpanId::from_bytes([0, 240, 103, 170, 11, 169, 2, 183]).ok_or("zero")?;
//! let own = TraceContext {
//!     traceparent: TraceParent::new(caller.traceparent.trace_id(), span_id, caller.traceparent.flags()),
//!     ..caller
//! };
//! let mut outgoing = http::HeaderMap::new();
//! own.inject(&mut outgoing);
//! assert_eq!(outgoing["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-03");
//! assert_eq!(outgoing["tracestate"], "foo=bar");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate knows headers and nothing else: it does no I/O, reads no clock and draws no random
//! numbers. Whoever makes an id hands its bytes in.
//!
//! Sources: <https://www.w3.org/TR/trace-context-2/>, <https://www.w3.org/TR/baggage/>.

mod baggage;
mod context;
mod hex;
mod id;
mod traceparent;
mod tracestate;

pub use baggage::Baggage;
pub use context::{Discarded, Extracted, TraceContext};
pub use id::{ParseIdError, SpanId, TraceId};
pub use traceparent::{
    ParseTraceParentError, TraceFlags, TraceParent, TraceParentField, TraceParentViolation, Version,
};
pub use tracestate::{ParseTraceStateError, TraceState, TraceStateViolation};

/// Whether HTTP counts `byte` as optional white space (`OWS`): a space or a horizontal tab.
const fn is_ows(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `text` without the optional white space around it, and the offset at which it starts.
fn trim_ows(text: &[u8]) -> (usize, &[u8]) {
    let start = text.iter().position(|&byte| !is_ows(byte));
    let end = text.iter().rposition(|&byte| !is_ows(byte));
    match (start, end) {
        (Some(start), Some(last)) => (start, &text[start..=last]),
        _ => (text.len(), &[]),
    }
}
