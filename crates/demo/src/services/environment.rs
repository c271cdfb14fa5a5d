//! OpenTelemetry's standard environment variables, with which the demo turns tracing on and off.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.

use tokio::process::Command;

#[cfg(test)]
mod tests;

/// Tracing off, or on: the default is on.
const SDK_DISABLED: &str = "OTEL_SDK_DISABLED";
/// Which headers carry the trace to the next service.
const PROPAGATORS: &str = "OTEL_PROPAGATORS";
/// Where the spans go.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// After how many milliseconds a service sends the spans that it has collected.
const SCHEDULE_DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";
/// Which headers of requests a server writes down on its span; as OpenTelemetry's agents name it.
const CAPTURE_HEADERS: &str = "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS";
/// Whether spans are sent at all.
const TRACES_EXPORTER: &str = "OTEL_TRACES_EXPORTER";
/// Whether log records are.
const LOGS_EXPORTER: &str = "OTEL_LOGS_EXPORTER";

/// The variables that a child of the demo is started with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Environment {
    /// In the order in which a reader should meet them.
    variables: Vec<(&'static str, String)>,
}

/// Whether a service records spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracing {
    Off,
    On,
}

impl Environment {
    /// A service: it sends its spans to this URL soon after they end, and writes down on them which
    /// headers it received.
    pub(crate) fn of_service(tracing: Tracing, otlp_url: &str) -> Self {
        let mut environment = Self::of_client(tracing, otlp_url);
        environment.set(SCHEDULE_DELAY, "100");
        environment.set(CAPTURE_HEADERS, "traceparent,tracestate");
        environment
    }

    /// A client: it sends its spans to this URL as it ends.
    pub(crate) fn of_client(tracing: Tracing, otlp_url: &str) -> Self {
        let disabled = match tracing {
            Tracing::Off => "true",
            Tracing::On => "false",
        };
        let mut environment = Self::default();
        environment.set(SDK_DISABLED, disabled);
        environment.set(ENDPOINT, otlp_url);
        environment
    }

    /// The trace is carried to the next service in these formats: `none`, `tracecontext,baggage`.
    #[must_use]
    pub(crate) fn propagators(mut self, formats: &str) -> Self {
        self.set(PROPAGATORS, formats);
        self
    }

    /// Spans and log records are made, and sent nowhere.
    #[must_use]
    pub(crate) fn without_exporter(mut self) -> Self {
        self.set(TRACES_EXPORTER, "none");
        self.set(LOGS_EXPORTER, "none");
        self
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.variables.push((name, value.to_owned()));
    }

    fn get(&self, name: &str) -> Option<&str> {
        let set = self.variables.iter().find(|(set, _)| *set == name);
        set.map(|(_, value)| value.as_str())
    }

    /// Sets the variables, and unsets whatever else of OpenTelemetry's the demo was started with:
    /// what it shows must not depend on it.
    pub(crate) fn apply(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        // The services talk to each other on this machine, whatever proxy it has.
        command.env("NO_PROXY", "localhost,127.0.0.1,::1");
    }

    /// The variables and their values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let variables = self.variables.iter();
        variables.map(|(name, value)| (*name, value.as_str()))
    }

    /// The variables whose values are not what they were, with the value that they had.
    pub(crate) fn changes_since<'a>(
        &'a self,
        before: &'a Self,
    ) -> impl Iterator<Item = (&'static str, Option<&'a str>, &'a str)> {
        self.variables()
            .map(|(name, value)| (name, before.get(name), value))
            .filter(|(_, old, value)| *old != Some(value))
    }
}

/// What the setting does, in a few words, for a reader who meets it for the first time.
pub(crate) fn meaning(name: &str, value: &str) -> &'static str {
    match (name, value) {
        (SDK_DISABLED, "true") => "tracing is off",
        (SDK_DISABLED, _) => "tracing is on",
        (PROPAGATORS, "none") => "no headers go along",
        (PROPAGATORS, _) => "these headers go along",
        (ENDPOINT, _) => "where spans are sent",
        (SCHEDULE_DELAY, _) => "how often, in ms",
        (CAPTURE_HEADERS, _) => "what a span notes",
        _ => "",
    }
}
