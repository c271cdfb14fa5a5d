//! The demo's caller: it starts the trace.

fn main() {}
