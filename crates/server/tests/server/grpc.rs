//! OTLP over gRPC, called by tonic's client and by hand.

use std::net::SocketAddr;
use std::sync::Arc;

use clew_server::{Limits, Options};
use clew_store::ReferenceStore;
use clew_testkit::{request_of, service, span, trace_id};
use clew_testkit_server::Backend;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use tokio::task::JoinSet;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};

use crate::limits::request_of_size;
use crate::support::{FailingStore, GatedStore, broken, decode, full, post, span_count};

/// Refuses what the tests do not want to be bounded by.
const CLIENT_BYTES_MAX: usize = 256 << 20;

async fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}"))
        .expect("an address makes a URL")
        .connect()
        .await
        .expect("the server listens")
}

async fn client(backend: &Backend) -> TraceServiceClient<Channel> {
    let channel = channel(backend.otlp_grpc()).await;
    TraceServiceClient::new(channel).max_encoding_message_size(CLIENT_BYTES_MAX)
}

fn one_span(trace: u128) -> ExportTraceServiceRequest {
    decode(&request_of(&[span(&service("cart"), trace, 1)]))
}

#[tokio::test]
async fn messages_are_plain_or_gzip() {
    let backend = Backend::start();
    let plain = client(&backend).await;
    let gzip = plain.clone().send_compressed(CompressionEncoding::Gzip);
    for (trace, mut client) in (1..).zip([plain, gzip]) {
        let answer = client.export(one_span(trace)).await.unwrap();

        assert_eq!(answer.into_inner().partial_success, None);
        assert_eq!(span_count(&backend, trace_id(trace)).await, 1);
    }
}

#[tokio::test]
async fn an_empty_request_succeeds() {
    let backend = Backend::start();

    let answer = client(&backend)
        .await
        .export(ExportTraceServiceRequest::default())
        .await;

    assert_eq!(answer.unwrap().into_inner().partial_success, None);
}

#[tokio::test]
async fn invalid_spans_are_counted() {
    let backend = Backend::start();
    let cart = service("cart");
    let mut request = decode(&request_of(&[span(&cart, 1, 1), span(&cart, 1, 2)]));
    request.resource_spans[0].scope_spans[0].spans[0]
        .span_id
        .clear();

    let answer = client(&backend).await.export(request).await.unwrap();

    let partial_success = answer
        .into_inner()
        .partial_success
        .expect("one was rejected");
    assert_eq!(partial_success.rejected_spans, 1);
    assert!(partial_success.error_message.contains("span_id"));
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn calls_share_a_connection() {
    let backend = Backend::start();
    let client = client(&backend).await;
    let mut calls = JoinSet::new();
    for trace in 1..=200 {
        let mut client = client.clone();
        calls.spawn(async move { client.export(one_span(trace)).await });
    }

    for answer in calls.join_all().await {
        assert_eq!(answer.unwrap().into_inner().partial_success, None);
    }
    for trace in 1..=200 {
        assert_eq!(span_count(&backend, trace_id(trace)).await, 1);
    }
}

#[tokio::test]
async fn logs_and_data_points_are_rejected_to_the_last() {
    let backend = Backend::start();
    let channel = channel(backend.otlp_grpc()).await;
    let logs = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs {
                log_records: vec![LogRecord::default(); 3],
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };
    let sum = Sum {
        data_points: vec![NumberDataPoint::default(); 2],
        ..Sum::default()
    };
    let metrics = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                metrics: vec![Metric {
                    data: Some(Data::Sum(sum)),
                    ..Metric::default()
                }],
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    };

    let logs = LogsServiceClient::new(channel.clone()).export(logs).await;
    let metrics = MetricsServiceClient::new(channel).export(metrics).await;

    let logs = logs.unwrap().into_inner().partial_success.unwrap();
    assert_eq!(logs.rejected_log_records, 3);
    assert_eq!(
        logs.error_message,
        "log records are not stored yet; Clew keeps traces"
    );
    let metrics = metrics.unwrap().into_inner().partial_success.unwrap();
    assert_eq!(metrics.rejected_data_points, 2);
    assert_eq!(
        metrics.error_message,
        "data points are not stored yet; Clew keeps traces"
    );
}

