use std::sync::Arc;

use clew_model::{
    KeyValue, LogRecord, Resource, Scope, Severity, SpanId, Timestamp, TraceId, Value,
};

use clew_testkit::log_batch_of;

use super::*;
use crate::{Comparison, Field, Predicate, Scalar};

fn record() -> LogRecord {
    LogRecord {
        time: Timestamp::MIN,
        observed_time: Timestamp::from_unix_nanos(7),
        severity: Severity::from_number(17),
        severity_text: "ERROR".to_owned(),
        body: Value::Map(vec![
            KeyValue::new("message", "no such band"),
            KeyValue {
                key: "ids".to_owned(),
                value: Value::Array(vec![Value::Int(5), Value::String("six".to_owned())]),
            },
        ]),
        attributes: vec![KeyValue::new("band.id", 5_i64)],
        dropped_attributes_count: 0,
        flags: 1,
        trace_id: TraceId::from_bytes([1; 16]),
        span_id: SpanId::from_bytes([2; 8]),
        event_name: "band.missing".to_owned(),
        resource: Arc::new(Resource {
            attributes: vec![KeyValue::new("service.name", "bands-api")],
            ..Resource::default()
        }),
        scope: Arc::new(Scope {
            name: "bands".to_owned(),
            ..Scope::default()
        }),
    }
}

fn holds(record: &LogRecord, predicate: &Predicate) -> bool {
    let batch = log_batch_of(std::slice::from_ref(record));
    predicate.holds(batch.record(0).expect("there is one"))
}

#[test]
fn a_log_record_is_found_by_each_of_its_parts() {
    let record = record();
    let body = || Field::from(Intrinsic::Body);
    let all = [
        Predicate::Contains(body(), "such".to_owned()),
        Predicate::HasWord(body(), "band".to_owned()),
        Predicate::TextEquals(body(), "six".to_owned()),
        Predicate::equal(Intrinsic::Body, Scalar::Int(5)),
        Predicate::equal(Intrinsic::SeverityText, "ERROR"),
        Predicate::Compare(
            Intrinsic::Severity.into(),
            Comparison::GreaterOrEqual,
            Scalar::Int(17),
        ),
        Predicate::equal(Intrinsic::EventName, "band.missing"),
        Predicate::equal(Intrinsic::ScopeName, "bands"),
        Predicate::equal(Field::service(), "bands-api"),
        Predicate::equal(
            Field::attribute(AttributeScope::Span, "band.id"),
            Scalar::Int(5),
        ),
        Predicate::Exists(Intrinsic::TraceId.into()),
        Predicate::Exists(Intrinsic::SpanId.into()),
    ];
    for predicate in &all {
        assert!(holds(&record, predicate), "{predicate:?}");
    }
    assert!(holds(&record, &Predicate::All(all.to_vec())));
}

#[test]
fn what_a_log_record_does_not_have_has_no_value() {
    let bare = LogRecord {
        severity: Severity::default(),
        severity_text: String::new(),
        body: Value::Empty,
        trace_id: None,
        span_id: None,
        event_name: String::new(),
        ..record()
    };
    for intrinsic in [
        Intrinsic::Body,
        Intrinsic::Severity,
        Intrinsic::SeverityText,
        Intrinsic::EventName,
        Intrinsic::TraceId,
        Intrinsic::SpanId,
        Intrinsic::Name,
        Intrinsic::Duration,
    ] {
        assert!(
            !holds(&bare, &Predicate::Exists(intrinsic.into())),
            "{intrinsic:?}"
        );
    }
    let of_event = Field::attribute(AttributeScope::Event, "band.id");
    assert!(!holds(&record(), &Predicate::Exists(of_event)));
}
