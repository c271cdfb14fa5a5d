//! Setting it up, once, at the start of `main`.

#[cfg(test)]
mod tests;

use std::time::Duration;

use opentelemetry::{KeyValue, Value, global};
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::Resource;
use tracing_subscriber::util::TryInitError;

use crate::guard::Telemetry;
use crate::log::{self, LogOutput};
use crate::pipeline::Pipeline;
use crate::propagation;
use crate::settings::{Destination, Settings};

/// How long a service may take at its end to send what it has recorded.
const SERVICE_DEADLINE: Duration = Duration::from_secs(5);

/// The same for a command, whose user waits for the prompt.
const COMMAND_DEADLINE: Duration = Duration::from_secs(2);

/// Why telemetry is not set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// The environment asks for what the exporter cannot do.
    #[error("cannot send telemetry to {endpoint:?}, which {variable} may change: {source}")]
    #[non_exhaustive]
    Exporter {
        /// Where it was to be sent.
        endpoint: String,
        /// The variable that names the endpoint.
        variable: &'static str,
        /// What is wrong.
        source: ExporterBuildError,
    },
    /// The system gives no thread.
    #[error("cannot start a thread for telemetry: {0}")]
    Thread(#[from] std::io::Error),
    /// Log lines have another destination already.
    #[error("another subscriber of tracing is installed: call clew_telemetry::init before it")]
    Subscriber(#[from] TryInitError),
}

impl InitError {
    pub(crate) fn exporter(destination: &Destination, source: ExporterBuildError) -> Self {
        Self::Exporter {
            endpoint: destination.endpoint.clone(),
            variable: destination.variable,
            source,
        }
    }
}

/// Sets up telemetry for a service, as the environment says (see the [crate's page](crate)).
///
/// # Errors
/// If the environment asks for what cannot be done, or log lines have another destination already.
pub fn init(
    service_name: &'static str,
    service_version: &'static str,
) -> Result<Telemetry, InitError> {
    let resource = resource(service_name, service_version);
    set_up(resource, LogOutput::Stdout, SERVICE_DEADLINE)
}

/// Sets up telemetry for a command: log lines go to the standard error, since the standard output
/// belongs to the command's answer, and of those only errors unless `RUST_LOG` says otherwise; log
/// records are sent as a service's are. Its end waits for the backend no longer than two seconds.
///
/// # Errors
/// As [`init`].
pub fn init_command(name: &'static str, version: &'static str) -> Result<Telemetry, InitError> {
    set_up(resource(name, version), LogOutput::Stderr, COMMAND_DEADLINE)
}

fn set_up(
    resource: Resource,
    output: LogOutput,
    deadline: Duration,
) -> Result<Telemetry, InitError> {
    let settings = Settings::from_env();
    let pipeline = if settings.disabled {
        None
    } else {
        Some(Pipeline::start(&settings, resource, deadline)?)
    };
    let records = pipeline.as_ref().and_then(Pipeline::logger_provider);
    log::install(&settings, output, records)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    // What every part of the process injects and extracts from now on; also if the SDK is disabled,
    // so that the services before and behind this one stay in one trace.
    global::set_text_map_propagator(propagation::composite(&settings.propagators));
    if let Some(pipeline) = &pipeline {
        // A provider makes tracers, and a tracer makes spans. Whoever asks `global::tracer` for one
        // gets it from here; without a provider it gets one that records nothing.
        global::set_tracer_provider(pipeline.tracer_provider().clone());
    }
    Ok(Telemetry::new(pipeline))
}

/// The *resource*: who records. Its attributes stand with every batch of spans and log records.
///
/// The SDK detects its own name and version and what `OTEL_SERVICE_NAME` and
/// `OTEL_RESOURCE_ATTRIBUTES` say, which goes before the service's own idea of itself.
fn resource(service_name: &'static str, service_version: &'static str) -> Resource {
    let detected = Resource::builder().build();
    let own = [
        KeyValue::new("service.name", service_name),
        KeyValue::new("service.version", service_version),
        KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string()),
        KeyValue::new("process.pid", i64::from(std::process::id())),
        KeyValue::new("os.type", os_type()),
    ];
    let missing = own.into_iter().filter(|attribute| {
        let detected = detected.get(&attribute.key);
        detected.is_none_or(|value| is_placeholder(&value))
    });
    Resource::builder().with_attributes(missing).build()
}

/// The SDK's name for a service that has none.
fn is_placeholder(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.as_str().starts_with("unknown_service"))
}

/// The name of the system as the semantic conventions have it.
fn os_type() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}
