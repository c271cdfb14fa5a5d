//! Jaeger's API, word by word.

use std::sync::Arc;

use clew_model::{KeyValue, Span, SpanKind, Status, StatusCode, Timestamp};
use clew_server::Options;
use clew_testkit::{SPAN_START, request_of, service, span, span_id};
use clew_testkit_server::Backend;

use crate::support::{FailingStore, broken, export, full, get};

const CHECKOUT: &str = "00000000000000000000000000000001";

/// A checkout of two services that fails, and a visit of one that does not.
async fn shop() -> Backend {
    let backend = Backend::start();
    let [web, cart] = ["web", "cart"].map(service);
    let checkout = Span {
        name: "POST /checkout".to_owned(),
        ..span(&web, 1, 1)
    };
    let pay = Span {
        parent_span_id: Some(span_id(1)),
        name: "pay".to_owned(),
        kind: SpanKind::Client,
        attributes: vec![KeyValue::new("http.response.status_code", 502)],
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..span(&cart, 1, 2)
    };
    let visit = Span {
        start: Timestamp::from_unix_nanos(SPAN_START.unix_nanos() + 1_000_000_000),
        end: Timestamp::from_unix_nanos(SPAN_START.unix_nanos() + 3_000_000_000),
        attributes: vec![KeyValue::new("user", "anna")],
        ..span(&web, 1 << 64, 3)
    };
    export(&backend, request_of(&[checkout, pay, visit]))
        .await
        .export();
    backend
}

async fn check(backend: &Backend, path: &str, status: u16, expected: &str) {
    let answer = get(backend, path).await;
    assert_eq!(answer.text(), expected, "{path}");
    assert_eq!(answer.status.as_u16(), status, "{path}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{path}"
    );
}

