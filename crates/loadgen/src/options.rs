//! The command line.

use std::ffi::OsString;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::SystemTime;

use clap::{Args, Parser, Subcommand, value_parser};
use clew_loadgen::{
    Corpus, Endpoint, EndpointError, Load, LogQueries, Protocol, Queries, Reach, Signal,
};
use clew_model::Timestamp;
use jiff::SignedDuration;

/// Sends realistic traces to any OTLP backend, and measures how it copes.
///
/// The traces are those of a shop of twenty services, about 395 bytes a span, made as they are sent
/// and the same for the same seed.
#[derive(Debug, Parser)]
#[command(name = "clew-loadgen", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) load: LoadOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Asks a backend that holds such a load, by Jaeger's API, and measures its answers.
    Query(QueryOptions),
    /// Checks that a backend that drops what is old has all that is newer.
    Check(CheckOptions),
    /// Starts a server, and measures how long it takes to answer and what it takes at rest.
    Open(OpenOptions),
}

/// What was or will be sent.
#[derive(Debug, Args)]
pub(crate) struct CorpusOptions {
    /// How many spans, or log records.
    #[arg(long, value_name = "COUNT", default_value_t = 200_000, value_parser = value_parser!(u64).range(1..))]
    spans: u64,

    /// Other seeds give other traces.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Over how long the traces start, such as 24h [default: as in the shop, 20,000 spans a second].
    #[arg(long, value_name = "TIME")]
    over: Option<SignedDuration>,
}

#[derive(Debug, Args)]
pub(crate) struct LoadOptions {
    /// To whom [default: http://127.0.0.1:4317 for gRPC, http://127.0.0.1:4318 for HTTP].
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,

    /// In which way: grpc or http/protobuf.
    #[arg(long, value_name = "NAME", default_value_t = Protocol::Grpc)]
    protocol: Protocol,

    /// What: spans, or what the same services log.
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Signal::Traces)]
    signal: Signal,

    #[command(flatten)]
    corpus: CorpusOptions,

    /// When the first trace starts, in nanoseconds since 1970 [default: so that the last ends now].
    #[arg(long, value_name = "NANOSECONDS")]
    start_unix_nano: Option<u64>,

    /// How long exporters wait between two batches, such as 5s, in the time of the traces: their spans
    /// arrive spread over it.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "0s",
        hide_default_value = true
    )]
    batch_delay: SignedDuration,

    /// How many spans a second [default: as many as are acknowledged].
    #[arg(long, value_name = "COUNT")]
    rate: Option<NonZeroU32>,

    /// On how many connections, each with one request at a time.
    #[arg(long, value_name = "COUNT", default_value = "4")]
    connections: NonZeroU16,

    /// Watch the CPU time and the memory of this process, the backend's (on Linux).
    #[arg(long, value_name = "ID")]
    pub(crate) pid: Option<u32>,

    /// Send to other machines than this one.
    #[arg(long)]
    allow_remote: bool,

    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct QueryOptions {
    /// Where the backend serves Jaeger's API.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:16686")]
    endpoint: String,

    #[command(flatten)]
    corpus: CorpusOptions,

    /// When the first trace started, in nanoseconds since 1970.
    #[arg(long, value_name = "NANOSECONDS")]
    start_unix_nano: u64,

    /// About spans, or log records: those are asked for by Clew's own API.
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Signal::Traces)]
    pub(crate) signal: Signal,

    /// How often each question is asked.
    #[arg(long, value_name = "COUNT", default_value = "200")]
    times: NonZeroU32,

    /// Ask other machines than this one.
    #[arg(long)]
    allow_remote: bool,

    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// Where the backend serves Jaeger's API.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:16686")]
    endpoint: String,

    #[command(flatten)]
    corpus: CorpusOptions,

    /// When the first trace started, in nanoseconds since 1970.
    #[arg(long, value_name = "NANOSECONDS")]
    start_unix_nano: u64,

    /// How many spans at the start of the corpus may be gone.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) dropped: u64,

    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OpenOptions {
    /// What answers 200 once the server is ready.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:16686/readyz"
    )]
    ready: String,

    /// How often it is started.
    #[arg(long, value_name = "COUNT", default_value = "5")]
    pub(crate) times: NonZeroU32,

    /// Print the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// The server and its arguments.
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

impl CorpusOptions {
    fn corpus(&self, start_unix_nano: u64) -> Corpus {
        Corpus {
            seed: self.seed,
            start: Timestamp::from_unix_nanos(start_unix_nano),
            slowdown: self.slowdown(),
        }
    }

    fn slowdown(&self) -> NonZeroU32 {
        self.over.map_or(NonZeroU32::MIN, |over| {
            Corpus::slowdown_to_fill(over.unsigned_abs(), self.spans)
        })
    }

    /// The start of a corpus that ends now.
    fn start_unix_nano(&self) -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let start = now
            .unwrap_or_default()
            .saturating_sub(Corpus::duration(self.spans).saturating_mul(self.slowdown().get()));
        u64::try_from(start.as_nanos()).unwrap_or_default()
    }
}

impl LoadOptions {
    pub(crate) fn load(&self) -> Result<Load, EndpointError> {
        let endpoint = self.endpoint.as_deref();
        let endpoint = endpoint.unwrap_or(self.protocol.default_endpoint());
        let start = self.start_unix_nano;
        let start = start.unwrap_or_else(|| self.corpus.start_unix_nano());
        Ok(Load {
            corpus: self.corpus.corpus(start),
            signal: self.signal,
            spans: self.corpus.spans,
            batch_delay: self.batch_delay.unsigned_abs(),
            endpoint: Endpoint::parse(endpoint, reach(self.allow_remote))?,
            protocol: self.protocol,
            connections: self.connections,
            rate: self.rate,
        })
    }
}

impl QueryOptions {
    pub(crate) fn queries(&self) -> Result<Queries, EndpointError> {
        Ok(Queries {
            corpus: self.corpus.corpus(self.start_unix_nano),
            spans: self.corpus.spans,
            endpoint: Endpoint::parse(&self.endpoint, reach(self.allow_remote))?,
            times: self.times,
        })
    }
}

impl QueryOptions {
    pub(crate) fn log_queries(&self) -> Result<LogQueries, EndpointError> {
        Ok(LogQueries {
            corpus: self.corpus.corpus(self.start_unix_nano),
            records: self.corpus.spans,
            endpoint: Endpoint::parse(&self.endpoint, reach(self.allow_remote))?,
            times: self.times,
        })
    }
}

impl CheckOptions {
    pub(crate) fn queries(&self) -> Result<Queries, EndpointError> {
        Ok(Queries {
            corpus: self.corpus.corpus(self.start_unix_nano),
            spans: self.corpus.spans,
            endpoint: Endpoint::parse(&self.endpoint, Reach::Loopback)?,
            times: NonZeroU32::MIN,
        })
    }
}

impl OpenOptions {
    pub(crate) fn ready(&self) -> Result<Endpoint, EndpointError> {
        Endpoint::parse(&self.ready, Reach::Loopback)
    }
}

fn reach(allow_remote: bool) -> Reach {
    if allow_remote {
        Reach::Anywhere
    } else {
        Reach::Loopback
    }
}
