//! OTLP over HTTP in JSON: what is different from protobuf.

use clew_testkit::trace_id;
use clew_testkit_server::Backend;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use prost::Message as _;
use serde_json::{Value, json};

use crate::support::{self, Answer, get, gzip, post, span_count};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// A request with a span of these ids.
fn request(trace_id: &str, span_id: &str) -> String {
    let span = json!({
        "traceId": trace_id,
        "spanId": span_id,
        "name": "GET /",
        "kind": 2,
        "startTimeUnixNano": "1680172438000000000",
        "endTimeUnixNano": "1680172438005000000",
    });
    json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string()
}

fn one_span() -> String {
    request(&trace_id(1).to_string(), "00000000000000aa")
}

async fn export(backend: &Backend, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    post(backend.otlp_http(), path, &JSON, body).await
}

#[tokio::test]
async fn full_success_is_an_empty_object() {
    let backend = Backend::start();

    let answer = export(&backend, "/v1/traces", one_span()).await;

    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{}"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn content_types_have_parameters_and_bodies_are_compressed() {
    let backend = Backend::start();
    let headers = [
        ("content-type", "Application/JSON; charset=utf-8"),
        ("content-encoding", "gzip"),
    ];
    let body = gzip(one_span().as_bytes());

    let answer = post(backend.otlp_http(), "/v1/traces", &headers, body).await;

    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{}"));
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn the_same_span_in_protobuf_and_json_is_one_span() {
    let backend = Backend::start();
    let span = otlp::Span {
        trace_id: trace_id(1).to_bytes().to_vec(),
        span_id: vec![0, 0, 0, 0, 0, 0, 0, 0xaa],
        name: "GET /".to_owned(),
        kind: 2,
        start_time_unix_nano: 1_680_172_438_000_000_000,
        end_time_unix_nano: 1_680_172_438_005_000_000,
        ..otlp::Span::default()
    };
    let scope_spans = otlp::ScopeSpans {
        spans: vec![span],
        ..otlp::ScopeSpans::default()
    };
    let resource_spans = otlp::ResourceSpans {
        scope_spans: vec![scope_spans],
        ..otlp::ResourceSpans::default()
    };
    let in_protobuf = ExportTraceServiceRequest {
        resource_spans: vec![resource_spans],
    };
    let path = format!("/api/traces/{}", trace_id(1));

    support::export(&backend, in_protobuf.encode_to_vec())
        .await
        .export();
    let trace = get(&backend, &path).await.body;
    let answer = export(&backend, "/v1/traces", one_span()).await;

    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{}"));
    assert_eq!(get(&backend, &path).await.body, trace);
}

#[tokio::test]
async fn a_span_that_is_rejected_is_counted_in_json() {
    let backend = Backend::start();
    let body = request(&"0".repeat(32), "00000000000000aa");

    let answer = export(&backend, "/v1/traces", body).await;

    assert_eq!(answer.status, StatusCode::OK);
    let partial_success = &answer.json()["partialSuccess"];
    assert_eq!(partial_success["rejectedSpans"], "1");
    let message = partial_success["errorMessage"].as_str();
    assert!(
        message.is_some_and(|message| !message.is_empty()),
        "{partial_success}"
    );
}

#[tokio::test]
async fn an_id_that_is_not_hexadecimal_costs_its_span_alone() {
    let backend = Backend::start();
    let mut body: Value = serde_json::from_str(&one_span()).unwrap();
    let spans = &mut body["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let mut invalid = spans[0].clone();
    invalid["parentSpanId"] = json!("7uGbfsPBsXQ=");
    spans.as_array_mut().unwrap().push(invalid);

    let answer = export(&backend, "/v1/traces", body.to_string()).await;

    assert_eq!(answer.status, StatusCode::OK);
    let expected = json!({
        "rejectedSpans": "1",
        "errorMessage": "the span at resourceSpans[0].scopeSpans[0].spans[1] has a parentSpanId \
                         that is not hexadecimal, with 'u' at position 1",
    });
    assert_eq!(answer.json(), json!({"partialSuccess": expected}));
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn a_character_that_was_cut_in_two_costs_no_span() {
    let backend = Backend::start();
    let body = one_span().replace("GET /", r"GET /\ud83d");

    let answer = export(&backend, "/v1/traces", body).await;

    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{}"));
    let trace = get(&backend, &format!("/api/traces/{}", trace_id(1))).await;
    assert_eq!(
        trace.json()["data"][0]["spans"][0]["operationName"],
        "GET /\u{fffd}"
    );
}

#[tokio::test]
async fn other_signals_are_rejected_to_the_last() {
    let backend = Backend::start();
    let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {}]}]}]});
    let gauge = json!({"gauge": {"dataPoints": [{}, {}, {}]}});
    let metrics = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [gauge]}]}]});
    for (path, body, expected) in [
        (
            "/v1/logs",
            logs,
            json!({
                "rejectedLogRecords": "2",
                "errorMessage": "log records are not stored yet; Clew keeps traces",
            }),
        ),
        (
            "/v1/metrics",
            metrics,
            json!({
                "rejectedDataPoints": "3",
                "errorMessage": "data points are not stored yet; Clew keeps traces",
            }),
        ),
    ] {
        let answer = export(&backend, path, body.to_string()).await;

        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json(), json!({"partialSuccess": expected}));
    }
}

#[tokio::test]
async fn errors_are_told_in_json() {
    let backend = Backend::start();
    for body in ["", "{", "7", r#"{"resourceSpans": 1}"#] {
        let answer = export(&backend, "/v1/traces", body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let status = answer.json();
        assert_eq!(status["code"], 3, "{body}");
        assert!(
            status["message"].as_str().is_some_and(|it| !it.is_empty()),
            "{status}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_place() {
    let backend = Backend::start();
    let why = "the request is not OTLP in JSON: invalid type: ";
    for (path, body, expected) in [
        (
            "/v1/traces",
            "{\"resourceSpans\": [\n  {\"scopeSpans\": [{\"scope\": [\"name\", \"1\"]}]}]}",
            "sequence, expected an object at line 2 column 29",
        ),
        (
            "/v1/traces",
            "{\"resourceSpans\": 1}",
            "integer `1`, expected a list at line 1 column 19",
        ),
        (
            "/v1/logs",
            "{\"resourceLogs\": [[1]]}",
            "sequence, expected an object at line 1 column 19",
        ),
        (
            "/v1/metrics",
            "[1]",
            "sequence, expected an object at line 1 column 1",
        ),
    ] {
        let answer = export(&backend, path, body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.json()["message"], format!("{why}{expected}"));
    }
}

#[tokio::test]
async fn a_wrong_value_is_not_sent_back_in_full() {
    let backend = Backend::start();
    let body = one_span().replace(
        "\"1680172438000000000\"",
        &format!("\"{}\"", "9".repeat(1000)),
    );

    let answer = export(&backend, "/v1/traces", body).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let status = answer.json();
    let message = status["message"].as_str().unwrap();
    let excerpt = format!("invalid value: string \"{}…\", expected", "9".repeat(64));
    assert!(message.contains(&excerpt), "{message}");
}
