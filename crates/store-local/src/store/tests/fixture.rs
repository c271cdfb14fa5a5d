//! Logs that earlier versions wrote are read by this one.

use std::path::Path;
use std::sync::Arc;

use clew_model::{Event, KeyValue, Link, Resource, Scope, Span, SpanKind, Status, StatusCode};
use clew_model::{Timestamp, Value};
use clew_store::TraceStore;

use super::super::{LocalStore, Options};
use super::{span, trace_id};

/// What is in each fixture: three requests, the second and third of them in one group.
fn requests() -> [Vec<Span>; 3] {
    let root = Span {
        trace_state: "foo=bar".to_owned(),
        flags: 0x301,
        kind: SpanKind::Server,
        attributes: values(),
        dropped_attributes_count: 1,
        events: vec![Event {
            time: Timestamp::from_unix_nanos(5),
            name: "exception".to_owned(),
            attributes: values(),
            dropped_attributes_count: 2,
        }],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id: Some(trace_id(9)),
            span_id: None,
            trace_state: "a=b".to_owned(),
            attributes: values(),
            dropped_attributes_count: 4,
            flags: 5,
        }],
        dropped_links_count: 6,
        status: Status {
            code: StatusCode::Error,
            message: "it broke".to_owned(),
        },
        resource: Arc::new(Resource {
            attributes: vec![KeyValue::new("service.name", "cart")],
            dropped_attributes_count: 7,
            schema_url: "https://example.com/resource".to_owned(),
        }),
        scope: Arc::new(Scope {
            name: "http".to_owned(),
            version: "1.2.3".to_owned(),
            attributes: values(),
            dropped_attributes_count: 8,
            schema_url: "https://example.com/scope".to_owned(),
        }),
        ..span(1, 0)
    };
    let child = Span {
        trace_id: root.trace_id,
        parent_span_id: Some(root.span_id),
        ..span(2, 10)
    };
    [
        vec![root, child],
        vec![span(3, 400)],
        vec![span(4, 1), span(5, 2)],
    ]
}

/// A value of each type.
fn values() -> Vec<KeyValue> {
    let values = [
        Value::Empty,
        "text".into(),
        true.into(),
        (-42).into(),
        0.5.into(),
        Value::Bytes(vec![0, 255]),
        Value::Array(vec![1.into(), "1".into()]),
        Value::Map(vec![KeyValue::new("key", Value::Array(vec![]))]),
    ];
    values.map(|value| KeyValue::new("key", value)).to_vec()
}

/// Opens a copy of the fixture, and finds in it what was written.
async fn check(fixture: &str) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(fixture);
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("wal")).unwrap();
    for file in super::files_of(&fixture) {
        let copy = dir.path().join("wal").join(file.file_name().unwrap());
        std::fs::copy(file, copy).unwrap();
    }
    // The second time, to find that the first one left it as it was.
    for _ in 0..2 {
        let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
        let found = super::load(&store, &[1, 3, 4, 5]).await;
        let found = found.into_iter().flat_map(|trace| trace.spans);
        assert_eq!(found.collect::<Vec<_>>(), requests().concat());
    }
    let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
    store.append(super::batch(6)).await.unwrap();
    drop(store);
    let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
    assert_eq!(super::load(&store, &[6]).await.len(), 1);
}

#[tokio::test]
async fn w1_a_log_of_version_1_is_read() {
    check("wal-v1").await;
}

#[tokio::test]
async fn w1_a_log_of_version_2_is_read() {
    check("wal-v2").await;
}
