//! What the tests share: span builders, servers on free ports.

mod collector;
mod requests;

pub use collector::{Answer, CollectedSpan, Collector, Transport};
pub use requests::{batch_of, request_of};
