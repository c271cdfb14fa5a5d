//! The SDK's batch processors and OTLP exporters, with the books of [`Delivery`] around them.
//!
//! A *processor* is told of every span that ends. The batch processor puts it into a bounded queue
//! and returns; a thread of its own takes batches from there to the *exporter*, which turns them
//! into OTLP and sends them. Log records take the same way.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_otlp::{
    ExporterBuildError, RetryPolicy, WithExportConfig as _, WithHttpConfig as _,
    WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchLogProcessor, LogBatch, LogExporter, LogProcessor, SdkLogRecord,
};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

use crate::delivery::Delivery;
use crate::settings::Protocol;

/// How long a finished span waits for others to travel with. The SDK's five seconds are long for
/// somebody who looks at the trace of the call just made; `OTEL_BSP_SCHEDULE_DELAY` changes it.
const SPAN_DELAY: Duration = Duration::from_millis(500);

/// The processor of spans: counts them, and hands them to the SDK's.
#[derive(Debug)]
pub(crate) struct CountedSpans {
    batches: BatchSpanProcessor,
    delivery: Arc<Delivery>,
}

/// The processor of log records: counts them, and hands them to the SDK's.
#[derive(Debug)]
pub(crate) struct CountedLogs {
    batches: BatchLogProcessor,
    delivery: Arc<Delivery>,
}

/// An exporter that tries again.
#[derive(Debug)]
struct Persistent<E> {
    otlp: E,
    delivery: Arc<Delivery>,
}

/// The OTLP exporter of either type, in the protocol of its destination.
macro_rules! otlp_exporter {
    ($exporter:ty, $delivery:expr) => {{
        let (exporter, url) = (<$exporter>::builder(), $delivery.url());
        match $delivery.destination().protocol {
            Protocol::Grpc => {
                let grpc = exporter.with_tonic().with_endpoint(url);
                grpc.with_retry_policy(one_retry()).build()
            }
            Protocol::HttpProtobuf => {
                let http = exporter.with_http().with_endpoint(url);
                http.with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
                    .with_retry_policy(one_retry())
                    .build()
            }
        }
    }};
}

impl CountedSpans {
    pub(crate) fn new(delivery: &Arc<Delivery>) -> Result<Self, ExporterBuildError> {
        let otlp = otlp_exporter!(opentelemetry_otlp::SpanExporter, delivery)?;
        let exporter = Persistent {
            otlp,
            delivery: Arc::clone(delivery),
        };
        let mut config = BatchConfigBuilder::default();
        if std::env::var_os("OTEL_BSP_SCHEDULE_DELAY").is_none() {
            config = config.with_scheduled_delay(SPAN_DELAY);
        }
        Ok(Self {
            batches: BatchSpanProcessor::builder(exporter)
                .with_batch_config(config.build())
                .build(),
            delivery: Arc::clone(delivery),
        })
    }
}

impl CountedLogs {
    pub(crate) fn new(delivery: &Arc<Delivery>) -> Result<Self, ExporterBuildError> {
        let otlp = otlp_exporter!(opentelemetry_otlp::LogExporter, delivery)?;
        let exporter = Persistent {
            otlp,
            delivery: Arc::clone(delivery),
        };
        Ok(Self {
            batches: BatchLogProcessor::builder(exporter).build(),
            delivery: Arc::clone(delivery),
        })
    }
}

/// The exporter itself tries twice: at once, since an idle connection may have gone stale, or when
/// the backend says how long to wait. [`Delivery`] does the rest.
fn one_retry() -> RetryPolicy {
    RetryPolicy::default()
        .with_max_retries(1)
        .with_initial_delay(Duration::ZERO)
        .with_max_jitter(Duration::ZERO)
}

impl SpanProcessor for CountedSpans {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.batches.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        self.delivery.accept();
        self.batches.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

impl LogProcessor for CountedLogs {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.delivery.accept();
        self.batches.emit(record, scope);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.batches.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

impl<E: SpanExporter> SpanExporter for Persistent<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let attempt = || self.otlp.export(batch.clone());
        self.delivery.deliver(batch.len(), attempt).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.otlp.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Persistent<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let records: Vec<_> = batch.iter().collect();
        let attempt = || self.otlp.export(LogBatch::new(&records));
        self.delivery.deliver(records.len(), attempt).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.otlp.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}
