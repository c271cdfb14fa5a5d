//! From the tracer to the socket: providers, processors and exporters, on threads of their own.
//!
//! The host's runtime is left alone: it may have one thread, be busy, or end first. Connections to
//! the backend live on a small runtime of this crate, and each batch processor has its thread.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Runtime;

use crate::delivery::{Backend, Closing, Delivery};
use crate::exporters::{CountedLogs, CountedSpans};
use crate::guard::ExportError;
use crate::init::InitError;
use crate::propagation::RootSampler;
use crate::settings::{Destination, Settings, Signal};

/// All that records and sends.
#[derive(Debug)]
pub(crate) struct Pipeline {
    tracer_provider: SdkTracerProvider,
    logger_provider: Option<SdkLoggerProvider>,
    /// The books of what is exported.
    deliveries: Vec<Arc<Delivery>>,
    closing: Arc<Closing>,
    deadline: Duration,
    /// Kept for the connections that live on it; dropped after those who use them.
    _background: Background,
}

impl Pipeline {
    pub(crate) fn start(
        settings: &Settings,
        resource: Resource,
        deadline: Duration,
    ) -> Result<Self, InitError> {
        // HTTP clients need a choice of cryptography; one that was made earlier stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let background = Background::start()?;
        let closing = Arc::new(Closing::default());
        let mut deliveries = Vec::new();

        // A sampler decides for each trace whether it is recorded: by default as the caller has
        // decided, and every trace that begins here.
        let mut tracer_provider = SdkTracerProvider::builder()
            .with_sampler(RootSampler::from_env())
            .with_resource(resource.clone());
        if let Some(destination) = &settings.traces {
            let delivery = delivery(Signal::Traces, destination, &deliveries, &closing);
            let spans = background.build(|| CountedSpans::new(&delivery));
            let spans = spans.map_err(|source| InitError::exporter(destination, source))?;
            tracer_provider = tracer_provider.with_span_processor(spans);
            deliveries.push(delivery);
        }
        let mut logger_provider = None;
        if let Some(destination) = &settings.logs {
            let delivery = delivery(Signal::Logs, destination, &deliveries, &closing);
            let logs = background.build(|| CountedLogs::new(&delivery));
            let logs = logs.map_err(|source| InitError::exporter(destination, source))?;
            let builder = SdkLoggerProvider::builder().with_resource(resource);
            logger_provider = Some(builder.with_log_processor(logs).build());
            deliveries.push(delivery);
        }
        Ok(Self {
            tracer_provider: tracer_provider.build(),
            logger_provider,
            deliveries,
            closing,
            deadline,
            _background: background,
        })
    }

    pub(crate) fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.tracer_provider
    }

    pub(crate) fn logger_provider(&self) -> Option<&SdkLoggerProvider> {
        self.logger_provider.as_ref()
    }

    /// Sends what is left, until the deadline. Blocks.
    pub(crate) fn close(self) -> Result<(), ExportError> {
        let deadline = self.deadline;
        self.closing.announce(Instant::now() + deadline);
        std::thread::scope(|scope| {
            // At once, so that both have all of the time. What went wrong stands in the books.
            if let Some(logs) = &self.logger_provider {
                scope.spawn(move || logs.shutdown_with_timeout(deadline));
            }
            let _ = self.tracer_provider.shutdown_with_timeout(deadline);
        });
        ExportError::of(&self.deliveries, deadline).map_or(Ok(()), Err)
    }
}

/// The way to a destination; two signals with one destination report its absence once.
fn delivery(
    signal: Signal,
    destination: &Destination,
    others: &[Arc<Delivery>],
    closing: &Arc<Closing>,
) -> Arc<Delivery> {
    let shared = others
        .iter()
        .find(|other| other.destination().is_same_place(destination));
    let backend = match shared {
        Some(other) => Arc::clone(other.backend()),
        None => Arc::new(Backend::new(destination.clone(), Arc::clone(closing))),
    };
    Arc::new(Delivery::new(signal, backend))
}

/// The runtime of the connections to the backend.
#[derive(Debug)]
struct Background(Option<Runtime>);

impl Background {
    fn start() -> Result<Self, std::io::Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .thread_name("telemetry")
            // Sending telemetry must not make telemetry of its own.
            .on_thread_start(|| std::mem::forget(Context::enter_telemetry_suppressed_scope()))
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs `build` where connections that it opens belong to this runtime.
    fn build<T>(&self, build: impl FnOnce() -> T) -> T {
        let _entered = self.0.as_ref().map(Runtime::enter);
        build()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Tokio forbids to wait for a runtime's end where asynchronous code runs.
            runtime.shutdown_background();
        }
    }
}
