//! What the tests share: spans, the requests that carry them, backends on free ports, programs.

mod backend;
mod clew_process;
mod collector;
mod http;
mod process;
mod requests;
mod spans;

pub use backend::Backend;
pub use clew_process::ClewProcess;
pub use collector::{Answer, CollectedSpan, Collector, Transport, hex};
pub use http::http_client;
pub use process::{Service, Stopped};
pub use requests::{batch_of, request_of};
pub use spans::{SPAN_START, service, span, span_id, trace_id};
