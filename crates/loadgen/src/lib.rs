//! Realistic load for any OTLP backend, and measurement of what the backend makes of it.
//!
//! [`Corpus`] makes the spans: the reference corpus on which all of Clew's figures are taken.
//! [`Load`] sends them, [`Queries`] asks about them, [`open()`] starts a backend that holds them,
//! and [`WatchedProcess`] tells what all that takes of the machine.

mod corpus;
mod endpoint;
mod exporter;
mod latencies;
mod load;
mod open;
mod process;
mod query;
mod report;

use std::time::Duration;

pub use corpus::{
    Corpus, LogRequests, RARE_EVERY, RARE_WORD, Request, Requests, SPANS_PER_REQUEST,
    SPANS_PER_SECOND, Traces,
};
pub use endpoint::{Endpoint, EndpointError, Protocol, Reach, Signal, UnknownProtocol};
pub use exporter::ConnectError;
pub use latencies::Latencies;
pub use load::{Load, LoadError, LoadOutcome, come_to_rest};
pub use open::{Opening, OpeningError, open};
pub use process::{Memory, MemoryWatch, WatchedProcess};
pub use query::{
    Kept, LogQueries, LogQuery, LogQueryOutcome, Queries, Query, QueryError, QueryOutcome,
};
pub use report::{
    KeptReport, LoadReport, OpenReport, Percentiles, ProcessReport, QueryReport, Taken,
};

/// A client that keeps its connection, goes through no proxy and waits so long for an answer.
fn http_client(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    // reqwest asks for a choice of cryptography, though nothing is encrypted here; that somebody
    // else has chosen already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .no_proxy()
        .build()
}
