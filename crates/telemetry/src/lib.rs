//! What a service adds to be traced: set-up, a server layer, an HTTP client, log correlation.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let telemetry = clew_telemetry::init("bands-api", env!("CARGO_PKG_VERSION"))?;
//!     let http = clew_telemetry::Client::new(reqwest::Client::new());
//!     let app = Router::new()
//!         .route("/bands/{id}", get(|| async { "Fugazi" }))
//!         .layer(clew_telemetry::ServerLayer::new());
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//!     axum::serve(listener, app).await?;
//!     telemetry.shutdown().await?;
//!     Ok(())
//! }
//! ```
//!
//! # What happens to a span
//!
//! The crate wraps OpenTelemetry's SDK. A request comes in; a **propagator** reads from its headers
//! which span has sent it, and puts that into a **context**, the immutable bag of values that
//! belongs to one piece of work. A **tracer** starts a span with that context as its parent; the
//! **sampler** decides whether the trace is recorded, and so does every service behind this one,
//! because the decision travels in `traceparent`. While the handler runs, the context is *attached*
//! to its thread: spans that start meanwhile are children, and log lines know the span. A call to
//! another service gets the context into its headers from the propagator. When a span ends, a
//! **processor** queues it, and the queue's thread hands batches to the **exporter**, which sends
//! them as OTLP. All of it is made by a **provider**, which knows the **resource**: the name,
//! version and instance of the service.
//!
//! # What the environment decides
//!
//! | variable | values | default |
//! |---|---|---|
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded; context that comes in goes on unchanged | `false` |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | who records | what [`init`] is told |
//! | `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, `none` | the first two |
//! | `OTEL_TRACES_EXPORTER`, `OTEL_LOGS_EXPORTER` | `otlp`, `none` | `otlp` |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc`, `http/protobuf` | `grpc` |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | a URL | `http://localhost:4317`, over HTTP `…:4318` |
//! | `OTEL_EXPORTER_OTLP_HEADERS`, `_TIMEOUT`, `_COMPRESSION` | as specified | – |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | as specified | `parentbased_always_on` |
//! | `OTEL_BSP_*`, `OTEL_BLRP_*` | queues and batches, as specified | a span waits 500 ms at most |
//! | `RUST_LOG` | what is logged: `off`, `error`, `warn`, `info`, `debug`, `trace`, or `target=level,…` | `info`; a command prints `error` and sends `info` |
//! | `OTEL_LOG_LEVEL` | what telemetry logs of itself: `none`, or a level as above | as `RUST_LOG`; of OpenTelemetry's crates `warn` if that is a level |
//! | `CLEW_LOG_FORMAT` | `human`, `json` | `human` |
//! | `OTEL_INSTRUMENTATION_HTTP_{SERVER,CLIENT}_CAPTURE_{REQUEST,RESPONSE}_HEADERS` | names of headers to record | – |
//! | `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` | methods that are recorded by name | RFC 9110's and PATCH |
//!
//! Where the specification has variables for one signal (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`),
//! they go before those for all.
//!
//! # When the backend is away
//!
//! Sending happens on threads of its own and never delays the service. A backend that cannot be
//! reached is reported once, with its address and the variable that changes it; batches are held and
//! tried again for two minutes, and sent when it is back. The queue is bounded; what does not fit is
//! dropped and counted, and [`Telemetry::shutdown`] says how much is lost.

mod delivery;
mod exporters;
mod guard;
mod http;
mod init;
mod log;
mod pipeline;
mod propagation;
mod settings;
mod span;
#[cfg(test)]
mod testing;

use opentelemetry::InstrumentationScope;
use opentelemetry::global::BoxedTracer;

pub use clew_trace_context::{ParseTraceStateError, TraceState};
pub use guard::{ExportError, Telemetry};
pub use http::{Client, RequestBuilder, ResponseFuture, ServerLayer, ServerService, TracedBody};
pub use init::{InitError, init, init_command};
pub use propagation::root_context;
pub use settings::Signal;
pub use span::{in_span, spawn, try_in_span};

/// The tracer of this crate's spans. Each is marked with the *scope* that made it.
fn tracer() -> BoxedTracer {
    let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url("https://opentelemetry.io/schemas/1.37.0")
        .build();
    opentelemetry::global::tracer_with_scope(scope)
}

/// The examples of the project's page on this crate are tested as those of this one.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/telemetry.md")]
struct Page;
