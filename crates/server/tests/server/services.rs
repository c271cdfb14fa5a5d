//! The service map and the figures of services, in Clew's API and in Jaeger's.

use clew_model::{KeyValue, Span, SpanKind, Status, StatusCode, Timestamp};
use clew_testkit::{request_of, service, span, span_id, trace_id};
use clew_testkit_server::Backend;
use serde_json::{Value, json};

use crate::support::{export, get};

/// 2023-11-14 22:13:20 UTC, a multiple of ten seconds.
const START: u64 = 1_700_000_000_000_000_000;

const MILLIS: u64 = 1_000_000;

/// A span that starts so many seconds after [`START`] and takes so many milliseconds.
fn spent(service_name: &str, trace: u128, id: u64, second: u64, millis: u64) -> Span {
    let start = START + second * 1_000 * MILLIS;
    Span {
        start: Timestamp::from_unix_nanos(start),
        end: Timestamp::from_unix_nanos(start + millis * MILLIS),
        ..span(&service(service_name), trace, id)
    }
}

/// `web` answers at 1 s, 2 s and 15 s; the second request calls `cart`, which asks a database and
/// fails.
async fn shop() -> Backend {
    let backend = Backend::start();
    let add = Span {
        name: "add".to_owned(),
        parent_span_id: Some(span_id(1)),
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..spent("cart", 2, 2, 2, 32)
    };
    let select = Span {
        name: "SELECT".to_owned(),
        kind: SpanKind::Client,
        parent_span_id: Some(span_id(2)),
        attributes: vec![KeyValue::new("db.system.name", "postgresql")],
        ..spent("cart", 2, 3, 2, 16)
    };
    let lost = Span {
        parent_span_id: Some(span_id(9)),
        ..spent("web", 3, 1, 15, 64)
    };
    let spans = [
        spent("web", 1, 1, 1, 64),
        spent("web", 2, 1, 2, 64),
        lost,
        add,
        select,
    ];
    export(&backend, request_of(&spans)).await.export();
    backend
}

/// From [`START`] on for twenty seconds, in cells of ten.
fn in_cells(path: &str) -> String {
    let end = START + 20_000 * MILLIS;
    format!("{path}?start={START}&end={end}&step=10s")
}

