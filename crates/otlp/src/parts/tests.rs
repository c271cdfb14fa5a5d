//! Requests from parts against the encoder of whole ones.

use std::convert::Infallible;

use bytes::Bytes;
use clew_model::{KeyValue, LogRecord, LogRecordRef, Span, Value};
use proptest::prelude::*;

use super::{
    AttributesWriter, LogRecordFields, RequestWriter, SpanFields, ValuePart, encode_attributes,
    encode_events, encode_links, encode_resource, encode_scope, encode_value, kind_number,
    split_attributes, status_number,
};
use crate::traces::tests::requests::logs_request;
use crate::traces::tests::{oracle, requests};

/// The span, taken apart and put together again.
fn rebuilt(span: &Span) -> Vec<Span> {
    let (events, links) = (encode_events(&span.events), encode_links(&span.links));
    let fields = SpanFields {
        trace_id: span.trace_id,
        span_id: span.span_id,
        parent_span_id: span.parent_span_id,
        trace_state: span.trace_state.as_bytes(),
        flags: span.flags,
        name: span.name.as_bytes(),
        kind: kind_number(span.kind),
        start: span.start.unix_nanos(),
        end: span.end.unix_nanos(),
        dropped_attributes_count: span.dropped_attributes_count,
        dropped_events_count: span.dropped_events_count,
        dropped_links_count: span.dropped_links_count,
        status_code: status_number(span.status.code),
        status_message: span.status.message.as_bytes(),
        events: &events,
        links: &links,
    };
    let (resource, scope) = (encode_resource(&span.resource), encode_scope(&span.scope));
    let mut request = RequestWriter::default();
    request
        .scope_records(&resource, &scope, |spans| {
            spans.span(&fields, |out| {
                write_attributes(&span.attributes, out);
                Ok::<_, Infallible>(())
            })
        })
        .unwrap_or_else(|never| match never {});
    oracle::decode(&request.finish()).unwrap().spans
}

fn write_attributes(attributes: &[KeyValue], out: &mut AttributesWriter<'_>) {
    for KeyValue { key, value } in attributes {
        let encoded = encode_value(value);
        out.add(key.as_bytes(), part_of(value, &encoded));
    }
}

fn part_of<'a>(value: &'a Value, encoded: &'a [u8]) -> ValuePart<'a> {
    match value {
        Value::String(text) => ValuePart::String(text.as_bytes()),
        Value::Bool(flag) => ValuePart::Bool(*flag),
        Value::Int(number) => ValuePart::Int(*number),
        Value::Double(number) => ValuePart::Double(number.to_bits()),
        _ => ValuePart::Encoded(encoded),
    }
}

/// The log record, taken apart and put together again; its attributes in one piece.
fn rebuilt_record(record: &LogRecord) -> Vec<LogRecord> {
    let body = encode_value(&record.body);
    let fields = LogRecordFields {
        time: record.time.unix_nanos(),
        observed_time: record.observed_time.unix_nanos(),
        severity: record.severity.number(),
        severity_text: record.severity_text.as_bytes(),
        body: (record.body != Value::Empty).then(|| part_of(&record.body, &body)),
        dropped_attributes_count: record.dropped_attributes_count,
        flags: record.flags,
        trace_id: record.trace_id,
        span_id: record.span_id,
        event_name: record.event_name.as_bytes(),
    };
    let resource = encode_resource(&record.resource);
    let scope = encode_scope(&record.scope);
    let attributes = encode_attributes(&record.attributes);
    let mut request = RequestWriter::default();
    request
        .scope_records(&resource, &scope, |records| {
            records.log_record(&fields, |out| {
                for attribute in split_attributes(&attributes).unwrap() {
                    out.add_encoded(attribute);
                }
                Ok::<_, Infallible>(())
            })
        })
        .unwrap_or_else(|never| match never {});
    let decoded = crate::decode_logs(request.finish()).unwrap();
    decoded
        .batch
        .records()
        .map(LogRecordRef::to_log_record)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_span_put_together_from_its_parts_is_the_same(request in requests::request()) {
        for span in oracle::decode(&request).unwrap().spans {
            // As text, in which NaN equals itself.
            prop_assert_eq!(format!("{:#?}", rebuilt(&span)), format!("{:#?}", [&span]));
        }
    }

    #[test]
    fn a_log_record_put_together_from_its_parts_is_the_same(request in logs_request()) {
        let decoded = crate::decode_logs(Bytes::from(request)).unwrap();
        for record in decoded.batch.records() {
            let record = record.to_log_record();
            prop_assert_eq!(format!("{:#?}", rebuilt_record(&record)), format!("{:#?}", [&record]));
        }
    }

    #[test]
    fn attributes_are_taken_apart_one_by_one(request in requests::request()) {
        for span in oracle::decode(&request).unwrap().spans {
            let all = encode_attributes(&span.attributes);
            let split = split_attributes(&all).unwrap();
            let each = span.attributes.chunks(1).map(encode_attributes);
            let each: Vec<_> = each.collect();
            let each = each.iter().map(|one| split_attributes(one).unwrap()[0]);
            prop_assert_eq!(split, each.collect::<Vec<_>>());
        }
    }

    #[test]
    fn other_bytes_are_taken_apart_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(split) = split_attributes(&bytes) {
            let len: usize = split.iter().map(|one| one.len()).sum();
            prop_assert!(len <= bytes.len());
        }
    }
}
