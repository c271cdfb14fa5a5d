use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;

use super::{MESSAGE_LEN_MAX, encode_export_response, encode_status};

/// `google.rpc.Status` (<https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>).
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(message, tag = "2")]
    value: Option<RetryInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, tag = "1")]
    retry_delay: Option<RetryDelay>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryDelay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

fn check_response(rejected: u64, message: &str, expected: Option<(i64, &str)>) {
    let response = encode_export_response(rejected, message);
    let response = ExportTraceServiceResponse::decode(response).unwrap();
    let expected = expected.map(|(rejected_spans, message)| ExportTracePartialSuccess {
        rejected_spans,
        error_message: message.to_owned(),
    });
    assert_eq!(response.partial_success, expected);
}

#[test]
fn full_success_is_the_empty_answer() {
    assert!(encode_export_response(0, "").is_empty());
    check_response(0, "", None);
}

#[test]
fn partial_success_carries_count_and_message() {
    check_response(3, "bad ids", Some((3, "bad ids")));
    check_response(u64::from(u32::MAX), "", Some((i64::from(u32::MAX), "")));
    check_response(0, "a warning", Some((0, "a warning")));
}

#[test]
fn a_long_message_is_cut_between_characters() {
    let long = "é".repeat(MESSAGE_LEN_MAX);
    let cut = "é".repeat(MESSAGE_LEN_MAX / 2);
    check_response(1, &long, Some((1, &cut)));
    check_response(
        1,
        &format!("a{long}"),
        Some((1, &format!("a{}", &cut[2..]))),
    );
}

#[test]
fn a_status_carries_code_and_message() {
    for (code, message) in [(3, "bad request"), (0, ""), (-1, "no such code"), (14, "")] {
        let status = Status::decode(encode_status(code, message, None)).unwrap();
        assert_eq!((status.code, status.message.as_str()), (code, message));
        assert_eq!(status.details, []);
    }
}

#[test]
fn a_status_says_when_to_retry() {
    let status = encode_status(14, "busy", Some(Duration::from_millis(1500)));
    let info = RetryInfo {
        retry_delay: Some(RetryDelay {
            seconds: 1,
            nanos: 500_000_000,
        }),
    };
    let detail = Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: Some(info),
    };
    assert_eq!(Status::decode(status).unwrap().details, [detail]);
}
