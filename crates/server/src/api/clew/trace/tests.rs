use std::sync::Arc;
use std::time::Duration;

use clew_model::{KeyValue, SpanId, SpanKind, Status, StatusCode, Timestamp, Value};
use clew_testkit::{service, span, span_id, trace_id};
use http_body_util::BodyExt as _;
use serde_json::json;

use super::*;
use crate::api::stream::{self, Layout};

/// The trace of these spans, in parts of one span.
async fn json_of(spans: Vec<Span>) -> Result<serde_json::Value, Failure> {
    json_with(spans, Coverage::Complete).await
}

async fn json_with(spans: Vec<Span>, coverage: Coverage) -> Result<serde_json::Value, Failure> {
    let context = QueryContext::new(Duration::from_mins(1), usize::MAX);
    let id = trace_id(1);
    let answer = stream::answer(context.clone(), Layout::Compact, |json| async move {
        let mut writer = TraceWriter::new(json, id, &context);
        let last = spans.len();
        for (number, span) in (1..).zip(spans) {
            let part = TracePart {
                id,
                spans: vec![span],
                is_last: number == last,
                memory: context.hold(),
            };
            assert!(writer.take(part).await.is_continue());
        }
        writer.finish(&coverage).await
    });
    let body = answer.await?.into_body().collect().await.unwrap();
    Ok(serde_json::from_slice(&body.to_bytes()).unwrap())
}

/// A span that has all that a span can have.
fn full() -> Span {
    let attributes = || vec![KeyValue::new("n", i64::MAX), KeyValue::new("n", 0.5)];
    Span {
        parent_span_id: Some(span_id(9)),
        trace_state: "a=b".to_owned(),
        flags: 0x301,
        name: "GET /".to_owned(),
        kind: SpanKind::Client,
        start: Timestamp::from_unix_nanos(1_700_000_000_000_000_001),
        end: Timestamp::from_unix_nanos(1_700_000_000_000_000_003),
        attributes: attributes(),
        dropped_attributes_count: 1,
        events: vec![Event {
            time: Timestamp::from_unix_nanos(5),
            name: "retry".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 2,
        }],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id: Some(trace_id(8)),
            span_id: SpanId::from_bytes([1; 8]),
            trace_state: "c=d".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 4,
            flags: 5,
        }],
        dropped_links_count: 6,
        status: Status {
            code: StatusCode::Error,
            message: "no".to_owned(),
        },
        resource: Arc::new(Resource {
            attributes: vec![KeyValue::new("service.name", "web")],
            dropped_attributes_count: 7,
            schema_url: "https://example.com/r".to_owned(),
        }),
        scope: Arc::new(Scope {
            name: "http".to_owned(),
            version: "1".to_owned(),
            attributes: vec![KeyValue::new("empty", "")],
            dropped_attributes_count: 8,
            schema_url: "https://example.com/s".to_owned(),
        }),
        ..span(&service("web"), 1, 1)
    }
}

#[tokio::test]
async fn a_span_loses_nothing() {
    let n = json!([
        {"key": "n", "value": {"intValue": "9223372036854775807"}},
        {"key": "n", "value": {"doubleValue": 0.5}}
    ]);
    let json = json_of(vec![full()]).await.unwrap();
    assert_eq!(json["traceId"], trace_id(1).to_string());
    let expected = json!({
        "spanId": "0000000000000001", "parentSpanId": "0000000000000009",
        "traceState": "a=b", "flags": 769, "name": "GET /", "kind": 3,
        "startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000000000003",
        "status": {"code": 2, "message": "no"},
        "attributes": n, "droppedAttributesCount": 1,
        "events": [{
            "timeUnixNano": "5", "name": "retry", "attributes": n, "droppedAttributesCount": 2,
        }],
        "droppedEventsCount": 3,
        "links": [{
            "traceId": trace_id(8).to_string(), "spanId": "0101010101010101", "traceState": "c=d",
            "attributes": n, "droppedAttributesCount": 4, "flags": 5,
        }],
        "droppedLinksCount": 6, "resource": 0, "scope": 0,
    });
    assert_eq!(json["spans"], json!([expected]));
    let resource = json!({
        "attributes": [{"key": "service.name", "value": {"stringValue": "web"}}],
        "droppedAttributesCount": 7, "schemaUrl": "https://example.com/r",
    });
    assert_eq!(json["resources"], json!([resource]));
    let scope = json!({
        "name": "http", "version": "1",
        "attributes": [{"key": "empty", "value": {"stringValue": ""}}],
        "droppedAttributesCount": 8, "schemaUrl": "https://example.com/s",
    });
    assert_eq!(json["scopes"], json!([scope]));
    assert_eq!(json["findings"][0]["kind"], "missingParent");
}

#[tokio::test]
async fn resources_and_scopes_stand_once_whatever_part_their_spans_are_of() {
    let spans = [("web", 1), ("cart", 2), ("web", 3), ("cart", 4)]
        .map(|(name, id)| span(&service(name), 1, id));
    let json = json_of(spans.to_vec()).await.unwrap();
    let resources: Vec<_> = json["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["resource"])
        .collect();
    assert_eq!(resources, [0, 1, 0, 1]);
    assert_eq!(json["resources"].as_array().unwrap().len(), 2);
    assert_eq!(json["scopes"].as_array().unwrap().len(), 1);
    assert_eq!(json["summary"]["spans"], 4);
}

#[tokio::test]
async fn a_trace_without_spans_is_not_found() {
    assert!(matches!(json_of(vec![]).await, Err(Failure::TraceNotFound)));
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let partial = || Coverage::Partial("some of it is damaged".to_owned());
    let json = json_with(vec![span(&service("web"), 1, 1)], partial()).await;
    assert_eq!(json.unwrap()["partial"], "some of it is damaged");
    let nothing = json_with(vec![], partial()).await.unwrap_err();
    assert_eq!(nothing.status(), http::StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        nothing.to_string(),
        "the trace was not found, but some of it is damaged"
    );
}

#[tokio::test]
async fn values_that_are_not_sent_differ_from_empty_ones() {
    let empty = KeyValue {
        key: "k".to_owned(),
        value: Value::Empty,
    };
    let with = Span {
        attributes: vec![empty],
        ..span(&service("web"), 1, 1)
    };
    let json = json_of(vec![with]).await.unwrap();
    assert_eq!(
        json["spans"][0]["attributes"],
        json!([{"key": "k", "value": {}}])
    );
}
