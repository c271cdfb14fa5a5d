//! A service that the W3C's Trace Context harness can judge.

fn main() {}
