//! What the tests share: span builders, servers on free ports.

mod collector;
mod process;
mod requests;

pub use collector::{Answer, CollectedSpan, Collector, Transport, hex};
pub use process::{Service, Stopped};
pub use requests::{batch_of, request_of};
