//! Exports that are sent to the port of the UI.

use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::Backend;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tonic::Code;

use crate::support::{PROTOBUF, get, post, raw, span_count};

/// The one sentence, with the ports that this backend has.
fn sentence(backend: &Backend) -> String {
    format!(
        "this is the port of Clew's UI and query API; send OTLP to port {} over HTTP or to port {} \
         over gRPC",
        backend.otlp_http().port(),
        backend.otlp_grpc().port()
    )
}

#[tokio::test]
async fn an_export_over_http_is_told_the_ports_in_its_own_encoding() {
    let backend = Backend::start();
    for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
        let protobuf = [("content-type", PROTOBUF)];
        let body = request_of(&[span(&service("cart"), 1, 1)]);
        let answer = post(backend.http(), path, &protobuf, body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let status = answer.grpc_status();
        assert_eq!((status.code, status.message), (12, sentence(&backend)));

        // As curl sends it, with a type of its own or none that OTLP has.
        for content_type in ["application/json", "application/x-www-form-urlencoded"] {
            let headers = [("content-type", content_type)];
            let answer = post(backend.http(), path, &headers, "{}").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.json()["message"], sentence(&backend), "{path}");
        }
    }
    assert_eq!(span_count(&backend, trace_id(1)).await, 0);
}

#[tokio::test]
async fn an_export_over_grpc_is_told_the_ports_in_its_status() {
    let backend = Backend::start();
    let url = format!("http://{}", backend.http());
    let mut client = TraceServiceClient::connect(url).await.unwrap();

    let answer = client.export(ExportTraceServiceRequest::default()).await;

    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(status.message(), sentence(&backend));
}

#[tokio::test]
async fn the_answer_reaches_a_client_that_is_still_sending() {
    let backend = Backend::start();
    let len = 16 << 20;
    let mut request = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {len}\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + len, b' ');

    let answer = raw(backend.http(), &request).await;

    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    assert!(answer.contains(&sentence(&backend)), "{answer}");
}

#[tokio::test]
async fn nobody_else_is_told() {
    let backend = Backend::start();

    let page = get(&backend, "/v1/traces").await;
    let other = post(backend.http(), "/v1/spans", &[], "{}").await;

    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains(r#"<div id="app">"#));
    assert_eq!(other.status, StatusCode::METHOD_NOT_ALLOWED);
}
