//! What is written, against the encoder, and that it is never longer than what is read.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clew_model::{
    Event, KeyValue, Link, LogBatch, LogRecord, LogRecordRef, Resource, Scope, Span, SpanKind,
    SpanRef, StatusCode, Timestamp, Value,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::encode_logs::encode_logs;
use crate::encode_traces::encode_traces;
use crate::json::ids::Id;
use crate::logs::decode_logs;
use crate::traces::decode_traces;
use crate::traces::tests::{oracle, requests};

/// Checks that the room for the request's length was enough all the way, and gives what was
/// written.
#[track_caller]
fn write_in_room(json: &str, message: &'static Message) -> Bytes {
    let transcoder =
        write(json.as_bytes(), message).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(transcoder.out.capacity(), json.len(), "grown: {json}");
    transcoder.out.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn spans_are_those_that_the_encoder_writes(request in requests::request()) {
        let spans = oracle::decode(&request).unwrap().spans;
        let written = decode_traces(write_in_room(&request_json(&spans), &REQUEST)).unwrap();
        let expected = decode_traces(encode_traces(&spans)).unwrap();
        let read = |batch: &clew_model::Batch| {
            let spans: Vec<_> = batch.spans().map(SpanRef::to_span).collect();
            // As text, in which NaN equals itself.
            format!("{spans:#?}")
        };
        prop_assert_eq!(read(&written.batch), read(&expected.batch));
    }

    #[test]
    fn log_records_are_those_that_the_encoder_writes(request in requests::logs_request()) {
        let records = oracle::decode_logs(&request).unwrap().records;
        let written = write_in_room(&logs_request_json(&records), &LOGS_REQUEST);
        let written = decode_logs(written).unwrap().batch;
        let expected = decode_logs(encode_logs(&records)).unwrap().batch;
        let read = |batch: &LogBatch| {
            let records: Vec<_> = batch.records().map(LogRecordRef::to_log_record).collect();
            // As text, in which NaN equals itself.
            format!("{records:#?}")
        };
        prop_assert_eq!(read(&written), read(&expected));
    }

    /// Every message with any of its fields in any order, each as short as its type allows.
    #[test]
    fn what_is_written_is_no_longer_than_what_is_read(
        choices in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let traces = |request| decode_traces(request).is_ok();
        let logs = |request| decode_logs(request).is_ok();
        let is_read: [fn(Bytes) -> bool; 2] = [traces, logs];
        for (message, is_read) in [&REQUEST, &LOGS_REQUEST].into_iter().zip(is_read) {
            let mut json = String::new();
            dense_object(message, 16, &mut choices.iter().copied(), &mut json);
            let written = write_in_room(&json, message);
            prop_assert!(is_read(written));
        }
    }
}

/// Appends an object with others in it to a depth. Each of the choices decides one thing; after
/// the last, all is empty.
fn dense_object(
    message: &Message,
    depth: usize,
    choices: &mut dyn Iterator<Item = u8>,
    json: &mut String,
) {
    let mut fields: Vec<_> = message.fields.iter().collect();
    json.push('{');
    while let Some(choice) = choices.next().map(usize::from)
        && choice < 200
        && depth > 0
        && !fields.is_empty()
    {
        let field = fields.remove(choice % fields.len());
        json.extend(["\"", field.name, "\":"]);
        dense_value(&field.value.kind, depth - 1, &mut *choices, json);
        json.push(',');
    }
    end(json, '}');
}

/// Ends an object or a list, after a comma that is one too many.
fn end(json: &mut String, bracket: char) {
    if json.ends_with(',') {
        json.pop();
    }
    json.push(bracket);
}

