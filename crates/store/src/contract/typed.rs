//! [`Level::Typed`](super::Level::Typed): attribute values keep their types.

use std::sync::Arc;

use clew_model::{Event, KeyValue, Link, Resource, Scope, Span, Value};

use super::spans::{at_ms, span, trace_id};
use super::{Subject, store_with};
use crate::TraceStore;

pub(super) async fn run<S: Subject>(new: &impl Fn() -> S) {
    values_keep_their_types_wherever_they_stand(&new()).await;
    values_that_read_alike_make_different_spans(&new()).await;
    q1_resent_spans_are_one_span_whatever_their_values(&new()).await;
}

/// A value of each type, and each of its extremes.
fn attributes() -> Vec<KeyValue> {
    let values = [
        Value::Empty,
        "".into(),
        "text".into(),
        false.into(),
        true.into(),
        i64::MIN.into(),
        i64::MAX.into(),
        0.5.into(),
        (-0.0).into(),
        f64::NAN.into(),
        f64::NEG_INFINITY.into(),
        Value::Bytes(vec![]),
        Value::Bytes(vec![0, 255]),
        Value::Array(vec![]),
        Value::Array(vec![1.into(), "1".into(), Value::Array(vec![Value::Empty])]),
        Value::Map(vec![]),
        Value::Map(vec![KeyValue::new("twice", 1), KeyValue::new("twice", "1")]),
    ];
    // All of one key: even that is kept, in the order sent.
    values.map(|value| KeyValue::new("key", value)).to_vec()
}

async fn values_keep_their_types_wherever_they_stand<S: Subject>(subject: &S) {
    let sent = Span {
        attributes: attributes(),
        events: vec![Event {
            time: at_ms(1),
            name: "event".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 1,
        }],
        links: vec![Link {
            trace_id: Some(trace_id(2)),
            span_id: None,
            trace_state: "a=b".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 2,
            flags: 3,
        }],
        resource: Arc::new(Resource {
            attributes: attributes(),
            dropped_attributes_count: 4,
            schema_url: "https://example.com/resource".to_owned(),
        }),
        scope: Arc::new(Scope {
            name: "scope".to_owned(),
            version: "1".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 5,
            schema_url: "https://example.com/scope".to_owned(),
        }),
        ..span(1, 1)
    };
    let store = store_with(subject, &[std::slice::from_ref(&sent)]).await;
    let trace = store.trace(trace_id(1)).await.expect("reads");
    let kept = trace.expect("the trace was kept").spans;
    // As text, in which NaN equals itself and minus zero differs from zero.
    assert_eq!(format!("{kept:#?}"), format!("{:#?}", [sent]));
}

async fn values_that_read_alike_make_different_spans<S: Subject>(subject: &S) {
    let with = |value| Span {
        attributes: vec![KeyValue {
            key: "key".to_owned(),
            value,
        }],
        ..span(1, 1)
    };
    let sent = [with(1.into()), with("1".into()), with(1.0.into())];
    let store = store_with(subject, &[&sent]).await;
    let trace = store.trace(trace_id(1)).await.expect("reads");
    let kept = trace.expect("the trace was kept").spans;
    assert_eq!(kept.len(), sent.len());
    for span in sent {
        assert!(kept.contains(&span), "{span:?} is missing");
    }
}

/// NaN, too, is what it was.
async fn q1_resent_spans_are_one_span_whatever_their_values<S: Subject>(subject: &S) {
    let sent = [Span {
        attributes: attributes(),
        ..span(1, 1)
    }];
    let store = store_with(subject, &[&sent, &sent]).await;
    let trace = store.trace(trace_id(1)).await.expect("reads");
    assert_eq!(trace.expect("the trace was kept").spans.len(), 1);
}
