use std::sync::Arc;
use std::time::Duration;

use clew_model::{Scope, SpanKind, Status};
use http_body_util::BodyExt as _;
use serde_json::json;

use super::*;
use crate::api::stream::{self, Layout};

fn resource(attributes: &[(&str, &str)]) -> Arc<Resource> {
    let attributes = attributes
        .iter()
        .map(|&(key, value)| KeyValue::new(key, value));
    Arc::new(Resource {
        attributes: attributes.collect(),
        ..Resource::default()
    })
}

fn span(id: u8, resource: &Arc<Resource>) -> Span {
    Span {
        trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
        span_id: SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, id]).unwrap(),
        parent_span_id: None,
        trace_state: String::new(),
        flags: 1,
        name: "GET /bands/{id}".to_owned(),
        kind: SpanKind::Server,
        start: Timestamp::from_unix_nanos(1_680_000_000_000_001_999),
        end: Timestamp::from_unix_nanos(1_680_000_000_000_004_998),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Vec::new(),
        dropped_events_count: 0,
        links: Vec::new(),
        dropped_links_count: 0,
        status: Status {
            code: StatusCode::Unset,
            message: String::new(),
        },
        resource: Arc::clone(resource),
        scope: Arc::new(Scope::default()),
    }
}

/// The trace of these spans, as it is sent in one part.
fn text_of(spans: Vec<Span>) -> String {
    let context = QueryContext::new(Duration::from_mins(1), usize::MAX);
    let part = TracePart {
        id: spans[0].trace_id,
        spans,
        is_last: true,
        memory: context.hold(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let body = runtime.block_on(async {
        let response = stream::answer(context.clone(), Layout::Compact, |json| async move {
            let mut writer = TraceWriter::new(json, &context);
            assert!(writer.take(part).await.is_continue());
            Ok(writer.finish()?.0)
        });
        let body = response.await.unwrap().into_body().collect();
        body.await.unwrap().to_bytes()
    });
    String::from_utf8(body.to_vec()).unwrap()
}

fn json_of(spans: Vec<Span>) -> serde_json::Value {
    serde_json::from_str(&text_of(spans)).unwrap()
}

fn tag(key: &str, value: &str) -> serde_json::Value {
    json!({"key": key, "type": "string", "value": value})
}

#[test]
fn a_whole_span_word_by_word() {
    let resource = resource(&[("service.name", "bands-api"), ("service.version", "1.0")]);
    let mut span = span(2, &resource);
    span.parent_span_id = SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, 1]);
    span.trace_state = "foo=bar".to_owned();
    span.attributes = vec![KeyValue::new("http.response.status_code", 500)];
    span.status = Status {
        code: StatusCode::Error,
        message: "no reviews".to_owned(),
    };
    span.scope = Arc::new(Scope {
        name: "tower".to_owned(),
        version: "0.5".to_owned(),
        ..Scope::default()
    });
    span.events = vec![Event {
        time: Timestamp::from_unix_nanos(1_680_000_000_000_003_000),
        name: "exception".to_owned(),
        attributes: vec![KeyValue::new("exception.type", "Timeout")],
        dropped_attributes_count: 0,
    }];
    span.links = vec![Link {
        trace_id: "000000000000000000000000000000ff".parse().ok(),
        span_id: "00000000000000aa".parse().ok(),
        trace_state: String::new(),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        flags: 0,
    }];

    let text = text_of(vec![span]);

    let expected = concat!(
        r#"{"traceID":"0af7651916cd43dd8448eb211c80319c","spans":["#,
        r#"{"traceID":"0af7651916cd43dd8448eb211c80319c","spanID":"0000000000000002","#,
        r#""operationName":"GET /bands/{id}","references":["#,
        r#"{"refType":"CHILD_OF","traceID":"0af7651916cd43dd8448eb211c80319c","#,
        r#""spanID":"0000000000000001"},"#,
        r#"{"refType":"FOLLOWS_FROM","traceID":"00000000000000ff","spanID":"00000000000000aa"}],"#,
        r#""startTime":1680000000000001,"duration":2,"tags":["#,
        r#"{"key":"otel.scope.name","type":"string","value":"tower"},"#,
        r#"{"key":"otel.scope.version","type":"string","value":"0.5"},"#,
        r#"{"key":"http.response.status_code","type":"int64","value":500},"#,
        r#"{"key":"span.kind","type":"string","value":"server"},"#,
        r#"{"key":"otel.status_code","type":"string","value":"ERROR"},"#,
        r#"{"key":"error","type":"bool","value":true},"#,
        r#"{"key":"otel.status_description","type":"string","value":"no reviews"},"#,
        r#"{"key":"w3c.tracestate","type":"string","value":"foo=bar"}],"#,
        r#""logs":[{"timestamp":1680000000000003,"fields":["#,
        r#"{"key":"event","type":"string","value":"exception"},"#,
        r#"{"key":"exception.type","type":"string","value":"Timeout"}]}],"#,
        r#""processID":"p1","warnings":null}],"#,
        r#""processes":{"p1":{"serviceName":"bands-api","tags":["#,
        r#"{"key":"service.version","type":"string","value":"1.0"}]}},"warnings":null}"#,
    );
    assert_eq!(text, expected);
}