fn dense_value(
    kind: &Kind,
    depth: usize,
    choices: &mut dyn Iterator<Item = u8>,
    json: &mut String,
) {
    let choice = usize::from(choices.next().unwrap_or_default());
    match kind {
        // Lengths around those at which the length of the length changes.
        Kind::Text | Kind::String => {
            let length = [0, 1, 2, 110 + choice % 20, 16_340 + choice][choice % 5];
            json.extend(["\"", &"x".repeat(length), "\""]);
        }
        Kind::Uint32 | Kind::Fixed32 | Kind::Fixed64 => {
            json.push_str(["0", "1", "9", "4294967295"][choice % 4]);
        }
        Kind::Enum | Kind::Int => json.push_str(["0", "1", "-1"][choice % 3]),
        Kind::Id(_) if choice % 8 == 0 => json.push_str("\"\""),
        Kind::Id(Id::Trace | Id::LinkTrace | Id::RecordTrace) => {
            json.push_str(&json!("1".repeat(32)).to_string());
        }
        Kind::Id(_) => json.push_str(&json!("1".repeat(16)).to_string()),
        Kind::Bool => json.push_str("true"),
        Kind::Double => json.push('0'),
        Kind::Bytes => json.push_str(["\"\"", "\"AA\"", "\"AAA\"", "\"AAAA\""][choice % 4]),
        Kind::Message(message) => dense_object(message, depth, &mut *choices, json),
        Kind::List(message) => {
            json.push('[');
            for _ in 0..choice % 8 {
                dense_object(message, depth, &mut *choices, json);
                json.push(',');
            }
            end(json, ']');
        }
    }
}

