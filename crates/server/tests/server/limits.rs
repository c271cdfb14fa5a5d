//! Bounds on requests (promise R1): too large, too many, too late, and what clients are told.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clew_model::{KeyValue, Span};
use clew_server::{Limits, Options};
use clew_store::ReferenceStore;
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::Backend;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{
    FailingStore, GatedStore, PROTOBUF, broken, export, full, gzip, post, raw, span_count,
};

const MIB: usize = 1 << 20;

/// A request with one span of trace 1, of exactly so many bytes.
pub(crate) fn request_of_size(bytes: usize) -> Bytes {
    let sized = |padding: usize| {
        let attribute = KeyValue::new("padding", "x".repeat(padding));
        let span = Span {
            attributes: vec![attribute],
            ..span(&service("cart"), 1, 1)
        };
        request_of(&[span])
    };
    // The lengths in front of what is padded take as many bytes in both, if it is long.
    let overhead = sized(bytes / 2).len() - bytes / 2;
    let mut padding = bytes - overhead;
    while sized(padding).len() > bytes {
        padding -= 1;
    }
    let request = sized(padding);
    assert_eq!(request.len(), bytes);
    request
}

/// A backend whose requests have at most 1 MiB.
fn small_backend() -> Backend {
    let limits = Limits {
        request_bytes_max: MIB,
        in_flight_bytes_max: 8 * MIB,
        ..Limits::default()
    };
    backend_with(limits, Arc::new(ReferenceStore::new()))
}

fn backend_with(limits: Limits, store: Arc<dyn clew_store::TraceStore>) -> Backend {
    let options = Options {
        limits,
        ..Options::default()
    };
    Backend::start_with(options, store)
}

async fn export_gzip(backend: &Backend, request: &[u8]) -> crate::support::Answer {
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    post(backend.otlp_http(), "/v1/traces", &headers, gzip(request)).await
}

