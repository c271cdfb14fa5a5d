use std::num::NonZeroU16;
use std::time::Duration;

use clew_model::Timestamp;

use super::{LoadReport, OpenReport, QueryReport, Taken};
use crate::{
    Corpus, Endpoint, Latencies, Load, LoadOutcome, Memory, Opening, Protocol, Query, QueryOutcome,
    Reach,
};

fn latencies() -> Latencies {
    let mut latencies = Latencies::default();
    for millis in [1, 2, 3, 100] {
        latencies.record(Duration::from_millis(millis));
    }
    latencies
}

fn load_report(process: Option<Taken>) -> LoadReport {
    let load = Load {
        corpus: Corpus {
            seed: 1,
            start: Timestamp::MIN,
            slowdown: std::num::NonZeroU32::MIN,
        },
        signal: crate::Signal::Traces,
        spans: 2000,
        batch_delay: Duration::ZERO,
        endpoint: Endpoint::parse("http://127.0.0.1:4317", Reach::Loopback).unwrap(),
        protocol: Protocol::Grpc,
        connections: NonZeroU16::MIN,
        rate: None,
    };
    let outcome = LoadOutcome {
        acknowledged: 1999,
        rejected: 1,
        rejection: Some("id of zeros".to_owned()),
        requests: 4,
        bytes: 800_000,
        retries: 0,
        latencies: latencies(),
        elapsed: Duration::from_millis(500),
    };
    LoadReport::new(&load, outcome, process)
}

#[test]
fn a_load_is_told_in_spans_bytes_and_times() {
    let memory = Memory {
        resident: 20_000_000,
        anonymous: 10_000_000,
        peak: 30_000_000,
    };
    let report = load_report(Some(Taken {
        cpu_time: Duration::from_millis(100),
        memory,
        over_time: vec![5_000_000, 10_000_000],
    }));
    let expected = "\
http://127.0.0.1:4317/ (grpc)
  acknowledged     1999 spans in 0.50 s, 3998 a second, 400 bytes each
  rejected         1 spans: \"id of zeros\"
  acknowledgement  p50 2.0 ms, p99 100.0 ms, p99.9 100.0 ms, max 100.0 ms (4 requests, 0 sent again)
  process          0.10 s of CPU, 19990 spans a CPU second; memory at most 30.0 MB, now 20.0 MB
";
    assert_eq!(report.to_string(), expected);
}

#[test]
fn json_has_the_same_figures() {
    let json = serde_json::to_value(load_report(None)).unwrap();
    assert_eq!(json["acknowledged_spans"], 1999);
    assert_eq!(json["bytes_per_span"], 400.0);
    assert_eq!(json["acknowledgement_ms"]["max"], 100.0);
    assert!(json["process"].is_null());
}

#[test]
fn a_query_is_told_in_one_line() {
    let outcome = QueryOutcome {
        query: Query::Slow,
        latencies: latencies(),
        answer_bytes: 1234,
    };
    let line = QueryReport::from(&outcome).to_string();
    let expected = "  slower than 500 ms               \
        p50    2.01 ms, p99  100.00 ms, max  100.00 ms, 1234 bytes\n";
    assert_eq!(line, expected);
}

#[test]
fn openings_are_told_by_their_median_and_the_most_memory() {
    let opening = |millis, resident| Opening {
        ready: Duration::from_millis(millis),
        memory: Memory {
            resident,
            anonymous: 0,
            peak: 0,
        },
    };
    let report = OpenReport::new(&[opening(30, 7), opening(10, 9), opening(20, 8)]);
    assert_eq!(report.ready_ms, [30.0, 10.0, 20.0]);
    assert_eq!(report.memory_resident_bytes, 9);
    let line = report.to_string();
    assert!(
        line.contains("ready after 20 ms (median of 3 starts)"),
        "{line}"
    );
}
