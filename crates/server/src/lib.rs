//! The receivers, the query APIs and the web UI, over HTTP and gRPC.
//!
//! Three endpoints, each on its own port: OTLP over gRPC, OTLP over HTTP, and the query APIs with
//! the UI. The crate knows protocols; what is kept and how it is found is the business of the
//! [`TraceStore`](clew_store::TraceStore) behind it.

mod api;
mod blocking;
mod connection;
mod endpoint;
mod host;
mod in_flight;
mod listen;
mod misdirected;
mod receiver;
mod server;
mod ui;

pub use endpoint::{Endpoint, PerEndpoint};
pub use host::{HostName, NotAHostName};
pub use listen::{BindError, Listen, Listeners};
pub use server::{Limits, Options, Server};
