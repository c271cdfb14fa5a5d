use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;

use super::{MESSAGE_LEN_MAX, encode_status, encode_trace_response};

/// `google.rpc.Status` (<https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>).
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

fn check_response(rejected: u64, message: &str, expected: Option<(i64, &str)>) {
    let response = encode_trace_response(rejected, message);
    let response = ExportTraceServiceResponse::decode(response).unwrap();
    let expected = expected.map(|(rejected_spans, message)| ExportTracePartialSuccess {
        rejected_spans,
        error_message: message.to_owned(),
    });
    assert_eq!(response.partial_success, expected);
}

#[test]
fn full_success_is_the_empty_answer() {
    assert!(encode_trace_response(0, "").is_empty());
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
        let status = Status::decode(encode_status(code, message)).unwrap();
        assert_eq!((status.code, status.message.as_str()), (code, message));
    }
}
