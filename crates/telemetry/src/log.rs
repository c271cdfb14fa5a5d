//! Log lines that name the trace and the span they were written in.
//!
//! `tracing`'s macros (`tracing::info!`) write log events. Two layers listen: one prints them, the
//! other one, OpenTelemetry's appender, makes a log record of each, which knows the current span by
//! itself.

mod format;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _};
use tracing_subscriber::fmt::format::{DefaultFields, JsonFields};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Context, Filter, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::settings::{LogFilter, LogFormat, Settings};
use format::WithTrace;

/// Where log lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogOutput {
    Stdout,
    Stderr,
}

impl LogOutput {
    fn default_filter(self) -> LogFilter {
        LogFilter::Level(match self {
            Self::Stdout => "info",
            // A command says itself what its user must know.
            Self::Stderr => "error",
        })
    }
}

/// What is sent of them, if nobody says: of a command, too, since a record is in nobody's way.
const SENT_BY_DEFAULT: LogFilter = LogFilter::Level("info");

/// The crates that carry telemetry to the backend. Their own log events would cause more of
/// themselves if they were sent.
const CARRIERS: [&str; 8] = [
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "reqwest",
    "rustls",
    "tonic",
    "tower",
];

/// Whose log events are the SDK's own words about itself: this crate's and those of what it is
/// made of.
const SDK: [&str; 2] = ["clew_telemetry", "opentelemetry"];

/// Makes all log events of the process come here.
///
/// # Errors
/// If somebody else has taken them already.
pub(crate) fn install(
    settings: &Settings,
    output: LogOutput,
    records: Option<&SdkLoggerProvider>,
) -> Result<(), TryInitError> {
    let filter = |default, carriers| {
        let lines = settings.log_filter.as_ref().unwrap_or(&default);
        filter(lines, settings.sdk_log_level, carriers)
    };
    let visible = filter(output.default_filter(), "warn").and(SdkEvents::default());
    let printed = printer(settings.log_format, output).with_filter(visible);
    let sent = records.map(|provider| {
        let bridge = OpenTelemetryTracingBridge::new(provider);
        bridge.with_filter(filter(SENT_BY_DEFAULT, "off"))
    });
    tracing_subscriber::registry()
        .with(printed)
        .with(sent)
        .try_init()
}

fn printer<S>(format: LogFormat, output: LogOutput) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let (writer, is_terminal) = match output {
        LogOutput::Stdout => (
            BoxMakeWriter::new(std::io::stdout),
            std::io::stdout().is_terminal(),
        ),
        LogOutput::Stderr => (
            BoxMakeWriter::new(std::io::stderr),
            std::io::stderr().is_terminal(),
        ),
    };
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        LogFormat::Human => {
            let colour = is_terminal && std::env::var_os("NO_COLOR").is_none();
            layer
                .fmt_fields(DefaultFields::new())
                .event_format(WithTrace::human(colour))
                .boxed()
        }
        LogFormat::Json => layer
            .fmt_fields(JsonFields::new())
            .event_format(WithTrace::json())
            .boxed(),
    }
}

/// The filter that was asked for, with the SDK's own level if it has one, and with what carries
/// telemetry kept down to `carriers`.
fn filter(filter: &LogFilter, sdk_level: Option<&str>, carriers: &str) -> EnvFilter {
    let mut directives = match filter {
        LogFilter::Level("off") => "off".to_owned(),
        // Who asks for details of everything wants those of the carriers, too, but not all.
        LogFilter::Level(level @ ("error" | "warn")) => (*level).to_owned(),
        LogFilter::Level(level) => {
            let limits = CARRIERS.map(|name| format!(",{name}={carriers}"));
            (*level).to_owned() + &limits.concat()
        }
        LogFilter::Directives(directives) => directives.clone(),
    };
    // Of two directives for one target the later one counts.
    if let Some(level) = sdk_level {
        directives.extend(SDK.map(|name| format!(",{name}={level}")));
    }
    if carriers == "off" {
        directives.extend(CARRIERS.map(|name| format!(",{name}=off")));
    }
    EnvFilter::builder().parse_lossy(directives)
}

/// Lets each warning of the SDK pass once. It repeats them with every batch, a thousand times an
/// hour; and what [`crate::delivery`] says better does not pass at all.
#[derive(Debug, Default)]
struct SdkEvents {
    seen: Mutex<HashSet<Identifier>>,
}

impl SdkEvents {
    fn is_from_sdk(metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("opentelemetry") && *metadata.level() <= Level::WARN
    }

    /// The SDK's words for a batch that did not arrive, and for who logs when all is over.
    fn is_said_elsewhere(name: &str) -> bool {
        name.starts_with("Export.Failed")
            || name.ends_with(".ExportError")
            || name.ends_with(".AfterShutdown")
    }
}

impl<S> Filter<S> for SdkEvents {
    fn enabled(&self, _metadata: &Metadata<'_>, _cx: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _cx: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if !Self::is_from_sdk(metadata) {
            return true;
        }
        if Self::is_said_elsewhere(metadata.name()) {
            return false;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(metadata.callsite())
    }
}
