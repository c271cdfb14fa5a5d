//! What Jaeger's own UI asks of the second generation of Jaeger's API.

use std::sync::Arc;

use clew_model::{Span, Status, StatusCode};
use clew_server::Options;
use clew_testkit::{request_of, service, span, span_id};
use clew_testkit_server::Backend;
use serde_json::{Value, json};

use crate::support::{FailingStore, export, full, get};

/// A checkout of two services that fails, and a visit whose root is not there.
async fn shop() -> Backend {
    let backend = Backend::start();
    let [web, cart] = ["web", "cart"].map(service);
    let pay = Span {
        parent_span_id: Some(span_id(1)),
        name: "pay".to_owned(),
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..span(&cart, 1, 2)
    };
    let visit = Span {
        parent_span_id: Some(span_id(9)),
        ..span(&web, 1 << 64, 3)
    };
    export(&backend, request_of(&[span(&web, 1, 1), pay, visit]))
        .await
        .export();
    backend
}

async fn check(backend: &Backend, path: &str, expected: Value) {
    let answer = get(backend, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), expected, "{path}");
}

/// How many spans the traces have that a search finds.
async fn search(backend: &Backend, query: &str) -> Vec<u64> {
    let start = "query.startTimeMin=2023-03-30T00:00:00.000Z";
    let answer = get(backend, &format!("/api/v3/trace-summaries?{start}&{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let json = answer.json();
    let summaries = json["summaries"].as_array().expect("they are a list");
    let counts = summaries.iter().map(|it| it["spanCount"].as_u64());
    counts.map(|count| count.expect("a number")).collect()
}

#[tokio::test]
async fn an_empty_backend_has_empty_lists() {
    let backend = Backend::start();
    check(&backend, "/api/v3/services", json!({"services": []})).await;
    let path = "/api/v3/operations?service=cart";
    check(&backend, path, json!({"operations": []})).await;
    let path = "/api/v3/trace-summaries?query.serviceName=cart";
    check(&backend, path, json!({"summaries": []})).await;
}

#[tokio::test]
async fn services_and_operations() {
    let backend = shop().await;
    let services = json!({"services": ["cart", "web"]});
    check(&backend, "/api/v3/services", services).await;
    let pay = json!({"operations": [{"name": "pay", "spanKind": "server"}]});
    for (query, expected) in [
        ("service=cart", &pay),
        ("service=cart&span_kind=server", &pay),
        ("service=cart&spanKind=server", &pay),
        ("service=cart&span_kind=client", &json!({"operations": []})),
    ] {
        let path = format!("/api/v3/operations?{query}");
        check(&backend, &path, expected.clone()).await;
    }
}

#[tokio::test]
async fn a_summary() {
    let backend = shop().await;
    let path = "/api/v3/trace-summaries?query.serviceName=cart&\
                query.startTimeMin=2023-03-30T00:00:00.000Z&query.searchDepth=20";
    let expected = json!({"summaries": [{
        "traceId": "00000000000000000000000000000001",
        "rootServiceName": "web",
        "rootOperationName": "GET /",
        "minStartTimeUnixNano": "1680172438000000000",
        "maxEndTimeUnixNano": "1680172438005000000",
        "spanCount": 2,
        "errorSpanCount": 1,
        "services": [
            {"name": "web", "spanCount": 1, "errorSpanCount": 0},
            {"name": "cart", "spanCount": 1, "errorSpanCount": 1},
        ],
    }]});
    check(&backend, path, expected).await;
}

#[tokio::test]
async fn searches() {
    let backend = shop().await;
    for (query, expected) in [
        ("", &[2, 1][..]),
        ("query.serviceName=web", &[2, 1]),
        ("query.service_name=cart", &[2]),
        ("query.serviceName=web&query.operationName=pay", &[]),
        (r#"query.attributes={"error":"true"}"#, &[2]),
        ("query.durationMin=5ms&query.durationMax=1.2s", &[2, 1]),
        ("query.durationMin=6ms", &[]),
        ("query.startTimeMax=2023-03-30T10:33:57.999Z", &[]),
    ] {
        let mut found = search(&backend, query).await;
        found.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(search(&backend, "query.searchDepth=1").await.len(), 1);
    let path = "/api/v3/trace-summaries";
    check(&backend, path, json!({"summaries": []})).await;
}

#[tokio::test]
async fn failures_come_in_the_envelope_of_the_first_generation() {
    let backend = Backend::start();
    let no_path = "there is no such path in Jaeger's API, or not in this version of Clew";
    for (path, status, problem) in [
        (
            "/api/v3/operations",
            400,
            "parameter 'service': it is required here",
        ),
        (
            "/api/v3/operations?service=a&span_kind=x",
            400,
            "parameter 'spanKind': 'x' is none of internal, server, client, producer and consumer",
        ),
        (
            "/api/v3/trace-summaries?query.searchDepth=x",
            400,
            "parameter 'query.searchDepth': 'x' is not a whole number from 1 to 1500",
        ),
        ("/api/v3", 404, no_path),
        ("/api/v3/nothing", 404, no_path),
    ] {
        let answer = get(&backend, path).await;
        assert_eq!(answer.status, status, "{path}");
        let errors = json!([{"code": status, "msg": problem}]);
        assert_eq!(answer.json()["errors"], errors, "{path}");
    }
    let url = format!("http://{}/api/v3/services", backend.http());
    let client = clew_testkit_server::http_client();
    let answer = client.delete(url).send().await.unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn a_store_that_cannot_read_is_no_empty_answer() {
    let backend = Backend::start_with(Options::default(), Arc::new(FailingStore(full)));
    for path in ["services", "operations?service=a", "trace-summaries"] {
        let answer = get(&backend, &format!("/api/v3/{path}")).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{path}");
    }
}
