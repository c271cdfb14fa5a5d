//! Who may read the traces in a browser.

use std::sync::Arc;

use clew_server::Options;
use clew_store::MemoryStore;
use clew_testkit::{Backend, request_of, service, span};
use http::StatusCode;

use crate::support::{export, get, raw};

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

#[tokio::test]
async fn a_name_that_was_allowed_is_answered() {
    let options = Options {
        allowed_hosts: vec!["clew.example".parse().unwrap()],
        ..Options::default()
    };
    let backend = Backend::start_with(options, Arc::new(MemoryStore::new()));

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