#[test]
fn a_bare_span_has_its_kind_alone() {
    let trace = json_of(vec![span(1, &resource(&[("service.name", "client")]))]);

    let span = &trace["spans"][0];
    assert_eq!(span["references"], json!([]));
    assert_eq!(span["logs"], json!([]));
    assert_eq!(span["tags"], json!([tag("span.kind", "server")]));
    let process = json!({"serviceName": "client", "tags": []});
    assert_eq!(trace["processes"], json!({"p1": process}));
}

#[test]
fn a_status_of_ok_is_no_error() {
    let mut span = span(1, &resource(&[]));
    span.kind = SpanKind::Other(9);
    span.status.code = StatusCode::Ok;

    let trace = json_of(vec![span]);

    assert_eq!(
        trace["spans"][0]["tags"],
        json!([tag("otel.status_code", "OK")])
    );
}

#[test]
fn processes_are_numbered_as_they_come() {
    let resources = ["b", "a"].map(|name| resource(&[("service.name", name)]));
    let [b, a] = &resources;
    let same_as_b = resource(&[("service.name", "b")]);

    let trace = json_of(vec![
        span(1, b),
        span(2, a),
        span(3, b),
        span(4, &same_as_b),
    ]);

    let process_ids: Vec<_> = trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| span["processID"].as_str().unwrap())
        .collect();
    assert_eq!(process_ids, ["p1", "p2", "p1", "p1"]);
    assert_eq!(trace["processes"].as_object().unwrap().len(), 2);
    assert_eq!(trace["processes"]["p1"]["serviceName"], "b");
    assert_eq!(trace["processes"]["p2"]["serviceName"], "a");
}

#[test]
fn a_resource_without_a_service_is_called_as_in_jaeger() {
    let trace = json_of(vec![span(1, &resource(&[("host.name", "x")]))]);

    let process = json!({"serviceName": "missing-service-name", "tags": [tag("host.name", "x")]});
    assert_eq!(trace["processes"]["p1"], process);
}

#[test]
fn a_link_to_no_trace_is_left_out_and_one_to_no_span_is_not() {
    let link = |trace_id: &str| Link {
        trace_id: trace_id.parse().ok(),
        span_id: None,
        trace_state: String::new(),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        flags: 0,
    };
    let mut span = span(1, &resource(&[]));
    span.links = vec![link(""), link("0af7651916cd43dd8448eb211c80319c")];

    let trace = json_of(vec![span]);

    let expected = json!([{
        "refType": "FOLLOWS_FROM",
        "traceID": "0af7651916cd43dd8448eb211c80319c",
        "spanID": "0000000000000000",
    }]);
    assert_eq!(trace["spans"][0]["references"], expected);
}

#[test]
fn a_span_that_ends_before_it_starts_takes_no_time() {
    let mut span = span(1, &resource(&[]));
    span.end = Timestamp::from_unix_nanos(1);

    assert_eq!(json_of(vec![span])["spans"][0]["duration"], 0);
}
