//! What the environment says: the standard `OTEL_*` variables, read in one place.
//!
//! The SDK reads some of them itself (service name, resource attributes, sampler, batch sizes,
//! OTLP headers, timeout, compression). Here are those that it ignores, and those whose outcome
//! this crate must know to name an endpoint in a message.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.

#[cfg(test)]
mod tests;

use std::fmt;

use tracing_subscriber::filter::EnvFilter;

/// Everything the environment decides.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `OTEL_SDK_DISABLED`: nothing is recorded. Context that comes in goes on all the same.
    pub(crate) disabled: bool,
    /// `OTEL_PROPAGATORS`.
    pub(crate) propagators: Vec<Propagator>,
    /// Where spans go; `None` if `OTEL_TRACES_EXPORTER` is `none`.
    pub(crate) traces: Option<Destination>,
    /// Where log records go; `None` if `OTEL_LOGS_EXPORTER` is `none`.
    pub(crate) logs: Option<Destination>,
    /// `RUST_LOG`; `None` if it is not set.
    pub(crate) log_filter: Option<LogFilter>,
    /// `OTEL_LOG_LEVEL`, as a level of `tracing`: what the SDK says of itself. `None` if it is not
    /// set.
    pub(crate) sdk_log_level: Option<&'static str>,
    /// `CLEW_LOG_FORMAT`.
    pub(crate) log_format: LogFormat,
    /// What was not understood, for the log once there is one.
    pub(crate) warnings: Vec<String>,
}

/// A header format in which context travels between services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagator {
    TraceContext,
    Baggage,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Spans, which make traces.
    Traces,
    /// Log records.
    Logs,
}

/// Where telemetry is sent, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) protocol: Protocol,
    /// As it stands in the variable, or the protocol's default.
    pub(crate) endpoint: String,
    /// The variable that names the endpoint, or would.
    pub(crate) variable: &'static str,
}

/// How OTLP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    HttpProtobuf,
}

/// Which log lines are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogFilter {
    /// Those of this level and above, but of other people's crates only what matters.
    Level(&'static str),
    /// Those that match the directives of `tracing`'s `EnvFilter`: `info,bands_api=debug`.
    Directives(String),
}

/// How log lines look on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

impl Settings {
    pub(crate) fn from_env() -> Self {
        Self::from_lookup(&|name| std::env::var(name).ok())
    }

    pub(crate) fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut reader = Reader {
            lookup,
            warnings: Vec::new(),
        };
        Self {
            disabled: reader.disabled(),
            propagators: reader.propagators(),
            traces: reader.destination(Signal::Traces),
            logs: reader.destination(Signal::Logs),
            log_filter: reader.log_filter(),
            sdk_log_level: reader.sdk_log_level(),
            log_format: reader.log_format(),
            warnings: reader.warnings,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Traces => "spans",
            Self::Logs => "log records",
        })
    }
}

impl Signal {
    fn exporter_variable(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_TRACES_EXPORTER",
            Self::Logs => "OTEL_LOGS_EXPORTER",
        }
    }

    fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Logs => "v1/logs",
        }
    }

    fn protocol_variable(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            Self::Logs => "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
        }
    }

    fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            Self::Logs => "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        }
    }
}

impl Destination {
    /// Where the requests of a signal go: over HTTP, an endpoint for all signals is a base.
    pub(crate) fn url(&self, signal: Signal) -> String {
        if self.protocol == Protocol::HttpProtobuf && self.variable == ENDPOINT {
            let base = self.endpoint.trim_end_matches('/');
            format!("{base}/{}", signal.http_path())
        } else {
            self.endpoint.clone()
        }
    }

    /// Whether what goes there comes to the same backend.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        (self.protocol, &self.endpoint) == (other.protocol, &other.endpoint)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Grpc => "gRPC",
            Protocol::HttpProtobuf => "HTTP",
        };
        write!(f, "{} over {protocol}", self.endpoint)
    }
}

