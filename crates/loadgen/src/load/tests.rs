//! Loads against a backend that answers as it is told.

mod backend;

use std::num::{NonZeroU16, NonZeroU32};
use std::sync::Arc;
use std::time::Duration;

use clew_model::Timestamp;

use super::{Load, LoadError, LoadOutcome};
use crate::{Corpus, Endpoint, Protocol, Reach};
use backend::{Answer, FakeBackend};

const PROTOCOLS: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

/// Enough for a few requests of full length.
const SPANS: u64 = 15_000;

fn load(protocol: Protocol, endpoint: &str) -> Load {
    Load {
        corpus: Corpus {
            seed: 1,
            start: Timestamp::from_unix_nanos(1_800_000_000_000_000_000),
            slowdown: std::num::NonZeroU32::MIN,
        },
        signal: crate::Signal::Traces,
        spans: SPANS,
        batch_delay: Duration::ZERO,
        endpoint: Endpoint::parse(endpoint, Reach::Loopback).unwrap(),
        protocol,
        connections: NonZeroU16::new(4).unwrap(),
        rate: None,
    }
}

/// Sends the load to a backend that answers the first requests like this, and takes all others.
async fn run(
    protocol: Protocol,
    spans: u64,
    answers: Vec<Answer>,
) -> (Arc<FakeBackend>, Result<LoadOutcome, LoadError>) {
    let (backend, endpoint) = FakeBackend::start(protocol, answers).await;
    let load = Load {
        spans,
        ..load(protocol, &endpoint)
    };
    let outcome = load.run(|_| {}).await;
    (backend, outcome)
}

#[tokio::test]
async fn every_span_is_sent_once_and_counted() {
    for protocol in PROTOCOLS {
        let (backend, outcome) = run(protocol, SPANS, Vec::new()).await;
        let outcome = outcome.unwrap();
        assert!((SPANS..SPANS + 60).contains(&outcome.acknowledged));
        assert_eq!(backend.distinct_spans(), outcome.acknowledged);
        assert_eq!(backend.requests(), outcome.requests);
        assert_eq!(outcome.latencies.count(), outcome.requests);
        assert_eq!((outcome.rejected, outcome.retries), (0, 0));
        assert_eq!(outcome.bytes, backend.bytes());
    }
}

#[tokio::test]
async fn what_is_refused_for_now_is_sent_again() {
    for protocol in PROTOCOLS {
        let answers = vec![Answer::Later, Answer::LaterIn(Duration::ZERO)];
        let (backend, outcome) = run(protocol, 100, answers).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.retries, 2);
        assert_eq!(backend.distinct_spans(), outcome.acknowledged);
        assert_eq!(backend.requests(), outcome.requests + 2);
    }
}

#[tokio::test]
async fn a_backend_that_asks_for_time_gets_it() {
    for protocol in PROTOCOLS {
        let second = Duration::from_secs(1);
        let (_, outcome) = run(protocol, 100, vec![Answer::LaterIn(second)]).await;
        let outcome = outcome.unwrap();
        assert!(outcome.latencies.max() >= second, "the pause counts");
    }
}

#[tokio::test]
async fn exhausted_resources_without_a_time_are_for_good() {
    let (_, outcome) = run(Protocol::Grpc, 100, vec![Answer::Exhausted]).await;
    assert!(matches!(outcome, Err(LoadError::Refused { .. })));
}

#[tokio::test]
async fn what_is_refused_for_good_ends_the_load_and_says_why() {
    for protocol in PROTOCOLS {
        let (_, outcome) = run(protocol, SPANS, vec![Answer::Never("no such tenant")]).await;
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("no such tenant"), "{error}");
    }
}

#[tokio::test]
async fn spans_that_are_rejected_are_not_acknowledged() {
    for protocol in PROTOCOLS {
        let (backend, outcome) = run(protocol, 100, vec![Answer::Reject(1, "too old")]).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.rejected, 1);
        assert_eq!(outcome.rejection.as_deref(), Some("too old"));
        assert_eq!(outcome.acknowledged, backend.distinct_spans() - 1);
    }
}

#[tokio::test]
async fn nobody_at_the_endpoint_is_told_at_once() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for protocol in PROTOCOLS {
        let error = load(protocol, &endpoint).run(|_| {}).await.unwrap_err();
        assert!(matches!(error, LoadError::Connect(_)));
        assert!(error.to_string().contains(&endpoint), "{error}");
    }
}

#[tokio::test]
async fn a_rate_is_kept() {
    let (_, endpoint) = FakeBackend::start(Protocol::Grpc, Vec::new()).await;
    // Some ten times as long as they take without a rate, also where the code is not optimized.
    let (spans, rate) = (5_000, 5_000);
    let load = Load {
        spans,
        rate: NonZeroU32::new(rate),
        ..load(Protocol::Grpc, &endpoint)
    };
    let outcome = load.run(|_| {}).await.unwrap();
    let paced = Duration::from_secs(spans) / rate;
    // The last request, of at most 512 spans, need not wait until its time is over.
    assert!(outcome.elapsed >= paced * 9 / 10, "{:?}", outcome.elapsed);
}
