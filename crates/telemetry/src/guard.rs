//! What `main` holds while the service runs, and what it learns at its end.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;

use crate::delivery::Delivery;
use crate::pipeline::Pipeline;
use crate::settings::Signal;

/// Keeps telemetry going. At its end what is left is sent: by [`Telemetry::shutdown`], which says
/// whether all has arrived, or when it is dropped, which logs it.
#[derive(Debug)]
#[must_use = "dropping it ends telemetry"]
pub struct Telemetry {
    /// None if the SDK is disabled.
    pipeline: Option<Pipeline>,
}

/// Some of what was recorded did not reach the backend.
#[derive(Debug, thiserror::Error)]
#[error(
    "{count} of the {signal} did not reach {endpoint} ({reason}): is a backend running there? \
     {variable} names another address"
)]
#[non_exhaustive]
pub struct ExportError {
    /// What is lost: spans before log records, if it is both.
    pub signal: Signal,
    /// How many of them.
    pub count: u64,
    /// Where they were sent, and over which protocol.
    pub endpoint: String,
    /// The environment variable that names the endpoint.
    pub variable: &'static str,
    /// Why they did not arrive.
    pub reason: String,
}

impl Telemetry {
    pub(crate) fn new(pipeline: Option<Pipeline>) -> Self {
        Self { pipeline }
    }

    /// Sends what is left, for at most five seconds (a command: two).
    ///
    /// # Errors
    /// If not all that was recorded has arrived since the start.
    pub async fn shutdown(mut self) -> Result<(), ExportError> {
        let Some(pipeline) = self.pipeline.take() else {
            return Ok(());
        };
        // The processors' threads are waited for, which must not block the caller's.
        let (done, is_done) = tokio::sync::oneshot::channel();
        let closing = std::thread::spawn(move || {
            let result = pipeline.close();
            let _ = done.send(());
            result
        });
        let _ = is_done.await;
        closing
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.pipeline.take().map(Pipeline::close) {
            // For the terminal: there is nobody left to send a log record.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            tracing::warn!("{error}");
        }
    }
}

impl ExportError {
    /// What is missing in the books, if anything is.
    pub(crate) fn of(deliveries: &[Arc<Delivery>], deadline: Duration) -> Option<Self> {
        deliveries.iter().find_map(|delivery| {
            let lost = delivery.lost();
            let destination = delivery.destination();
            (lost.count > 0).then(|| Self {
                signal: delivery.signal(),
                count: lost.count,
                endpoint: destination.to_string(),
                variable: destination.variable,
                reason: lost
                    .reason
                    .unwrap_or_else(|| format!("no answer within {deadline:?}")),
            })
        })
    }
}