/// Elements of which the sender writes as little as there can be.
#[test]
fn the_densest_lists_fit() {
    const IDS: &str = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
    let of_span = |fields: &str| {
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{IDS},{fields}}}]}}]}}]}}"#)
    };
    for element in ["{}", r#"{"key":"x"}"#, r#"{"kind":-1}"#, r#"{"key":""}"#] {
        let list = vec![element; 10_000].join(",");
        for json in [
            format!(r#"{{"resourceSpans":[{list}]}}"#),
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{list}]}}]}}"#),
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{list}]}}]}}]}}"#),
            of_span(&format!(r#""attributes":[{list}]"#)),
            of_span(&format!(r#""events":[{list}]"#)),
            of_span(&format!(r#""links":[{list}]"#)),
            of_span(&format!(
                r#""attributes":[{{"value":{{"arrayValue":{{"values":[{list}]}}}}}}]"#
            )),
        ] {
            write_in_room(&json, &REQUEST);
        }
    }
    let span = format!("{{{IDS},\"kind\":-1,\"flags\":1}}");
    let spans = vec![span; 1000].join(",");
    write_in_room(
        &format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#),
        &REQUEST,
    );
    let numbers = vec![r#""intValue":-1"#; 1000].join(",");
    write_in_room(
        &of_span(&format!(r#""attributes":[{{"value":{{{numbers}}}}}]"#)),
        &REQUEST,
    );
}

/// A request with the spans, each with its own description.
fn request_json(spans: &[Span]) -> String {
    let resource_spans: Vec<_> = spans
        .iter()
        .map(|span| {
            let mut scope_spans = scope_json(&span.scope);
            scope_spans["spans"] = json!([span_json(span)]);
            let mut resource_spans = resource_json(&span.resource);
            resource_spans["scopeSpans"] = json!([scope_spans]);
            resource_spans
        })
        .collect();
    json!({ "resourceSpans": resource_spans }).to_string()
}

/// Likewise of log records.
fn logs_request_json(records: &[LogRecord]) -> String {
    let resource_logs: Vec<_> = records
        .iter()
        .map(|record| {
            let mut scope_logs = scope_json(&record.scope);
            scope_logs["logRecords"] = json!([log_record_json(record)]);
            let mut resource_logs = resource_json(&record.resource);
            resource_logs["scopeLogs"] = json!([scope_logs]);
            resource_logs
        })
        .collect();
    json!({ "resourceLogs": resource_logs }).to_string()
}

fn resource_json(resource: &Resource) -> serde_json::Value {
    json!({
        "resource": {
            "attributes": attributes_json(&resource.attributes),
            "droppedAttributesCount": resource.dropped_attributes_count,
        },
        "schemaUrl": resource.schema_url,
    })
}

fn scope_json(scope: &Scope) -> serde_json::Value {
    json!({
        "scope": {
            "name": scope.name,
            "version": scope.version,
            "attributes": attributes_json(&scope.attributes),
            "droppedAttributesCount": scope.dropped_attributes_count,
        },
        "schemaUrl": scope.schema_url,
    })
}

fn log_record_json(record: &LogRecord) -> serde_json::Value {
    json!({
        "timeUnixNano": nanos_json(record.time),
        "observedTimeUnixNano": nanos_json(record.observed_time),
        "severityNumber": record.severity.number(),
        "severityText": record.severity_text,
        "body": value_json(&record.body),
        "attributes": attributes_json(&record.attributes),
        "droppedAttributesCount": record.dropped_attributes_count,
        "flags": record.flags,
        "traceId": record.trace_id.map(|id| id.to_string()),
        "spanId": record.span_id.map(|id| id.to_string()),
        "eventName": record.event_name,
    })
}

fn span_json(span: &Span) -> serde_json::Value {
    let kind = match span.kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
        SpanKind::Other(number) => number,
    };
    let code = match span.status.code {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
        StatusCode::Other(number) => number,
    };
    json!({
        "traceId": span.trace_id.to_string(),
        "spanId": span.span_id.to_string(),
        "parentSpanId": span.parent_span_id.map(|id| id.to_string()),
        "traceState": span.trace_state,
        "flags": span.flags,
        "name": span.name,
        "kind": kind,
        "startTimeUnixNano": nanos_json(span.start),
        "endTimeUnixNano": nanos_json(span.end),
        "attributes": attributes_json(&span.attributes),
        "droppedAttributesCount": span.dropped_attributes_count,
        "events": span.events.iter().map(event_json).collect::<Vec<_>>(),
        "droppedEventsCount": span.dropped_events_count,
        "links": span.links.iter().map(link_json).collect::<Vec<_>>(),
        "droppedLinksCount": span.dropped_links_count,
        "status": {"message": span.status.message, "code": code},
    })
}

fn event_json(event: &Event) -> serde_json::Value {
    json!({
        "timeUnixNano": nanos_json(event.time),
        "name": event.name,
        "attributes": attributes_json(&event.attributes),
        "droppedAttributesCount": event.dropped_attributes_count,
    })
}

fn link_json(link: &Link) -> serde_json::Value {
    json!({
        "traceId": link.trace_id.map(|id| id.to_string()),
        "spanId": link.span_id.map(|id| id.to_string()),
        "traceState": link.trace_state,
        "attributes": attributes_json(&link.attributes),
        "droppedAttributesCount": link.dropped_attributes_count,
        "flags": link.flags,
    })
}

fn nanos_json(time: Timestamp) -> String {
    time.unix_nanos().to_string()
}

fn attributes_json(attributes: &[KeyValue]) -> serde_json::Value {
    let attribute_json =
        |attribute: &KeyValue| json!({"key": attribute.key, "value": value_json(&attribute.value)});
    attributes.iter().map(attribute_json).collect()
}

fn value_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Empty => json!({}),
        Value::String(text) => json!({"stringValue": text}),
        Value::Bool(flag) => json!({"boolValue": flag}),
        Value::Int(number) => json!({"intValue": number.to_string()}),
        Value::Double(number) if number.is_finite() => json!({"doubleValue": number}),
        Value::Double(number) if number.is_nan() => json!({"doubleValue": "NaN"}),
        Value::Double(number) if *number > 0.0 => json!({"doubleValue": "Infinity"}),
        Value::Double(_) => json!({"doubleValue": "-Infinity"}),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(value_json).collect();
            json!({"arrayValue": {"values": values}})
        }
        Value::Map(pairs) => json!({"kvlistValue": {"values": attributes_json(pairs)}}),
        Value::Bytes(bytes) => json!({"bytesValue": BASE64_STANDARD.encode(bytes)}),
    }
}