impl Protocol {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "grpc" => Some(Self::Grpc),
            "http/protobuf" => Some(Self::HttpProtobuf),
            _ => None,
        }
    }

    fn default_endpoint(self) -> &'static str {
        match self {
            Self::Grpc => "http://localhost:4317",
            Self::HttpProtobuf => "http://localhost:4318",
        }
    }
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    /// The value of a variable. By the specification an empty one counts as unset.
    fn get(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// By the specification what is not understood is warned of and ignored.
    fn ignore(&mut self, name: &str, value: &str, known: &str) {
        let warning =
            format!("{name}: {value:?} is not known here (known: {known}), so it is ignored");
        // A variable for all signals is read for each of them.
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn disabled(&mut self) -> bool {
        const NAME: &str = "OTEL_SDK_DISABLED";
        match self.get(NAME) {
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if !value.eq_ignore_ascii_case("false") => {
                self.ignore(NAME, &value, "true, false");
                false
            }
            _ => false,
        }
    }

    fn propagators(&mut self) -> Vec<Propagator> {
        const NAME: &str = "OTEL_PROPAGATORS";
        let Some(list) = self.get(NAME) else {
            return vec![Propagator::TraceContext, Propagator::Baggage];
        };
        let mut propagators = Vec::new();
        for name in names(&list) {
            let propagator = match name {
                "tracecontext" => Propagator::TraceContext,
                "baggage" => Propagator::Baggage,
                "none" => continue,
                unknown => {
                    self.ignore(NAME, unknown, "tracecontext, baggage, none");
                    continue;
                }
            };
            if !propagators.contains(&propagator) {
                propagators.push(propagator);
            }
        }
        propagators
    }

    fn destination(&mut self, signal: Signal) -> Option<Destination> {
        if !self.exports(signal) {
            return None;
        }
        let protocol = self.protocol(signal);
        let own = signal.endpoint_variable();
        Some(if let Some(endpoint) = self.get(own) {
            Destination {
                protocol,
                endpoint,
                variable: own,
            }
        } else {
            Destination {
                protocol,
                endpoint: self
                    .get(ENDPOINT)
                    .unwrap_or_else(|| protocol.default_endpoint().to_owned()),
                variable: ENDPOINT,
            }
        })
    }

    fn exports(&mut self, signal: Signal) -> bool {
        let name = signal.exporter_variable();
        let Some(list) = self.get(name) else {
            return true;
        };
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            names(&list).partition(|exporter| matches!(*exporter, "otlp" | "none"));
        for exporter in unknown {
            self.ignore(name, exporter, "otlp, none");
        }
        // What is ignored leaves the default, which is otlp.
        known.is_empty() || known.contains(&"otlp")
    }

    fn protocol(&mut self, signal: Signal) -> Protocol {
        for name in [signal.protocol_variable(), PROTOCOL] {
            let Some(value) = self.get(name) else {
                continue;
            };
            match Protocol::parse(&value) {
                Some(protocol) => return protocol,
                None => self.ignore(name, &value, "grpc, http/protobuf"),
            }
        }
        Protocol::Grpc
    }

    /// The variable is that of `tracing` and `log`: OpenTelemetry has none for what the application
    /// logs.
    fn log_filter(&mut self) -> Option<LogFilter> {
        const NAME: &str = "RUST_LOG";
        let value = self.get(NAME)?;
        if let Some(level) = level(&value) {
            return Some(LogFilter::Level(level));
        }
        if EnvFilter::builder().parse(&value).is_err() {
            self.ignore(NAME, &value, &format!("{LEVELS}, or target=level,…"));
            return None;
        }
        Some(LogFilter::Directives(value))
    }

    fn sdk_log_level(&mut self) -> Option<&'static str> {
        const NAME: &str = "OTEL_LOG_LEVEL";
        let value = self.get(NAME)?;
        if value.eq_ignore_ascii_case("none") {
            return Some("off");
        }
        let level = level(&value);
        if level.is_none() {
            self.ignore(NAME, &value, &format!("none, {LEVELS}"));
        }
        level
    }

    fn log_format(&mut self) -> LogFormat {
        const NAME: &str = "CLEW_LOG_FORMAT";
        match self.get(NAME).as_deref() {
            None | Some("human") => LogFormat::Human,
            Some("json") => LogFormat::Json,
            Some(unknown) => {
                self.ignore(NAME, unknown, "human, json");
                LogFormat::Human
            }
        }
    }
}

const LEVELS: &str = "off, error, warn, info, debug, trace";

/// The level that a word names.
fn level(word: &str) -> Option<&'static str> {
    let mut levels = LEVELS.split(", ");
    levels.find(|level| level.eq_ignore_ascii_case(word))
}

/// The names of a list that is separated by commas.
pub(crate) fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}
