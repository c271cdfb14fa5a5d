//! The demo's caller: it starts the trace.
