//! Spans of one's own, within a request or around a piece of work.
//!
//! A span is *current* while its [`Context`] is attached to the thread that works on it; a span
//! that starts meanwhile becomes its child. An `async` function moves between threads at every
//! `.await`, so that the context must be attached around each poll. That is what these functions do.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::error::Error;
use std::future::Future;

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};

use crate::tracer;

/// Runs a future within a span, as a child of the current one. The span ends with the future.
///
/// ```
/// # async fn load() -> Vec<u8> { Vec::new() }
/// # async fn handler() {
/// let bytes = clew_telemetry::in_span("load", load()).await;
/// # }
/// ```
pub async fn in_span<F: Future>(name: impl Into<Cow<'static, str>>, future: F) -> F::Output {
    let cx = Context::current();
    let span = tracer().start_with_context(name, &cx);
    let cx = cx.with_span(span);
    let output = future.with_context(cx.clone()).await;
    cx.span().end();
    output
}

/// Runs a future that may fail within a span, as [`in_span`] does. An error sets the status of the
/// span and stands in it as an `exception` event.
///
/// # Errors
/// The error of the future, as it is.
pub async fn try_in_span<F, T, E>(name: impl Into<Cow<'static, str>>, future: F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: Error,
{
    in_span(name, async {
        let result = future.await;
        if let Err(error) = &result {
            record_error(&Context::current(), error);
        }
        result
    })
    .await
}

/// Like [`tokio::spawn`], which starts a task that knows nothing of the current span; this one
/// keeps it, so that spans of the task become its children.
///
/// # Panics
/// Outside of a Tokio runtime, as [`tokio::spawn`] does.
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future.with_current_context())
}

/// Notes on the span of `cx` that its work has failed.
fn record_error<E: Error>(cx: &Context, error: &E) {
    let kind = std::any::type_name::<E>();
    let message = error.to_string();
    let span = cx.span();
    span.add_event(
        "exception",
        vec![
            KeyValue::new("exception.type", kind),
            KeyValue::new("exception.message", message.clone()),
        ],
    );
    span.set_attribute(KeyValue::new("error.type", kind));
    span.set_status(Status::error(message));
}
