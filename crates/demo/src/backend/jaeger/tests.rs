use serde_json::json;

use super::*;
use crate::traces::fixtures::{self, TRACE_ID, span};

fn parse(trace: serde_json::Value) -> Result<Trace, FormatError> {
    let trace: JaegerTrace = serde_json::from_value(trace).unwrap();
    trace.into_trace()
}

#[test]
fn a_span_keeps_what_the_demo_looks_at() {
    let root = span(1, "client", "get_band")
        .time(0, 100)
        .tag("demo.step", "5");
    let served = span(2, "bands-api", "GET /bands/{id}")
        .parent(1)
        .time(10, 90)
        .tag("span.kind", "server")
        .tag("otel.status_code", "ERROR")
        .tag("otel.status_description", "no reviews");
    // Sent out of order: a trace is by start.
    let trace = fixtures::trace(&[served, root]);

    let [root, served] = trace.spans.as_slice() else {
        panic!("{trace:?}");
    };
    assert_eq!(trace.id.to_string(), TRACE_ID);
    assert_eq!(root.parent_span_id, None);
    assert_eq!(root.duration(), Duration::from_millis(100));
    assert_eq!(root.attribute("demo.step"), Some(&Value::from("5")));
    assert_eq!(root.kind, SpanKind::Internal);
    assert!(!root.is_error());
    assert_eq!(served.parent_span_id, Some(root.span_id));
    assert_eq!(served.name, "GET /bands/{id}");
    assert_eq!(served.service_name(), Some("bands-api"));
    assert_eq!(served.trace_state, "foo=bar");
    assert_eq!(served.kind, SpanKind::Server);
    assert!(served.is_error());
    assert_eq!(served.status.message, "no reviews");
}

#[test]
fn jaeger_shortens_ids_whose_high_half_is_zero() {
    let trace = parse(json!({
        "traceID": "1a2b",
        "spans": [{
            "traceID": "1a2b", "spanID": "3c", "operationName": "x", "startTime": 1,
            "duration": 1, "processID": "p1",
        }],
        "processes": {"p1": {"serviceName": "s"}},
    }))
    .unwrap();
    assert_eq!(trace.id.to_string(), "00000000000000000000000000001a2b");
    assert_eq!(trace.spans[0].span_id.to_string(), "000000000000003c");
}

#[test]
fn a_reference_that_is_no_parent_makes_no_child() {
    let other_trace = "1".repeat(32);
    let trace = parse(json!({
        "traceID": TRACE_ID,
        "spans": [{
            "traceID": TRACE_ID, "spanID": "3c", "operationName": "x", "startTime": 1,
            "duration": 1, "processID": "p1",
            "references": [
                {"refType": "FOLLOWS_FROM", "traceID": TRACE_ID, "spanID": "1"},
                {"refType": "CHILD_OF", "traceID": other_trace, "spanID": "2"},
            ],
        }],
        "processes": {"p1": {"serviceName": "s"}},
    }));
    assert_eq!(trace.unwrap().spans[0].parent_span_id, None);
}

#[test]
fn what_makes_no_sense_is_named() {
    let check = |trace_id: &str, span_id: &str, process: &str, start: u64, expected: &str| {
        let error = parse(json!({
            "traceID": trace_id,
            "spans": [{
                "traceID": trace_id, "spanID": span_id, "operationName": "x",
                "startTime": start, "duration": 1, "processID": process,
            }],
            "processes": {"p1": {"serviceName": "s"}},
        }));
        assert_eq!(error.unwrap_err().to_string(), expected);
    };
    check("xyz", "1", "p1", 1, "\"xyz\" is not a trace id");
    check("1", "0", "p1", 1, "\"0\" is not a span id");
    check(
        "1",
        "1",
        "p9",
        1,
        "a span is of process \"p9\", which is missing",
    );
    check(
        "1",
        "1",
        "p1",
        u64::MAX,
        "the time 18446744073709551615 µs is out of range",
    );
}