/// The ids of the traces that a search finds, in its order.
async fn search(backend: &Backend, query: &str) -> Vec<String> {
    let answer = get(backend, &format!("/api/traces?start=0&{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let json = answer.json();
    let traces = json["data"].as_array().expect("traces are a list");
    let ids = traces
        .iter()
        .map(|trace| trace["traceID"].as_str().expect("an id is text").to_owned());
    ids.collect()
}

#[tokio::test]
async fn an_empty_backend_has_empty_lists() {
    let backend = Backend::start();
    let empty = r#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#;
    for path in [
        "/api/services",
        "/api/services/cart/operations",
        "/api/operations?service=cart",
        "/api/traces?service=cart",
        "/api/traces",
    ] {
        check(&backend, path, 200, empty).await;
    }
}

#[tokio::test]
async fn services_and_operations() {
    let backend = shop().await;
    check(
        &backend,
        "/api/services",
        200,
        r#"{"data":["cart","web"],"total":2,"limit":0,"offset":0,"errors":null}"#,
    )
    .await;
    check(
        &backend,
        "/api/services/web/operations",
        200,
        r#"{"data":["GET /","POST /checkout"],"total":2,"limit":0,"offset":0,"errors":null}"#,
    )
    .await;
    check(
        &backend,
        "/api/operations?service=web",
        200,
        concat!(
            r#"{"data":[{"name":"GET /","spanKind":"server"},"#,
            r#"{"name":"POST /checkout","spanKind":"server"}],"#,
            r#""total":2,"limit":0,"offset":0,"errors":null}"#
        ),
    )
    .await;
    check(
        &backend,
        "/api/operations?service=cart&spanKind=server",
        200,
        r#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#,
    )
    .await;
}

#[tokio::test]
async fn services_may_have_any_name() {
    let backend = Backend::start();
    let name = "a/b c+d%é";
    export(&backend, request_of(&[span(&service(name), 1, 1)]))
        .await
        .export();

    let path = "/api/services/a%2Fb%20c+d%25%C3%A9/operations";
    let expected = r#"{"data":["GET /"],"total":1,"limit":0,"offset":0,"errors":null}"#;
    check(&backend, path, 200, expected).await;
    let query = "service=a%2Fb+c%2Bd%25%C3%A9";
    assert_eq!(search(&backend, query).await, ["0000000000000001"]);
}

#[tokio::test]
async fn a_trace() {
    let backend = shop().await;
    let expected = concat!(
        r#"{"data":[{"traceID":"0000000000000001","spans":[{"traceID":"0000000000000001","#,
        r#""spanID":"0000000000000001","operationName":"POST /checkout","references":[],"#,
        r#""startTime":1680172438000000,"duration":5000,"#,
        r#""tags":[{"key":"span.kind","type":"string","value":"server"}],"logs":[],"#,
        r#""processID":"p1","warnings":null},"#,
        r#"{"traceID":"0000000000000001","spanID":"0000000000000002","operationName":"pay","#,
        r#""references":[{"refType":"CHILD_OF","traceID":"0000000000000001","#,
        r#""spanID":"0000000000000001"}],"startTime":1680172438000000,"duration":5000,"#,
        r#""tags":[{"key":"http.response.status_code","type":"int64","value":502},"#,
        r#"{"key":"span.kind","type":"string","value":"client"},"#,
        r#"{"key":"otel.status_code","type":"string","value":"ERROR"},"#,
        r#"{"key":"error","type":"bool","value":true}],"logs":[],"#,
        r#""processID":"p2","warnings":null}],"#,
        r#""processes":{"p1":{"serviceName":"web","tags":[]},"#,
        r#""p2":{"serviceName":"cart","tags":[]}},"warnings":null}],"#,
        r#""total":0,"limit":0,"offset":0,"errors":null}"#,
    );
    for id in [CHECKOUT, "0000000000000001", "1"] {
        check(&backend, &format!("/api/traces/{id}"), 200, expected).await;
        let more = format!("/api/traces/{id}?start=1&end=2&raw=true&unknown=x");
        check(&backend, &more, 200, expected).await;
    }
}

#[tokio::test]
async fn a_trace_for_a_reader() {
    let backend = shop().await;

    let answer = get(&backend, "/api/services?prettyPrint=true").await;

    let expected = concat!(
        "{\n  \"data\": [\n    \"cart\",\n    \"web\"\n  ],\n  \"total\": 2,\n",
        "  \"limit\": 0,\n  \"offset\": 0,\n  \"errors\": null\n}"
    );
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn a_trace_that_is_not_there() {
    let backend = shop().await;
    let expected = concat!(
        r#"{"data":null,"total":0,"limit":0,"offset":0,"#,
        r#""errors":[{"code":404,"msg":"trace not found"}]}"#
    );
    check(&backend, "/api/traces/abc", 404, expected).await;
}

#[tokio::test]
async fn traces_by_their_ids() {
    let backend = shop().await;

    let answer = get(&backend, "/api/traces?traceID=abc&traceID=1&service=nobody").await;

    let json = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!(json["data"].as_array().unwrap().len(), 1);
    assert_eq!(json["data"][0]["traceID"], "0000000000000001");
    let expected = serde_json::json!([{"msg": "trace not found", "traceID": "0000000000000abc"}]);
    assert_eq!(json["errors"], expected);
}

#[tokio::test]
async fn searches() {
    let backend = shop().await;
    let checkout = "0000000000000001";
    let visit = "00000000000000010000000000000000";
    let both: &[&str] = &[visit, checkout];
    for (query, expected) in [
        ("", both),
        ("service=web", both),
        ("limit=1", &[visit]),
        ("service=cart", &[checkout]),
        ("service=web&operation=POST+/checkout", &[checkout]),
        ("service=cart&operation=POST+/checkout", &[]),
        ("minDuration=1s", &[visit]),
        ("maxDuration=5ms", &[checkout]),
        ("minDuration=5001us&maxDuration=1.9s", &[]),
        ("tag=error:true", &[checkout]),
        (r#"tags={"error":"true"}"#, &[checkout]),
        ("service=web&tag=error:true", &[]),
        ("tag=span.kind:client", &[checkout]),
        ("tag=http.response.status_code:502", &[checkout]),
        (
            r#"tags={"http.response.status_code":502,"error":true}"#,
            &[checkout],
        ),
        ("tag=user:anna", &[visit]),
        ("tag=user:anna&tag=error:true", &[]),
        ("end=1680172438000000", &[checkout]),
        ("start=1680172439000000", both),
    ] {
        assert_eq!(search(&backend, query).await, expected, "{query}");
    }
    let answer = get(&backend, "/api/traces?start=1680172439000000").await;
    assert_eq!(answer.json()["data"].as_array().unwrap().len(), 1);
    let answer = get(&backend, "/api/traces").await;
    assert_eq!(
        answer.json()["data"],
        serde_json::json!([]),
        "the spans are years old"
    );
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let backend = Backend::start();
    for (path, problem) in [
        (
            "/api/traces?limit=x",
            "parameter 'limit': 'x' is not a whole number from 1 to 10000",
        ),
        (
            "/api/traces?start=x",
            "parameter 'start': 'x' is not a time in microseconds since 1970",
        ),
        (
            "/api/traces?minDuration=1",
            "parameter 'minDuration': '1' is not a duration such as 1.5ms, 2s or 1m30s",
        ),
        (
            "/api/traces?tag=x",
            "parameter 'tag': 'x' is not of the form key:value",
        ),
        (
            "/api/traces/x",
            "parameter 'traceID': 'x' is not a trace id, which has 1 to 32 hexadecimal digits, \
             not all zero",
        ),
        (
            "/api/traces/1?end=x",
            "parameter 'end': 'x' is not a time in microseconds since 1970",
        ),
        (
            "/api/operations",
            "parameter 'service': it is required here",
        ),
        (
            "/api/operations?service=a&spanKind=x",
            "parameter 'spanKind': 'x' is none of internal, server, client, producer and consumer",
        ),
    ] {
        let expected = format!(
            r#"{{"data":null,"total":0,"limit":0,"offset":0,"errors":[{{"code":400,"msg":"{problem}"}}]}}"#
        );
        check(&backend, path, 400, &expected).await;
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_in_the_same_envelope() {
    let backend = Backend::start();
    let message = "there is no such path in Jaeger's API, or not in this version of Clew";
    for path in ["/api/nothing", "/api/services/cart"] {
        let expected = format!(
            r#"{{"data":null,"total":0,"limit":0,"offset":0,"errors":[{{"code":404,"msg":"{message}"}}]}}"#
        );
        check(&backend, path, 404, &expected).await;
    }
    let url = format!("http://{}/api/services", backend.http());
    let answer = clew_testkit_server::http_client()
        .delete(url)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET,HEAD");
}

#[tokio::test]
async fn a_store_that_cannot_read_is_no_empty_answer() {
    // What is wrong with which file is in the server's log alone.
    let damaged = "the store cannot answer, and Clew's log says why";
    let busy = "too many queries are being answered at the moment; try again";
    for (error, status, message) in [(full as fn() -> _, 503, busy), (broken, 500, damaged)] {
        let backend = Backend::start_with(Options::default(), Arc::new(FailingStore(error)));
        for path in [
            "/api/services",
            "/api/traces",
            "/api/traces/1",
            "/api/operations?service=a",
        ] {
            let answer = get(&backend, path).await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(answer.json()["errors"][0]["msg"], message, "{path}");
        }
    }
}

#[tokio::test]
async fn every_path_below_api_answers_in_the_envelope() {
    let backend = Backend::start();
    let not_utf8 = |name: &str| format!("parameter '{name}': it is not UTF-8");
    let no_path = "there is no such path in Jaeger's API, or not in this version of Clew";
    for (path, status, problem) in [
        ("/api", 404, no_path.to_owned()),
        ("/api/", 404, no_path.to_owned()),
        ("/api/nothing/here", 404, no_path.to_owned()),
        ("/api/traces/%ff", 400, not_utf8("traceID")),
        ("/api/services/%ff/operations", 400, not_utf8("service")),
    ] {
        let answer = get(&backend, path).await;

        assert_eq!(answer.status, status, "{path}");
        let errors = serde_json::json!([{"code": status, "msg": problem}]);
        assert_eq!(answer.json()["errors"], errors, "{path}");
    }
}
