//! Distributed tracing in one binary: the demo that teaches it and the backend that keeps it.

fn main() {}