async fn json_of(backend: &Backend, path: &str) -> Value {
    let answer = get(backend, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// What percentiles say of spans that all took as long.
fn all_took(millis: u64) -> [String; 3] {
    [(); 3].map(|()| (millis * MILLIS).to_string())
}

#[tokio::test]
async fn the_map_has_services_with_their_requests_and_the_calls_between_them() {
    let backend = shop().await;
    let map = json_of(&backend, &in_cells("/api/clew/v1/map")).await;
    let [p50, p95, p99] = all_took(64);
    let web = json!({
        "name": "web", "spans": 3, "requests": 3, "errors": 0,
        "p50Nano": p50, "p95Nano": p95, "p99Nano": p99,
        "cells": [
            {"startTimeUnixNano": START.to_string(), "requests": 2, "errors": 0},
            {"startTimeUnixNano": (START + 10_000 * MILLIS).to_string(), "requests": 1, "errors": 0},
        ],
    });
    let [p50, p95, p99] = all_took(32);
    let cart = json!({
        "name": "cart", "spans": 2, "requests": 1, "errors": 1,
        "p50Nano": p50, "p95Nano": p95, "p99Nano": p99,
        "cells": [{"startTimeUnixNano": START.to_string(), "requests": 1, "errors": 1}],
    });
    let add = json!({
        "caller": "web", "called": "cart", "kind": "service", "calls": 1, "errors": 1,
        "p50Nano": p50, "p95Nano": p95, "p99Nano": p99,
    });
    let [p50, p95, p99] = all_took(16);
    let select = json!({
        "caller": "cart", "called": "postgresql", "kind": "database", "calls": 1, "errors": 0,
        "p50Nano": p50, "p95Nano": p95, "p99Nano": p99,
    });
    let expected = json!({
        "startTimeUnixNano": START.to_string(),
        "endTimeUnixNano": (START + 20_000 * MILLIS).to_string(),
        "stepNano": "10000000000",
        "services": [web, cart],
        "edges": [select, add],
        "unresolvedCalls": 1,
        "partial": null,
    });
    assert_eq!(map, expected);
}

#[tokio::test]
async fn a_service_has_figures_over_time_with_the_spans_that_took_longest() {
    let backend = shop().await;
    let path = in_cells("/api/clew/v1/services/cart/metrics");
    let figures = json_of(&backend, &path).await;
    let [p50, p95, p99] = all_took(32);
    let cell = json!({
        "startTimeUnixNano": START.to_string(), "spans": 1, "errors": 1,
        "p50Nano": p50, "p95Nano": p95, "p99Nano": p99,
        "exemplars": [{
            "traceId": trace_id(2).to_string(), "spanId": span_id(2).to_string(),
            "durationNano": "32000000", "isError": true,
        }],
    });
    let total = json!({
        "spans": 1, "errors": 1, "p50Nano": p50, "p95Nano": p95, "p99Nano": p99, "cells": [cell],
    });
    assert_eq!(figures["total"], total);
    let mut add = total.clone();
    add["name"] = json!("add");
    add["kind"] = json!(2);
    assert_eq!(figures["names"], json!([add]));
    assert_eq!(
        (&figures["hasMoreNames"], &figures["partial"]),
        (&json!(false), &json!(null))
    );

    for (kind, expected) in [
        ("client", json!(["SELECT"])),
        ("all", json!(["SELECT", "add"])),
        ("internal", json!([])),
    ] {
        let figures = json_of(&backend, &format!("{path}&kind={kind}")).await;
        let names = figures["names"].as_array().unwrap();
        let names: Vec<_> = names.iter().map(|it| &it["name"]).collect();
        assert_eq!(json!(names), expected, "{kind}");
    }
}

#[tokio::test]
async fn without_a_range_the_last_hour_is_meant() {
    let backend = shop().await;
    let map = json_of(&backend, "/api/clew/v1/map").await;
    assert_eq!(map["services"], json!([]));
    let nanos = |name: &str| -> u64 { map[name].as_str().unwrap().parse().unwrap() };
    let length = nanos("endTimeUnixNano") - nanos("startTimeUnixNano");
    assert_eq!(length, 3_600_000 * MILLIS);
    assert_eq!(nanos("stepNano"), 120_000 * MILLIS);
    let until = format!("/api/clew/v1/map?end={}", START + 20_000 * MILLIS);
    let map = json_of(&backend, &until).await;
    assert_eq!(map["services"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_no_range_or_step_is_refused() {
    let backend = Backend::start();
    for (path, message) in [
        (
            "map?start=0&end=1000000000&step=100us",
            "parameter 'step': it is less than a millisecond",
        ),
        (
            "map?start=0&end=2000000000&step=1ms",
            "parameter 'step': from 'start' to 'end' there are more than 1000 of it",
        ),
        (
            "map?start=2&end=1",
            "parameter 'start': it is later than 'end'",
        ),
        (
            "map?kind=all",
            "parameter 'kind': it is none of start, end, step",
        ),
        (
            "services/web/metrics?kind=any",
            "parameter 'kind': 'any' is none of internal, server, client, producer, consumer and all",
        ),
    ] {
        let answer = get(&backend, &format!("/api/clew/v1/{path}")).await;
        let expected = json!({"error": {"status": 400, "message": message}});
        assert_eq!(answer.json(), expected, "{path}");
    }
}

async fn check(backend: &Backend, path: &str, status: u16, expected: &str) {
    let answer = get(backend, path).await;
    assert_eq!(answer.text(), expected, "{path}");
    assert_eq!(answer.status.as_u16(), status, "{path}");
}

/// The end of the twenty seconds, in milliseconds.
const END_MILLIS: u64 = START / MILLIS + 20_000;

#[tokio::test]
async fn jaegers_dependencies_are_the_calls_between_services() {
    let backend = shop().await;
    let one = r#"{"data":[{"parent":"web","child":"cart","callCount":1}],"total":1,"limit":0,"offset":0,"errors":null}"#;
    let none = r#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#;
    let at = |query: &str| format!("/api/dependencies?endTs={END_MILLIS}{query}");
    check(&backend, &at(""), 200, one).await;
    check(&backend, &at("&lookback=20000&service=cart"), 200, one).await;
    check(&backend, &at("&service=bank"), 200, none).await;
    check(&backend, &at("&lookback=10000"), 200, none).await;
    check(&backend, "/api/dependencies", 200, none).await;
    let error = r#"{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":400,"msg":"parameter 'endTs': 'x' is not a time in milliseconds since 1970"}]}"#;
    check(&backend, "/api/dependencies?endTs=x", 400, error).await;
}

#[tokio::test]
async fn jaegers_metrics_are_rates_over_windows() {
    let backend = shop().await;
    let at = |of: &str, query: &str| {
        let times = format!("endTs={END_MILLIS}&lookback=20000&step=10000");
        format!("/api/metrics/{of}?{times}{query}")
    };
    let point = |value: &str, time: &str| {
        format!(
            r#"{{"gaugeValue":{{"doubleValue":{value}}},"timestamp":"2023-11-14T22:13:{time}Z"}}"#
        )
    };
    let family = |name: &str, help: &str, labels: &str, values: [&str; 2]| {
        let points = [point(values[0], "30"), point(values[1], "40")].join(",");
        format!(
            r#"{{"name":"{name}","type":"GAUGE","help":"{help}","metrics":[{{"labels":[{labels}],"metricPoints":[{points}]}}]}}"#
        )
    };
    let web = r#"{"name":"service_name","value":"web"}"#;
    let cart = r#"{"name":"service_name","value":"cart"}"#;
    let add = format!(r#"{cart},{{"name":"operation","value":"add"}}"#);
    let select = format!(r#"{cart},{{"name":"operation","value":"SELECT"}}"#);

    // Two requests and then one, in windows of ten seconds and then of twenty.
    let calls = "calls/sec, grouped by service";
    let expected = family("service_call_rate", calls, web, ["0.2", "0.1"]);
    let path = at("calls", "&service=web&ratePer=10000");
    check(&backend, &path, 200, &expected).await;
    let expected = family("service_call_rate", calls, web, ["0.1", "0.15"]);
    let path = at("calls", "&service=web&ratePer=20000&spanKind=server");
    check(&backend, &path, 200, &expected).await;

    let help = "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service & operation";
    let expected = family(
        "service_operation_error_rate",
        help,
        &add,
        ["1.0", "\"NaN\""],
    );
    let path = at(
        "errors",
        "&service=cart&ratePer=10000&groupByOperation=true",
    );
    check(&backend, &path, 200, &expected).await;

    let expected = family(
        "service_operation_latencies",
        "0.95th quantile latency, grouped by service & operation",
        &select,
        ["16.0", "16.0"],
    );
    let query =
        "&service=cart&quantile=0.95&groupByOperation=true&spanKind=SPAN_KIND_CLIENT&ratePer=20000";
    check(&backend, &at("latencies", query), 200, &expected).await;

    let both = get(&backend, &at("calls", "&service=web&service=cart")).await;
    assert_eq!(both.json()["metrics"].as_array().unwrap().len(), 2);
    let minstep = r#"{"data":1,"total":0,"limit":0,"offset":0,"errors":null}"#;
    check(&backend, "/api/metrics/minstep", 200, minstep).await;
}

#[tokio::test]
async fn jaegers_metrics_refuse_what_they_cannot_show() {
    let backend = Backend::start();
    let none = r#"{"name":"service_call_rate","type":"GAUGE","help":"calls/sec, grouped by service","metrics":[]}"#;
    check(&backend, "/api/metrics/calls?service=web", 200, none).await;
    for (path, message) in [
        ("calls", "parameter 'service': it is required here"),
        (
            "latencies?service=web",
            "parameter 'quantile': it is required here",
        ),
        (
            "latencies?service=web&quantile=95",
            "parameter 'quantile': '95' is not a number from 0 to 1",
        ),
        (
            "calls?service=web&step=0",
            "parameter 'step': it is less than a millisecond",
        ),
        (
            "calls?service=web&step=1",
            "parameter 'step': 'lookback' has more than 11000 of it",
        ),
        (
            "calls?service=web&ratePer=3605000",
            "parameter 'ratePer': it is more than 720 times 'step'",
        ),
        (
            "calls?service=web&lookback=0",
            "parameter 'lookback': there is no time in it",
        ),
        (
            "errors?service=web&spanKind=peer",
            "parameter 'spanKind': 'peer' is none of unspecified, internal, server, client, producer and consumer",
        ),
    ] {
        let answer = get(&backend, &format!("/api/metrics/{path}")).await;
        assert_eq!(answer.json()["errors"][0]["msg"], message, "{path}");
        assert_eq!(answer.status, 400, "{path}");
    }
}