#[tokio::test]
async fn by_default_the_largest_request_has_room_beside_its_compressed_twin() {
    let backend = Backend::start();
    // Stored as it is, so that both are of one size.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    let overhead = MIB;
    gzip.write_all(&request_of_size(Limits::REQUEST_BYTES_MAX - overhead))
        .unwrap();
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];

    let twin = gzip.finish().unwrap();
    let answer = post(backend.otlp_http(), "/v1/traces", &headers, twin).await;

    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn requests_beyond_the_limits_of_the_frameworks_are_taken() {
    let backend = Backend::start();

    export(&backend, request_of_size(5 * MIB)).await.export();

    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn the_limit_is_exact_before_decompression() {
    let backend = small_backend();

    let fits = export(&backend, request_of_size(MIB)).await;
    let excess = export(&backend, request_of_size(MIB + 1)).await;

    assert_eq!(fits.status, StatusCode::OK);
    assert_eq!(excess.status, StatusCode::PAYLOAD_TOO_LARGE);
    let status = excess.grpc_status();
    assert_eq!(status.code, 8);
    assert!(
        status.message.contains("more than 1048576 bytes"),
        "{status:?}"
    );
    assert_eq!(excess.header("retry-after"), None);
}

#[tokio::test]
async fn the_limit_is_exact_after_decompression() {
    let backend = small_backend();

    let fits = export_gzip(&backend, &request_of_size(MIB)).await;
    let excess = export_gzip(&backend, &request_of_size(MIB + 1)).await;

    assert_eq!(fits.status, StatusCode::OK);
    assert_eq!(excess.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(excess.grpc_status().code, 8);
}

#[tokio::test]
async fn a_bomb_is_refused() {
    let backend = small_backend();
    let bomb = vec![0; 32 * MIB];

    let answer = export_gzip(&backend, &bomb).await;

    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_chunked_body_is_bounded_too() {
    let backend = small_backend();
    let mut request = b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
        content-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n\r\n"
        .to_vec();
    request.extend_from_slice(format!("{:x}\r\n", MIB + 1).as_bytes());
    request.extend_from_slice(&request_of_size(MIB + 1));
    request.extend_from_slice(b"\r\n0\r\n\r\n");

    let answer = raw(backend.otlp_http(), &request).await;

    assert!(
        answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_before_it_sends() {
    let backend = small_backend();
    let request = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        MIB + 1
    );

    let answer = raw(backend.otlp_http(), request.as_bytes()).await;

    assert!(
        answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn requests_together_are_bounded_and_told_to_come_again() {
    let limits = Limits {
        request_bytes_max: MIB,
        // One, what is decoded of it, and not another.
        in_flight_bytes_max: 2 * MIB,
        ..Limits::default()
    };
    let store = GatedStore::closed();
    let backend = Arc::new(backend_with(limits, Arc::clone(&store) as _));
    let first = tokio::spawn({
        let backend = Arc::clone(&backend);
        async move { export(&backend, request_of_size(MIB)).await }
    });
    store.wait_for(1).await;

    let second = export(&backend, request_of_size(MIB)).await;
    store.gate.add_permits(2);
    let third = {
        let first = first.await.unwrap();
        assert_eq!(first.status, StatusCode::OK);
        export(&backend, request_of_size(MIB)).await
    };

    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.header("retry-after"), Some("1"));
    let status = second.grpc_status();
    assert_eq!(status.code, 14);
    assert_eq!(
        status.message,
        "too much is being received at the moment; try again"
    );
    assert_eq!(third.status, StatusCode::OK, "there is room again");
}

#[tokio::test]
async fn a_request_that_alone_takes_more_than_there_is_for_all_is_refused_for_good() {
    let limits = Limits {
        request_bytes_max: MIB,
        in_flight_bytes_max: 2 * MIB,
        ..Limits::default()
    };
    let backend = backend_with(limits, Arc::new(ReferenceStore::new()));
    let empty_attributes = Span {
        attributes: vec![KeyValue::new("", ""); 100_000],
        ..span(&service("cart"), 1, 1)
    };

    let answer = export(&backend, request_of(&[empty_attributes])).await;

    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.header("retry-after"), None);
    let status = answer.grpc_status();
    assert_eq!(status.code, 8);
    assert!(
        status.message.contains("more than 2097152 bytes of memory"),
        "{status:?}"
    );
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

async fn export_json(backend: &Backend, request: String) -> crate::support::Answer {
    post(backend.otlp_http(), "/v1/traces", &JSON, request).await
}

/// A request in JSON with one span of trace 1 and so many empty attributes.
fn json_request(attributes: usize) -> String {
    let ids = r#""traceId":"00000000000000000000000000000001","spanId":"0000000000000001""#;
    let attributes = vec!["{}"; attributes].join(",");
    let spans = format!(r#"{{"spans":[{{{ids},"attributes":[{attributes}]}}]}}"#);
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{spans}]}}]}}"#)
}

#[tokio::test]
async fn a_request_in_json_that_alone_takes_more_than_there_is_for_all_is_refused_for_good() {
    let limits = Limits {
        request_bytes_max: MIB,
        in_flight_bytes_max: 2 * MIB,
        ..Limits::default()
    };
    let backend = backend_with(limits, Arc::new(ReferenceStore::new()));
    // A text with an escape is in memory twice while it is read, and what is written of it may be
    // as long.
    let escaped = format!(r#"{{"\n":"\n{}"}}"#, "x".repeat(MIB - 16));
    let attributes = json_request(100_000);
    for (path, body) in [
        ("/v1/traces", &attributes),
        ("/v1/traces", &escaped),
        ("/v1/logs", &escaped),
        ("/v1/metrics", &escaped),
    ] {
        let answer = post(backend.otlp_http(), path, &JSON, body.clone()).await;

        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(answer.header("retry-after"), None);
        let status = answer.json();
        assert_eq!(status["code"], 8);
        let message = status["message"].as_str().unwrap();
        assert!(message.contains("more than 2097152 bytes of memory"));
    }
    let spaces = format!("{{{}}}", " ".repeat(MIB - 2));
    let fits = export_json(&backend, spaces).await;
    assert_eq!(fits.status, StatusCode::OK, "{}", fits.text());
}

#[tokio::test]
async fn requests_in_json_together_are_bounded_and_told_to_come_again() {
    let limits = Limits {
        request_bytes_max: MIB,
        in_flight_bytes_max: 2 * MIB,
        ..Limits::default()
    };
    let store = GatedStore::closed();
    let backend = Arc::new(backend_with(limits, Arc::clone(&store) as _));
    // It takes its text twice, and 32 bytes for each attribute.
    let first = tokio::spawn({
        let backend = Arc::clone(&backend);
        async move { export_json(&backend, json_request(30_000)).await }
    });
    store.wait_for(1).await;

    let second = export_json(&backend, json_request(30_000)).await;
    store.gate.add_permits(1);

    assert_eq!(first.await.unwrap().status, StatusCode::OK);
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.header("retry-after"), Some("1"));
    assert_eq!(second.json()["code"], 14);
}

