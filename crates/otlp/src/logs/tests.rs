//! The walker against prost, the generated decoder, as the oracle.

use bytes::Bytes;
use clew_model::{KeyValue, LogRecordRef, SeverityLevel, Value};
use proptest::prelude::*;

use super::decode_logs;
use crate::error::Malformed;
use crate::json::decode_logs_json;
use crate::traces::tests::requests::{bytes_field, fixed64_field, logs_request, varint_field};
use crate::traces::tests::{Damage, damage, oracle};

/// Walker and oracle agree on whether the bytes are a request, and on what is in it.
fn check_against_oracle(request: &[u8]) -> Result<(), TestCaseError> {
    let walked = decode_logs(Bytes::copy_from_slice(request));
    match (walked, oracle::decode_logs(request)) {
        (Ok(walked), Ok(expected)) => {
            let records: Vec<_> = walked
                .batch
                .records()
                .map(LogRecordRef::to_log_record)
                .collect();
            // As text, in which NaN equals itself.
            prop_assert_eq!(format!("{records:#?}"), format!("{:#?}", expected.records));
            prop_assert_eq!(walked.without_context, expected.without_context);
            prop_assert_eq!(walked.batch.bytes(), request);
        }
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => prop_assert!(false, "prost alone refuses: {error}"),
        (Err(error), Ok(_)) => prop_assert!(false, "the walker alone refuses: {error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Fields in any order, repeated, unknown, empty, with valid and invalid ids.
    #[test]
    fn requests_are_read_as_the_oracle_reads_them(request in logs_request()) {
        check_against_oracle(&request)?;
    }

    #[test]
    fn damaged_requests_are_refused_or_read_as_by_the_oracle(
        mut request in logs_request(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        for damage in &damages {
            Damage::apply(damage, &mut request);
        }
        check_against_oracle(&request)?;
    }
}

/// The request of one log record with these fields.
fn request_of(fields: &[u8]) -> Bytes {
    let scope_logs = bytes_field(2, &bytes_field(2, fields));
    bytes_field(1, &scope_logs).into()
}

#[test]
fn an_empty_log_record_is_one() {
    let decoded = decode_logs(request_of(&[])).unwrap();
    let record = decoded.batch.record(0).unwrap().to_log_record();
    assert_eq!((decoded.batch.len(), record.body), (1, Value::Empty));
    assert!(decode_logs(Bytes::new()).unwrap().batch.is_empty());
}

#[test]
fn a_record_whose_time_is_not_known_has_that_at_which_it_was_seen() {
    let time = |fields: &[u8]| {
        let batch = decode_logs(request_of(fields)).unwrap().batch;
        batch.record(0).unwrap().time_or_observed().unix_nanos()
    };
    let (at, seen) = (fixed64_field(1, 5), fixed64_field(11, 7));
    assert_eq!(time(&at), 5);
    assert_eq!(time(&seen), 7);
    assert_eq!(time(&[at, seen].concat()), 5);
}

#[test]
fn an_id_that_is_none_costs_a_record_its_context_alone() {
    let fields = [bytes_field(9, &[1; 15]), bytes_field(10, &[2; 8])].concat();
    let decoded = decode_logs(request_of(&fields)).unwrap();
    let record = decoded.batch.record(0).unwrap();
    assert_eq!(record.trace_id(), None);
    assert_eq!(record.span_id().unwrap().to_bytes(), [2; 8]);
    assert_eq!(decoded.without_context, 1);
}

#[test]
fn a_body_is_as_deep_as_the_oracle_lets_it_be() {
    let mut value = varint_field(3, 7);
    let mut refused = 0;
    for _ in 0..110 {
        let request = request_of(&bytes_field(5, &value));
        check_against_oracle(&request).unwrap();
        if let Err(error) = decode_logs(request) {
            assert_eq!(error.what, Malformed::TooDeep);
            refused += 1;
        }
        value = bytes_field(5, &bytes_field(1, &value));
    }
    assert!(refused > 0, "the limit was never reached");
}

#[test]
fn json_says_the_same() {
    let json = br#"{"resourceLogs":[{
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},
        "scopeLogs":[{"scope":{"name":"log"},"logRecords":[{
            "timeUnixNano":"5","observedTimeUnixNano":7,"severityNumber":17,"severityText":"ERROR",
            "body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}},
            "attributes":[{"key":"b","value":{"boolValue":true}}],"droppedAttributesCount":2,
            "flags":1,"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708",
            "eventName":"order.failed"
        },{"traceId":"01","spanId":"x","body":{"stringValue":"no context"}}]}]}]}"#;
    let decoded = decode_logs_json(Bytes::from_static(json)).unwrap();
    assert_eq!((decoded.batch.len(), decoded.without_context), (2, 1));
    let record = decoded.batch.record(0).unwrap().to_log_record();
    assert_eq!(record.time.unix_nanos(), 5);
    assert_eq!(record.observed_time.unix_nanos(), 7);
    assert_eq!(record.severity.level(), Some(SeverityLevel::Error));
    assert_eq!(record.severity_text, "ERROR");
    assert_eq!(record.body, Value::Map(vec![KeyValue::new("a", 1_i64)]));
    assert_eq!(record.attributes, [KeyValue::new("b", true)]);
    assert_eq!((record.dropped_attributes_count, record.flags), (2, 1));
    let trace_id = record.trace_id.unwrap().to_string();
    assert_eq!(trace_id, "0102030405060708090a0b0c0d0e0f10");
    assert_eq!(record.span_id.unwrap().to_string(), "0102030405060708");
    assert_eq!(record.event_name, "order.failed");
    assert_eq!(record.resource.service_name(), Some("cart"));
    assert_eq!(record.scope.name, "log");
    let without = decoded.batch.record(1).unwrap();
    assert_eq!((without.trace_id(), without.span_id()), (None, None));
    assert_eq!(without.body().as_str(), Some("no context"));
}