#[tokio::test]
async fn requests_beyond_the_limits_of_the_frameworks_are_taken() {
    let backend = Backend::start();
    let request = decode(&request_of_size(5 << 20));

    client(&backend).await.export(request).await.unwrap();

    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

#[tokio::test]
async fn the_limit_is_exact_before_and_after_decompression() {
    let limits = Limits {
        request_bytes_max: 1 << 20,
        in_flight_bytes_max: 8 << 20,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let backend = Backend::start_with(options, Arc::new(ReferenceStore::new()));
    let plain = client(&backend).await;
    let gzip = plain.clone().send_compressed(CompressionEncoding::Gzip);
    for mut client in [plain, gzip] {
        let fits = client.export(decode(&request_of_size(1 << 20))).await;
        let excess = client.export(decode(&request_of_size((1 << 20) + 1))).await;

        assert!(fits.is_ok(), "{fits:?}");
        let status = excess.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(
            status.message().contains("more than 1048576 bytes"),
            "{status:?}"
        );
        // With a RetryInfo, a client would send it again.
        assert!(status.details().is_empty(), "{status:?}");
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let limits = Limits {
        request_bytes_max: 1 << 20,
        in_flight_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let store = GatedStore::closed();
    let backend = Backend::start_with(options, Arc::clone(&store) as _);
    let mut client = client(&backend).await;
    let first = tokio::spawn({
        let mut client = client.clone();
        async move { client.export(decode(&request_of_size(1 << 19))).await }
    });
    store.wait_for(1).await;

    let status = client
        .export(decode(&request_of_size((1 << 19) + 1)))
        .await
        .unwrap_err();
    store.gate.add_permits(1);
    assert!(first.await.unwrap().is_ok());

    let message = "too much is being received at the moment; try again";
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unavailable, message)
    );
    assert_retry_info(&status);
}

#[tokio::test]
async fn a_store_that_cannot_write_is_a_passing_fault() {
    for error in [full as fn() -> _, broken] {
        let backend = Backend::start_with(Options::default(), Arc::new(FailingStore(error)));

        let status = client(&backend)
            .await
            .export(one_span(1))
            .await
            .unwrap_err();

        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(
            status.message(),
            "the store cannot keep what was sent just now, and Clew's log says why; try again later"
        );
        assert_retry_info(&status);
    }
}

/// Checks that the status says to come again after a second.
fn assert_retry_info(status: &tonic::Status) {
    #[derive(Clone, PartialEq, prost::Message)]
    struct RpcStatus {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(string, tag = "2")]
        message: String,
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes, tag = "2")]
        value: Vec<u8>,
    }

    let retry_info = Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        // Field 1, a message of two bytes: field 1, the number of seconds, is 1.
        value: vec![0x0a, 2, 0x08, 1],
    };
    let details: RpcStatus =
        prost::Message::decode(status.details()).expect("the details are a status");
    let expected = RpcStatus {
        code: status.code() as i32,
        message: status.message().to_owned(),
        details: vec![retry_info],
    };
    assert_eq!(details, expected);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unimplemented() {
    let backend = Backend::start();
    let channel = channel(backend.otlp_grpc()).await;

    let answer = call(
        channel,
        "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
        &[],
        b"",
    );

    assert_eq!(answer.await, Code::Unimplemented);
}

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

#[tokio::test]
async fn broken_calls_are_refused_for_good() {
    let backend = Backend::start();
    let channel = channel(backend.otlp_grpc()).await;
    let gzip = [("grpc-encoding", "gzip")];
    let zstd = [("grpc-encoding", "zstd")];
    for (headers, body, expected) in [
        (&[][..], &b"\0\0\0\0\0"[..], Code::Ok),
        (&gzip, b"\0\0\0\0\0", Code::Ok),
        (&[], b"", Code::Unimplemented),
        (&[], b"\0\0\0\0\0\0\0\0\0\0", Code::Unimplemented),
        (&[], b"\0\0\0\0\x01", Code::InvalidArgument),
        (&[], b"\0\0\0\0\x02no", Code::InvalidArgument),
        (&[], b"\x01\0\0\0\0", Code::InvalidArgument),
        (&gzip, b"\x01\0\0\0\x02no", Code::InvalidArgument),
        (&zstd, b"\0\0\0\0\0", Code::Unimplemented),
    ] {
        let code = call(channel.clone(), EXPORT, headers, body).await;
        assert_eq!(code, expected, "{headers:?} {body:?}");
    }
}

#[tokio::test]
async fn messages_are_protobuf_by_their_content_type() {
    let backend = Backend::start();
    for (content_type, expected) in [
        ("application/grpc", "0"),
        ("application/grpc+proto", "0"),
        ("Application/gRPC; charset=utf-8", "0"),
        ("application/grpc+json", "12"),
        ("application/grpc+thrift", "12"),
    ] {
        let headers = [("content-type", content_type)];
        let answer = post(backend.otlp_grpc(), EXPORT, &headers, &b"\0\0\0\0\0"[..]).await;

        assert_eq!(answer.status, http::StatusCode::OK, "{content_type}");
        // An empty answer's status is in its headers, a full one's in the trailers, which this
        // client does not read.
        let status = answer.header("grpc-status").unwrap_or("0");
        assert_eq!(status, expected, "{content_type}");
    }
    for content_type in ["application/grpc-web", "application/json", "text/plain"] {
        let headers = [("content-type", content_type)];
        let answer = post(backend.otlp_grpc(), EXPORT, &headers, &b"\0\0\0\0\0"[..]).await;

        assert_eq!(answer.status, 415, "{content_type}");
    }
}

#[tokio::test]
async fn the_http_port_answers_grpc_too() {
    let backend = Backend::start();
    let channel = channel(backend.otlp_http()).await;

    let answer = TraceServiceClient::new(channel).export(one_span(1)).await;

    assert_eq!(answer.unwrap().into_inner().partial_success, None);
    assert_eq!(span_count(&backend, trace_id(1)).await, 1);
}

/// Makes a call of these bytes, and tells the code of its status.
async fn call(mut channel: Channel, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Code {
    let mut request = http::Request::post(path).header("content-type", "application/grpc");
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    let body = tonic::body::Body::new(http_body_util::Full::new(bytes::Bytes::copy_from_slice(
        body,
    )));
    let request = request.body(body).expect("the request is well-formed");
    let ready = tower::ServiceExt::ready(&mut channel).await;
    let answer = tower::Service::call(ready.expect("it is connected"), request).await;
    let answer = answer.expect("the server answers");
    assert_eq!(answer.status(), http::StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/grpc");
    assert_eq!(answer.headers()["grpc-accept-encoding"], "gzip,identity");
    let in_headers = answer.headers().get("grpc-status").cloned();
    let body = http_body_util::BodyExt::collect(answer.into_body()).await;
    let trailers = body.expect("the answer is whole").trailers().cloned();
    let status = in_headers.or_else(|| trailers?.get("grpc-status").cloned());
    Code::from_bytes(status.expect("every call has a status").as_bytes())
}
