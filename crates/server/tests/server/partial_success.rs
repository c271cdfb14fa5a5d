//! Requests that are taken in part, and signals that are not taken at all.

use std::sync::Arc;

use clew_model::{Span, Timestamp};
use clew_testkit::{SPAN_START, request_of, service, span, span_id, trace_id};
use clew_testkit_server::Backend;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_proto::tonic::trace::v1 as otlp;
use prost::Message as _;

use crate::support::{PROTOBUF, decode, export, get, post, span_count};

/// A request of `count` spans of trace 1, each of them changed by its index.
fn spans(count: u64, change: impl Fn(u64, &mut otlp::Span)) -> Vec<u8> {
    let cart = service("cart");
    let spans: Vec<_> = (1..=count).map(|id| span(&cart, 1, id)).collect();
    let mut request = decode(&request_of(&spans));
    let scope_spans = &mut request.resource_spans[0].scope_spans[0];
    for (index, span) in (0..).zip(&mut scope_spans.spans) {
        change(index, span);
    }
    request.encode_to_vec()
}

#[tokio::test]
async fn an_invalid_span_rejects_itself_alone() {
    let backend = Backend::start();
    let request = spans(6, |index, span| match index {
        0 => span.trace_id = vec![0; 16],
        1 => span.trace_id = vec![1; 15],
        2 => span.span_id = vec![],
        3 => span.span_id = vec![0; 8],
        _ => {}
    });

    let answer = export(&backend, request).await;

    let partial_success = answer.export().partial_success.expect("some were rejected");
    assert_eq!(partial_success.rejected_spans, 4);
    let message = partial_success.error_message;
    assert!(message.contains("has a trace_id of zeros"), "{message}");
    assert!(
        message.contains("has a trace_id of 15 bytes in place of 16"),
        "{message}"
    );
    assert_eq!(span_count(&backend, trace_id(1)).await, 2);
}

#[tokio::test]
async fn a_request_of_invalid_spans_is_still_understood() {
    let backend = Backend::start();

    let answer = export(&backend, spans(3, |_, span| span.span_id.clear())).await;

    let partial_success = answer.export().partial_success.expect("all were rejected");
    assert_eq!(partial_success.rejected_spans, 3);
}

#[tokio::test]
async fn an_answer_stays_small_however_much_is_wrong() {
    let backend = Backend::start();

    let answer = export(&backend, spans(20_000, |_, span| span.trace_id.clear())).await;

    let ExportTracePartialSuccess {
        rejected_spans,
        error_message,
    } = answer.export().partial_success.expect("all were rejected");
    assert_eq!(rejected_spans, 20_000);
    assert!(!error_message.is_empty());
    assert!(answer.body.len() < 8192, "{}", answer.body.len());
}

#[tokio::test]
async fn odd_spans_are_kept_as_they_came() {
    let backend = Backend::start();
    let cart = service("cart");
    let backwards = Span {
        end: Timestamp::from_unix_nanos(SPAN_START.unix_nanos() - 1),
        parent_span_id: Some(span_id(7)),
        flags: u32::MAX,
        ..span(&cart, 1, 1)
    };
    let mut request = decode(&request_of(&[backwards]));
    request.resource_spans[0].scope_spans[0].spans[0].kind = 0;

    let answer = export(&backend, request.encode_to_vec()).await;

    assert_eq!(answer.export().partial_success, None);
    let path = format!("/api/traces/{}", trace_id(1));
    let kept = &get(&backend, &path).await.json()["data"][0]["spans"][0];
    assert_eq!(kept["duration"], 0);
    assert_eq!(kept["tags"][0]["value"], "internal");
    assert_eq!(kept["references"][0]["spanID"], span_id(7).to_string());
}

#[tokio::test]
async fn a_child_may_arrive_before_its_parent() {
    let backend = Backend::start();
    let cart = service("cart");
    let child = Span {
        parent_span_id: Some(span_id(1)),
        ..span(&cart, 1, 2)
    };

    export(&backend, request_of(&[child])).await.export();
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
    export(&backend, request_of(&[span(&Arc::clone(&cart), 1, 1)]))
        .await
        .export();
    assert_eq!(span_count(&backend, trace_id(1)).await, 2);
}

#[tokio::test]
async fn unknown_fields_are_passed_over() {
    let backend = Backend::start();
    let mut request = request_of(&[span(&service("cart"), 1, 1)]).to_vec();
    request.extend_from_slice(&[0xfa, 0x3e, 3, 1, 2, 3]); // field 1007, three bytes
    request.extend_from_slice(&[0x10, 7]); // field 2, a number

    let answer = export(&backend, request).await;

    assert_eq!(answer.export().partial_success, None);
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn log_records_are_rejected_to_the_last() {
    let backend = Backend::start();
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs {
                log_records: vec![LogRecord::default(); 3],
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };
    let headers = [("content-type", PROTOBUF)];

    let answer = post(
        backend.otlp_http(),
        "/v1/logs",
        &headers,
        request.encode_to_vec(),
    )
    .await;

    assert_eq!(answer.status, StatusCode::OK);
    let answer = ExportLogsServiceResponse::decode(answer.body).unwrap();
    let partial_success = answer.partial_success.expect("all were rejected");
    assert_eq!(partial_success.rejected_log_records, 3);
    let message = partial_success.error_message;
    assert_eq!(message, "log records are not stored yet; Clew keeps traces");
}

#[tokio::test]
async fn data_points_are_rejected_to_the_last() {
    let backend = Backend::start();
    let gauge = Data::Gauge(Gauge {
        data_points: vec![NumberDataPoint::default(); 2],
    });
    let metric = Metric {
        data: Some(gauge),
        ..Metric::default()
    };
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                metrics: vec![metric; 2],
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    };
    let headers = [("content-type", PROTOBUF)];

    let answer = post(
        backend.otlp_http(),
        "/v1/metrics",
        &headers,
        request.encode_to_vec(),
    )
    .await;

    assert_eq!(answer.status, StatusCode::OK);
    let answer = ExportMetricsServiceResponse::decode(answer.body).unwrap();
    let partial_success = answer.partial_success.expect("all were rejected");
    assert_eq!(partial_success.rejected_data_points, 4);
    let message = partial_success.error_message;
    assert_eq!(message, "data points are not stored yet; Clew keeps traces");
}

#[tokio::test]
async fn a_request_of_logs_that_is_none_is_refused() {
    let backend = Backend::start();
    let headers = [("content-type", PROTOBUF)];
    for path in ["/v1/logs", "/v1/metrics"] {
        let answer = post(backend.otlp_http(), path, &headers, "no protobuf").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.grpc_status().code, 3);
    }
}
