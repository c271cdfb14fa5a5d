//! [`Level::Typed`](super::Level::Typed): attribute values keep their types.

use std::sync::Arc;

use clew_model::{Event, KeyValue, Link, Resource, Scope, Span, TimeRange, Value};

use super::spans::{at_ms, span, trace_id};
use super::{Subject, found, store_with, trace};
use crate::{AttributeScope, Comparison, Field, Predicate, Scalar, Scan};

/// A value of each type, and each of its extremes.
pub(super) fn attributes() -> Vec<KeyValue> {
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

/// Values come back as they were sent.
pub async fn values_keep_their_types_wherever_they_stand<S: Subject>(subject: &S) {
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
    let kept = trace(&store, 1).await.expect("the trace was kept").spans;
    // As text, in which NaN equals itself and minus zero differs from zero.
    assert_eq!(format!("{kept:#?}"), format!("{:#?}", [sent]));
}

/// A number is not the text of its digits.
pub async fn values_that_read_alike_make_different_spans<S: Subject>(subject: &S) {
    let with = |value| Span {
        attributes: vec![KeyValue {
            key: "key".to_owned(),
            value,
        }],
        ..span(1, 1)
    };
    let sent = [with(1.into()), with("1".into()), with(1.0.into())];
    let store = store_with(subject, &[&sent]).await;
    let kept = trace(&store, 1).await.expect("the trace was kept").spans;
    assert_eq!(kept.len(), sent.len());
    for span in sent {
        assert!(kept.contains(&span), "{span:?} is missing");
    }
}

/// A number compares with numbers, and text with text.
pub async fn values_compare_by_their_types<S: Subject>(subject: &S) {
    let with = |number, value: Value| Span {
        attributes: vec![KeyValue {
            key: "key".to_owned(),
            value,
        }],
        ..span(number, 1)
    };
    let sent = [
        with(1, 2.into()),
        with(2, 10.into()),
        with(3, 2.5.into()),
        with(4, "2".into()),
        with(5, true.into()),
        span(6, 1),
    ];
    let store = store_with(subject, &[&sent]).await;
    let compare = |comparison, scalar| {
        let field = Field::attribute(AttributeScope::Span, "key");
        Scan::newest(
            TimeRange::ALL,
            Predicate::Compare(field, comparison, scalar),
        )
    };
    for (comparison, scalar, expected) in [
        (Comparison::Equal, Scalar::Int(2), &[1][..]),
        (Comparison::Equal, "2".into(), &[4]),
        (Comparison::Equal, Scalar::Bool(true), &[5]),
        (Comparison::Greater, Scalar::Double(2.25), &[2, 3]),
        (Comparison::LessOrEqual, Scalar::Double(2.5), &[1, 3]),
        (Comparison::NotEqual, Scalar::Int(2), &[2, 3]),
        (Comparison::NotEqual, "x".into(), &[4]),
    ] {
        let scan = compare(comparison, scalar.clone());
        assert_eq!(
            found(&store, &scan).await,
            expected,
            "{comparison:?} {scalar}"
        );
    }
}
