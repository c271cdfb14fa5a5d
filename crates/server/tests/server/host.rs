//! Who may read and write traces in a browser.

use std::sync::Arc;

use clew_server::Options;
use clew_store::ReferenceStore;
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::Backend;
use http::StatusCode;

use crate::support::{export, get, raw, span_count};

async fn get_as(backend: &Backend, host: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    raw(backend.http(), request.as_bytes()).await
}

#[tokio::test]
async fn names_of_loopback_are_answered() {
    let backend = Backend::start();
    for host in [
        "localhost",
        "localhost:16686",
        "127.0.0.1",
        "[::1]:8080",
        "clew.localhost",
    ] {
        let answer = get_as(&backend, host, "/api/services").await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n"),
            "{host}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_name_that_is_pointed_here_reads_nothing() {
    let backend = Backend::start();
    export(&backend, request_of(&[span(&service("secret"), 1, 1)]))
        .await
        .export();
    for path in [
        "/api/services",
        "/api/traces?start=0",
        "/",
        "/trace/1",
        "/readyz",
        "/nowhere",
    ] {
        let answer = get_as(&backend, "attacker.example", path).await;

        assert!(
            answer.starts_with("HTTP/1.1 403 Forbidden\r\n"),
            "{path}: {answer}"
        );
        assert!(
            answer.contains("called by the name 'attacker.example'"),
            "{answer}"
        );
        assert!(answer.contains("--allow-host"), "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
    }
}

/// An export of one span, as a page would send it under a name that it has pointed here.
async fn export_as(backend: &Backend, host: &str, path: &str, content_type: &str) -> String {
    let body = request_of(&[span(&service("forged"), 1, 1)]);
    let framed = if path == "/v1/traces" {
        body.to_vec()
    } else {
        let len = u32::try_from(body.len()).expect("one span is small");
        [&[0][..], &len.to_be_bytes(), &body].concat()
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\norigin: http://{host}\r\n\
         {content_type}content-length: {}\r\n\r\n",
        framed.len()
    );
    let request = [head.as_bytes(), &framed].concat();
    raw(backend.otlp_http(), &request).await
}

const GRPC_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

#[tokio::test]
async fn a_name_that_is_pointed_here_writes_nothing() {
    let backend = Backend::start();
    for (path, content_type, expected) in [
        (
            "/v1/traces",
            "content-type: application/x-protobuf\r\n",
            "HTTP/1.1 403 Forbidden\r\n",
        ),
        // A refusal in gRPC is in the trailers' place: code 7 is PERMISSION_DENIED.
        (
            GRPC_PATH,
            "content-type: application/grpc\r\n",
            "grpc-status: 7\r\n",
        ),
    ] {
        let answer = export_as(&backend, "attacker.example", path, content_type).await;

        assert!(answer.contains(expected), "{path}: {answer}");
        assert!(answer.contains("--allow-host"), "{path}: {answer}");
    }
    assert_eq!(span_count(&backend, trace_id(1)).await, 0);
}

#[tokio::test]
async fn a_page_can_write_no_spans_without_asking_for_leave() {
    let backend = Backend::start();
    // What a browser sends to another origin without a preflight.
    for content_type in [
        "",
        "content-type: text/plain\r\n",
        "content-type: application/x-www-form-urlencoded\r\n",
        "content-type: multipart/form-data\r\n",
    ] {
        for path in ["/v1/traces", GRPC_PATH] {
            let answer = export_as(&backend, "localhost", path, content_type).await;

            assert!(
                answer.starts_with("HTTP/1.1 415 Unsupported Media Type\r\n"),
                "{path}, {content_type}: {answer}"
            );
        }
    }
    assert_eq!(span_count(&backend, trace_id(1)).await, 0);
}

#[tokio::test]
async fn a_name_that_was_allowed_is_answered() {
    let options = Options {
        allowed_hosts: vec!["clew.example".parse().unwrap()],
        ..Options::default()
    };
    let backend = Backend::start_with(options, Arc::new(ReferenceStore::new()));

    let answer = get_as(&backend, "clew.example:443", "/api/services").await;

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn answers_carry_headers_that_hold_a_browser_back() {
    let backend = Backend::start();
    for path in ["/api/services", "/api/traces/x", "/readyz"] {
        let answer = get(&backend, path).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
    let answer = get(&backend, "/api/services").await;
    assert_eq!(
        answer.header("content-security-policy"),
        Some("default-src 'none'")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn it_says_that_it_is_ready() {
    let backend = Backend::start();

    let answer = get(&backend, "/readyz").await;

    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "ready\n"));
}
