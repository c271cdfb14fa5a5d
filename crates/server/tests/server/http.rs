//! OTLP over HTTP: transport, success, errors.

use bytes::Bytes;
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::Backend;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{PROTOBUF, export, get, gzip, post, raw, span_count};

/// A request with one span of trace 1.
fn one_span() -> Bytes {
    request_of(&[span(&service("cart"), 1, 1)])
}

#[tokio::test]
async fn full_success_is_an_empty_answer_in_the_same_type() {
    let backend = Backend::start();

    let answer = export(&backend, one_span()).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some(PROTOBUF));
    assert_eq!(answer.body, "");
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn bodies_are_plain_or_gzip() {
    let backend = Backend::start();
    for (number, encoding) in (1..).zip(["identity", "gzip", "GZIP", "x-gzip"]) {
        let request = request_of(&[span(&service("cart"), number, 1)]);
        let body = match encoding {
            "identity" => request.to_vec(),
            _ => gzip(&request),
        };
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];

        let answer = post(backend.otlp_http(), "/v1/traces", &headers, body).await;

        assert_eq!(answer.export().partial_success, None, "{encoding}");
        assert_eq!(
            span_count(&backend, trace_id(number)).await,
            1,
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn content_types_have_parameters_and_any_case() {
    let backend = Backend::start();
    for content_type in [
        "application/x-protobuf",
        "application/x-protobuf; charset=utf-8",
        "application/x-protobuf;charset=utf-8",
        "Application/X-Protobuf",
    ] {
        let headers = [("content-type", content_type)];
        let answer = post(backend.otlp_http(), "/v1/traces", &headers, one_span()).await;
        assert_eq!(answer.status, StatusCode::OK, "{content_type}");
    }
}

#[tokio::test]
async fn header_names_have_any_case() {
    let backend = Backend::start();
    let body = one_span();
    let mut request = format!(
        "POST /v1/traces HTTP/1.1\r\nHOST: localhost\r\ncOnTeNt-TyPe: application/x-protobuf\r\n\
         CONTENT-LENGTH: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);

    let answer = raw(backend.otlp_http(), &request).await;

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn a_chunked_body_needs_no_length() {
    let backend = Backend::start();
    let body = one_span();
    let mut request = b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
        content-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for chunk in body.chunks(7) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");

    let answer = raw(backend.otlp_http(), &request).await;

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn a_thousand_requests_go_over_one_connection() {
    let backend = Backend::start();
    let body = one_span();
    let mut request = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let mut stream = TcpStream::connect(backend.otlp_http()).await.unwrap();

    for _ in 0..1000 {
        stream.write_all(&request).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
}

#[tokio::test]
async fn empty_requests_and_empty_envelopes_succeed() {
    let backend = Backend::start();
    let no_spans = ScopeSpans::default();
    let no_scopes = ResourceSpans {
        resource: Some(Resource::default()),
        ..ResourceSpans::default()
    };
    let empty_scope = ResourceSpans {
        scope_spans: vec![no_spans],
        ..ResourceSpans::default()
    };
    for resource_spans in [
        vec![],
        vec![ResourceSpans::default()],
        vec![no_scopes, empty_scope],
    ] {
        let request = ExportTraceServiceRequest { resource_spans };
        let answer = export(&backend, request.encode_to_vec()).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (StatusCode::OK, &b""[..]),
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_otlp_is_refused_for_good() {
    let backend = Backend::start();
    let request = one_span();
    for body in [&b"no protobuf"[..], &request[..request.len() - 1]] {
        let answer = export(&backend, body.to_vec()).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let status = answer.grpc_status();
        assert_eq!(status.code, 3);
        assert!(
            status
                .message
                .starts_with("the request is not OTLP: at byte"),
            "{status:?}"
        );
        assert_eq!(answer.header("retry-after"), None);
    }
}

#[tokio::test]
async fn what_does_not_inflate_is_refused_for_good() {
    let backend = Backend::start();
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];

    let answer = post(backend.otlp_http(), "/v1/traces", &headers, one_span()).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let status = answer.grpc_status();
    assert_eq!(status.code, 3);
    assert!(
        status.message.starts_with("the body is not valid gzip"),
        "{status:?}"
    );
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let backend = Backend::start();
    for content_type in ["text/plain", "application/protobuf", "application/grpc", ""] {
        let headers = [("content-type", content_type)];
        let answer = post(backend.otlp_http(), "/v1/traces", &headers, one_span()).await;

        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{content_type}"
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let message = &answer.json()["message"];
        assert!(
            message.as_str().unwrap().contains("application/x-protobuf"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn another_content_encoding_is_refused() {
    let backend = Backend::start();
    for encoding in ["br", "zstd", "deflate"] {
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
        let answer = post(backend.otlp_http(), "/v1/traces", &headers, one_span()).await;

        assert_eq!(
            answer.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{encoding}"
        );
        let message = answer.grpc_status().message;
        assert!(
            message.contains(encoding) && message.contains("gzip"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn only_post_is_understood_and_browsers_are_not_let_in() {
    let backend = Backend::start();
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let request = format!(
            "{method} /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             origin: https://example.com\r\naccess-control-request-method: POST\r\n\r\n"
        );

        let answer = raw(backend.otlp_http(), request.as_bytes()).await;

        assert!(
            answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"),
            "{answer}"
        );
        assert!(answer.contains("\r\nallow: POST\r\n"), "{answer}");
        assert!(answer.contains("{\"code\":12,\"message\":"), "{answer}");
        assert!(!answer.contains("access-control"), "{answer}");
    }
}

#[tokio::test]
async fn another_path_is_not_found() {
    let backend = Backend::start();
    let headers = [("content-type", PROTOBUF)];
    for path in [
        "/",
        "/v1/trace",
        "/v1/traces/",
        "/v1/profiles",
        "/api/services",
    ] {
        let answer = post(backend.otlp_http(), path, &headers, one_span()).await;

        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let message = answer.grpc_status().message;
        assert!(message.contains("/v1/traces"), "{message}");
    }
}

#[tokio::test]
async fn the_same_spans_sent_again_change_nothing() {
    let backend = Backend::start();

    let first = export(&backend, one_span()).await;
    let query = format!("/api/traces/{}", trace_id(1));
    let trace = get(&backend, &query).await.body;
    let again = export(&backend, one_span()).await;

    assert_eq!(
        (first.status, again.status),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(get(&backend, &query).await.body, trace);
}

#[tokio::test]
async fn the_grpc_port_answers_http_too() {
    let backend = Backend::start();
    let headers = [("content-type", PROTOBUF)];

    let answer = post(backend.otlp_grpc(), "/v1/traces", &headers, one_span()).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}
