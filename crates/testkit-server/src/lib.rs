//! What tests that start something share: a backend on free ports, a collector, programs in
//! processes of their own, and an HTTP client to call them with.

mod backend;
mod clew_process;
mod collector;
mod http;
mod running_program;
mod service;

pub use backend::Backend;
pub use clew_process::ClewProcess;
pub use collector::{Answer, CollectedSpan, Collector, Transport, hex};
pub use http::http_client;
pub use running_program::RunningProgram;
pub use service::{Service, Stopped};
