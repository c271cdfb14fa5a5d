//! HTTP on both sides: what a span of a request says, by the stable semantic conventions.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.

mod attributes;
mod body;
mod client;
mod forwarded;
mod options;
mod server;

pub use body::TracedBody;
pub use client::{Client, RequestBuilder};
pub use server::{ResponseFuture, ServerLayer, ServerService};
