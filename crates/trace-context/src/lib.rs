//! W3C Trace Context Level 2 and Baggage: parsed and formatted by exact bytes.
//!
//! The crate knows headers and nothing else: it does no I/O, reads no clock and draws no random
//! numbers. Whoever makes an id hands its bytes in.

mod id;

pub use id::{ParseIdError, SpanId, TraceId};