#[tokio::test]
async fn bytes_that_are_announced_keep_nobody_out() {
    let limits = Limits {
        request_bytes_max: MIB,
        in_flight_bytes_max: MIB,
        ..Limits::default()
    };
    let backend = backend_with(limits, Arc::new(ReferenceStore::new()));
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {MIB}\r\n\r\n"
    );
    let mut slow = TcpStream::connect(backend.otlp_http()).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(b"\x0a").await.unwrap();

    let answer = export(&backend, request_of_size(MIB / 2)).await;

    assert_eq!(answer.status, StatusCode::OK);
    drop(slow);
}

/// The head of an export, and all of its body but the last byte.
async fn stall(backend: &Backend, bytes: usize) -> TcpStream {
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/x-protobuf\r\ncontent-length: {bytes}\r\n\r\n"
    );
    let stream = TcpStream::connect(backend.otlp_http()).await;
    let mut stream = stream.expect("it listens");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream
        .write_all(&vec![0; bytes - 1])
        .await
        .expect("it reads");
    stream
}

#[tokio::test]
async fn clients_that_stall_with_all_the_room_keep_nobody_out() {
    let limits = Limits {
        request_bytes_max: 16 * MIB,
        in_flight_bytes_max: 64 * MIB,
        ..Limits::default()
    };
    let backend = backend_with(limits, Arc::new(ReferenceStore::new()));
    let mut stalled = JoinSet::new();
    for _ in 0..4 {
        let mut stream = stall(&backend, 16 * MIB).await;
        stalled.spawn(async move {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        });
    }
    // Longer than a body may take for its next bytes if others need the room.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begin = Instant::now();

    let answer = export(&backend, request_of_size(MIB)).await;

    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    // The room was one of theirs, which is told so, while the others are still waited for.
    let gave_way = stalled.join_next().await.unwrap().unwrap();
    assert!(
        gave_way.starts_with("HTTP/1.1 503 Service Unavailable\r\n"),
        "{gave_way}"
    );
    assert!(
        gave_way.contains("too much is being received"),
        "{gave_way}"
    );
    assert!(stalled.try_join_next().is_none(), "one made room enough");
}

#[tokio::test]
async fn a_store_that_cannot_write_is_a_passing_fault() {
    for error in [full as fn() -> _, broken] {
        let store = Arc::new(FailingStore(error));
        let backend = Backend::start_with(Options::default(), store);

        let answer = export(&backend, request_of_size(1024)).await;

        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("1"));
        let status = answer.grpc_status();
        assert_eq!(status.code, 14);
        // What is wrong with which file is in the server's log alone.
        assert_eq!(
            status.message,
            "the store cannot keep what was sent just now, and Clew's log says why; try again later"
        );
    }
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let backend = small_backend();
    let body = vec![0; 16 * MIB];
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(backend.otlp_http()).await.unwrap();

    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();

    assert!(
        answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"),
        "{answer}"
    );
}
