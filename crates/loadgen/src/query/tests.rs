//! Questions to Clew itself, over the reference store, and to a backend that lies.

use std::time::Duration;

use std::num::{NonZeroU16, NonZeroU32};

use axum::routing::get;
use clew_model::Timestamp;
use clew_testkit_server::Backend;

use super::{Queries, Query, QueryError};
use crate::{Corpus, Endpoint, Load, Protocol, Reach};

/// Enough that each service has more failed traces than none, and users come again.
const SPANS: u64 = 8000;

fn corpus() -> Corpus {
    Corpus {
        seed: 1,
        start: Timestamp::from_unix_nanos(1_800_000_000_000_000_000),
        slowdown: std::num::NonZeroU32::MIN,
    }
}

fn endpoint(address: impl std::fmt::Display) -> Endpoint {
    Endpoint::parse(&format!("http://{address}"), Reach::Loopback).unwrap()
}

fn queries(endpoint: Endpoint, spans: u64) -> Queries {
    Queries {
        corpus: corpus(),
        spans,
        endpoint,
        times: NonZeroU32::new(7).unwrap(),
    }
}

/// Starts Clew with a load in it, and returns its query endpoint too.
async fn clew_with_load() -> (Endpoint, Backend) {
    let backend = Backend::start();
    let load = Load {
        corpus: corpus(),
        signal: crate::Signal::Traces,
        spans: SPANS,
        batch_delay: Duration::ZERO,
        endpoint: endpoint(backend.otlp_grpc()),
        protocol: Protocol::Grpc,
        connections: NonZeroU16::MIN,
        rate: None,
    };
    load.run(|_| {}).await.unwrap();
    (endpoint(backend.http()), backend)
}

#[tokio::test]
async fn a_backend_that_holds_the_corpus_is_measured() {
    let (clew, _backend) = clew_with_load().await;
    let outcomes = queries(clew, SPANS).run().await.unwrap();
    let asked: Vec<Query> = outcomes.iter().map(|outcome| outcome.query).collect();
    assert_eq!(asked, Query::ALL);
    for outcome in outcomes {
        assert_eq!(outcome.latencies.count(), 7);
        assert!(outcome.answer_bytes > 0);
    }
}

#[tokio::test]
async fn a_backend_that_holds_something_else_is_not() {
    let (clew, _backend) = clew_with_load().await;
    let other_seed = Queries {
        corpus: Corpus {
            seed: 2,
            ..corpus()
        },
        ..queries(clew, SPANS)
    };
    let error = other_seed.run().await.unwrap_err();
    assert!(matches!(error, QueryError::Wrong { .. }), "{error}");
}

/// What is said of an answer that is always the same.
async fn complaint(query: Query, answer: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let liar = endpoint(listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(get(move || async move { answer }));
    tokio::spawn(async { axum::serve(listener, router).await });
    let queries = queries(liar, SPANS);
    let sample = super::Sample::take(queries.corpus, queries.spans);
    let client = crate::http_client(super::TIMEOUT).unwrap();
    let error = queries.measure(&client, &sample, query).await.unwrap_err();
    error.to_string()
}

#[tokio::test]
async fn wrong_answers_are_no_measurements() {
    for (query, answer, expected) in [
        (Query::TraceById, r#"{"data":[]}"#, "0 traces instead of 1"),
        (Query::MissingTrace, "{}", "its status is 200 OK"),
        (
            Query::NewestOfService,
            r#"{"data":[]}"#,
            "0 traces instead of 20",
        ),
        (
            Query::RareAttribute,
            r#"{"data":[]}"#,
            "0 traces instead of 1",
        ),
        (Query::Slow, r#"{"data":null}"#, "0 traces instead of"),
        (Query::Errors, "<html>", "expected value"),
        (Query::Services, r#"{"data":["storefront"]}"#, "it names"),
    ] {
        let complaint = complaint(query, answer).await;
        assert!(complaint.contains(expected), "{query:?}: {complaint}");
    }
}

#[tokio::test]
async fn without_spans_there_is_nothing_to_ask() {
    let nobody = endpoint("127.0.0.1:9");
    let error = queries(nobody, 0).run().await.unwrap_err();
    assert!(matches!(error, QueryError::NothingToAsk));
}
