//! Log records are kept, whole, once, and for as long as the store says.

use std::sync::Arc;

use clew_model::{KeyValue, LogRecord, Resource, Scope, Severity, Value};

use super::super::complete;
use super::records::{bare, record, within};
use super::{LogSubject, append, everything, page, records_of, said, snapshot, store_with};
use crate::Position;

/// Nothing is there before something was sent.
pub async fn an_empty_store_has_no_log_records<S: LogSubject>(subject: &S) {
    let store = subject.open().await;
    assert_eq!(page(&store, &everything()).await.records, []);
}

/// It has a position all the same.
pub async fn a_batch_without_log_records_changes_nothing<S: LogSubject>(subject: &S) {
    let store = store_with(subject, &[&[]]).await;
    assert_eq!(page(&store, &everything()).await.next, None);
    append(subject, &store, &[record("one", 1)]).await;
    assert_eq!(said(&store, &everything()).await, ["one"]);
}

/// Promise Q1.
pub async fn q1_a_log_record_is_found_by_the_next_query<S: LogSubject>(subject: &S) {
    let store = subject.open().await;
    for number in 1..=20 {
        append(subject, &store, &[record(&number.to_string(), number)]).await;
        assert_eq!(said(&store, &everything()).await.len() as u64, number);
    }
}

/// Every field that OTLP has.
fn full() -> LogRecord {
    LogRecord {
        severity: Severity::from_number(18),
        severity_text: "ERROR2".to_owned(),
        attributes: vec![
            KeyValue::new("code.function", "pay"),
            KeyValue::new("twice", "one"),
            KeyValue::new("twice", "two"),
            KeyValue::new("", ""),
        ],
        dropped_attributes_count: 3,
        event_name: "payment.failed".to_owned(),
        resource: Arc::new(Resource {
            attributes: vec![
                KeyValue::new("service.name", "shop"),
                KeyValue::new("host.name", "a"),
            ],
            dropped_attributes_count: 1,
            schema_url: "https://opentelemetry.io/schemas/1.30.0".to_owned(),
        }),
        scope: Arc::new(Scope {
            name: "payments".to_owned(),
            version: "1.2".to_owned(),
            attributes: vec![KeyValue::new("scope.attribute", "x")],
            dropped_attributes_count: 2,
            schema_url: "https://opentelemetry.io/schemas/1.31.0".to_owned(),
        }),
        ..within(1, 2, record("the card is refused", 5))
    }
}

/// In any company.
pub async fn a_log_record_keeps_all_that_it_had<S: LogSubject>(subject: &S) {
    let records = [
        full(),
        bare(record("", 3)),
        record("a line\nand another", 1),
    ];
    let store = store_with(subject, &[&records]).await;
    let found = records_of(page(&store, &everything()).await);
    assert_eq!(found, records);
}

/// A body may be anything.
pub async fn bodies_and_attributes_keep_their_types<S: LogSubject>(subject: &S) {
    let values = [
        Value::Empty,
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Double(f64::NAN),
        Value::Double(-0.0),
        Value::Bytes(vec![0, 255]),
        Value::Array(vec![
            Value::Int(1),
            Value::Empty,
            Value::String("x".to_owned()),
        ]),
        Value::Map(vec![KeyValue {
            key: "k".to_owned(),
            value: Value::Array(Vec::new()),
        }]),
    ];
    let with_value = |(number, value): (u64, &Value)| LogRecord {
        body: value.clone(),
        attributes: vec![KeyValue {
            key: "value".to_owned(),
            value: value.clone(),
        }],
        ..record("", 100 - number)
    };
    let records: Vec<LogRecord> = (0..).zip(&values).map(with_value).collect();
    let store = store_with(subject, &[&records]).await;
    let found = records_of(page(&store, &everything()).await);
    // As text, in which NaN equals itself.
    assert_eq!(format!("{found:?}"), format!("{records:?}"));
}

/// Neither appends nor what the store does with them change it.
pub async fn a_log_snapshot_stays_as_it_is<S: LogSubject>(subject: &S) {
    let store = store_with(subject, &[&[record("before", 1)]]).await;
    let before = snapshot(&store).await;
    for number in 1..=100 {
        append(subject, &store, &[record("after", number)]).await;
    }
    let found = before.records(&everything(), None, usize::MAX).await;
    let found = records_of(complete(found.expect("reads")));
    assert_eq!(found, [record("before", 1)]);
}

/// So that whoever asked once can ask for what is new.
pub async fn a_log_snapshot_knows_where_it_ends<S: LogSubject>(subject: &S) {
    let store = subject.open().await;
    assert_eq!(snapshot(&store).await.end(), Position::START);
    let first = append(subject, &store, &[record("one", 1)]).await;
    let end = snapshot(&store).await.end();
    assert_eq!((first, end), (Position::START, first.next()));
    append(subject, &store, &[record("two", 2)]).await;
    let after = snapshot(&store).await;
    let mut new = everything();
    new.arrived = Some(end..after.end());
    let found = after.records(&new, None, 10).await;
    assert_eq!(
        records_of(complete(found.expect("reads"))),
        [record("two", 2)]
    );
}

/// An exporter that was not answered in time sends the same batch.
pub async fn log_records_that_are_sent_again_are_there_once<S: LogSubject>(subject: &S) {
    let batch = [full(), record("one", 1), bare(record("two", 2))];
    let store = store_with(subject, &[&batch, &[record("three", 9)], &batch]).await;
    assert_eq!(said(&store, &everything()).await.len(), 4);
}

/// In one batch, and as often when that is sent again.
pub async fn a_program_may_say_the_same_twice<S: LogSubject>(subject: &S) {
    let batch = [record("tick", 1), record("tick", 1), record("tock", 1)];
    let store = store_with(subject, &[&batch, &batch]).await;
    let mut said = said(&store, &everything()).await;
    said.sort_unstable();
    assert_eq!(said, ["tick", "tick", "tock"]);
}

/// Their clocks are coarse, and nothing else tells what they say apart.
pub async fn two_instances_of_a_service_may_say_the_same<S: LogSubject>(subject: &S) {
    let of_instance = |id: &str| LogRecord {
        resource: Arc::new(Resource {
            attributes: vec![
                KeyValue::new("service.name", "cart"),
                KeyValue::new("service.instance.id", id),
            ],
            ..Resource::default()
        }),
        ..record("tick", 1)
    };
    let (one, other) = ([of_instance("1")], [of_instance("2")]);
    let store = store_with(subject, &[&one, &other, &one]).await;
    assert_eq!(said(&store, &everything()).await, ["tick", "tick"]);
}

/// Promise W1, as far as a test without a crash goes.
pub async fn w1_log_records_are_there_after_opening_again<S: LogSubject>(subject: &S) {
    let records = [full(), record("one", 1)];
    drop(store_with(subject, &[&records[..1], &records[1..]]).await);
    let store = subject.open().await;
    assert_eq!(records_of(page(&store, &everything()).await), records);
    append(subject, &store, &[record("later", 7)]).await;
    assert_eq!(said(&store, &everything()).await.len(), 3);
}

/// Exporters send again what was acknowledged just before the end, and not heard.
pub async fn log_records_are_recognised_after_opening_again<S: LogSubject>(subject: &S) {
    for _ in 0..2 {
        let store = store_with(subject, &[&[record("one", 1)]]).await;
        assert_eq!(said(&store, &everything()).await, ["one"]);
    }
}
