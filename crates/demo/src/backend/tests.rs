use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::traces::fixtures::{TRACE_ID, answer, faulty_call, span};

const EMPTY: &str = r#"{"data": [], "errors": null}"#;

/// A backend that gives these answers one after the other, and the last one again and again.
async fn backend(answers: &[(u16, &str)]) -> BackendClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers: VecDeque<String> = answers
        .iter()
        .map(|(status, body)| {
            let length = body.len();
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}")
        })
        .collect();
    tokio::spawn(serve(listener, Arc::new(Mutex::new(answers))));
    at(port, port)
}

async fn serve(listener: TcpListener, answers: Arc<Mutex<VecDeque<String>>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            let mut request = [0; 4096];
            // One request a read: the client waits for each answer.
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                let answer = {
                    let mut answers = answers.lock().unwrap();
                    let first = answers.pop_front().unwrap();
                    if answers.is_empty() {
                        answers.push_back(first.clone());
                    }
                    first
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
    }
}

fn at(http: u16, otlp_grpc: u16) -> BackendClient {
    BackendClient::at(BackendPorts { http, otlp_grpc }).unwrap()
}

/// A port where nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

fn id() -> TraceId {
    TRACE_ID.parse().unwrap()
}

#[tokio::test]
async fn a_trace_is_waited_for_until_it_is_complete() {
    let whole = answer(&faulty_call());
    // The root is missing at first, then a service.
    let without_root = answer(&faulty_call()[1..]);
    let without_reviews = answer(&faulty_call()[..5]);
    let backend = backend(&[
        (404, EMPTY),
        (200, &without_root),
        (200, &without_reviews),
        (200, &whole),
    ])
    .await;
    let services = ["client", "bands-api", "reviews-api"];
    let trace = backend
        .complete_trace(id(), &services)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(trace.spans.len(), 7);
}

#[tokio::test]
async fn a_trace_that_should_not_be_there_is_found() {
    let silent = backend(&[(200, EMPTY)]).await;
    let found = silent
        .unexpected_trace(&["client"], SystemTime::now())
        .await
        .unwrap();
    assert_eq!(found, None);

    // It comes late, but still while the demo listens.
    let late = answer(&[span(1, "client", "get_band")]);
    let talkative = backend(&[(200, EMPTY), (200, EMPTY), (200, &late)]).await;
    let found = talkative
        .unexpected_trace(&["client"], SystemTime::now())
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, id());
}

#[tokio::test]
async fn the_demo_sees_who_listens() {
    let ready = backend(&[(200, EMPTY)]).await;
    assert!(matches!(ready.presence().await, Presence::Ready));

    let without_otlp = at(ready.ports().http, free_port().await);
    assert!(matches!(
        without_otlp.presence().await,
        Presence::WithoutOtlp
    ));

    let nobody = at(free_port().await, free_port().await);
    assert!(matches!(nobody.presence().await, Presence::None));

    // Jaeger says "null" as long as it knows no service.
    let fresh = backend(&[(200, r#"{"data": null}"#)]).await;
    assert!(matches!(fresh.presence().await, Presence::Ready));

    for (status, body) in [(200, "<html>"), (404, "{}")] {
        let stranger = backend(&[(status, body)]).await;
        assert!(matches!(stranger.presence().await, Presence::Stranger(_)));
    }
}

#[tokio::test]
async fn a_backend_that_fails_is_quoted() {
    let backend = backend(&[(500, "oh"), (200, r#"{"data": [{"traceID": 1}]}"#)]).await;
    let url = format!("{}/api/traces/{TRACE_ID}", backend.url());
    let error = backend.trace(id()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the backend answers {url} with 500 Internal Server Error")
    );
    let error = backend.trace(id()).await.unwrap_err();
    let beginning = format!("the backend's answer to {url} is not Jaeger's JSON: ");
    assert!(error.to_string().starts_with(&beginning), "{error}");
}

const LOGS: &str = r#"{
    "records": [{"timeUnixNano": "1", "observedTimeUnixNano": "1", "body": {"stringValue": "hello"},
                 "resource": 0}],
    "resources": [{"attributes": [{"key": "service.name", "value": {"stringValue": "client"}}]}]
}"#;

#[tokio::test]
async fn log_records_are_waited_for_until_all_services_have_sent_some() {
    let backend = backend(&[(200, r#"{"records": [], "resources": []}"#), (200, LOGS)]).await;
    let ended = std::time::Instant::now();
    let lines = backend.complete_logs(id(), &["client"], ended).await;
    let lines = lines.unwrap().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].text, "hello");
    // There may be more until then.
    assert!(ended.elapsed() >= LOGS_DELAY);
}

#[tokio::test]
async fn a_backend_without_log_records_is_not_waited_for() {
    for (status, body) in [(404, "{}"), (200, EMPTY), (200, "<html>")] {
        let backend = backend(&[(status, body)]).await;
        let ended = std::time::Instant::now();
        let lines = backend.complete_logs(id(), &["client"], ended).await;
        assert_eq!(lines.unwrap(), None);
        assert!(ended.elapsed() < LOGS_DELAY);
    }
}
