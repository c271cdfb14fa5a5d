use clew_model::SeverityLevel;
use clew_store::{LogStore, Predicate, QueryPool, ReferenceStore};
use clew_testkit::{log_batch_of, log_record, service};
use http_body_util::BodyExt as _;

use super::*;

fn queries(store: &Arc<ReferenceStore>, bytes_max: usize) -> LogQueries {
    LogQueries {
        store: Arc::clone(store) as _,
        pool: QueryPool::new(bytes_max),
    }
}

/// The answer of a tail of all.
async fn tail(queries: LogQueries) -> axum::body::Body {
    let scan = LogScan::newest(clew_model::TimeRange::ALL, Predicate::TRUE);
    let tail = Tail::begin(queries, scan).await.unwrap();
    let make = |writer| async move { tail.run(&writer).await };
    stream::events(make, std::future::pending()).into_body()
}

/// The next that is sent.
async fn next(body: &mut axum::body::Body) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

async fn append(store: &ReferenceStore, text: &str) {
    let record = log_record(&service("web"), text, 0);
    store.append_logs(log_batch_of(&[record])).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_quiet_tail_gives_signs_of_life() {
    let store = Arc::new(ReferenceStore::new());
    let mut body = tail(queries(&store, usize::MAX)).await;
    let start = Instant::now();
    for times in 1..=3 {
        assert_eq!(next(&mut body).await, ": nothing new\n\n");
        let passed = start.elapsed();
        let expected = KEEP_ALIVE_INTERVAL * times;
        assert!(
            passed >= expected && passed <= expected + LOOK_INTERVAL * times,
            "{passed:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_no_room_now_is_sent_when_there_is() {
    let store = Arc::new(ReferenceStore::new());
    let queries = queries(&store, 1 << 20);
    let others = queries.context();
    let mut body = tail(queries).await;
    others.take(1 << 20).unwrap();
    append(&store, "while the memory is taken").await;
    let nothing = tokio::time::timeout(LOOK_INTERVAL * 3, next(&mut body)).await;
    assert!(nothing.is_err(), "{nothing:?}");
    drop(others);
    append(&store, "when there is some").await;
    let sent = next(&mut body).await;
    let texts = ["while the memory is taken", "when there is some"];
    let places = texts.map(|text| sent.find(text).expect(text));
    assert!(places.is_sorted(), "{sent}");
    assert!(!sent.contains("skipped"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_no_answer_has_room_for_is_skipped() {
    let store = Arc::new(ReferenceStore::new());
    let mut body = tail(queries(&store, 1 << 20)).await;
    append(&store, &"x".repeat(1 << 19)).await;
    let sent = next(&mut body).await;
    assert_eq!(sent, "event: skipped\ndata: {\"records\":\"some\"}\n\n");
    append(&store, "short").await;
    assert!(next(&mut body).await.contains(r#"{"stringValue":"short"}"#));
}

#[tokio::test]
async fn a_log_record_says_whose_it_is() {
    let record = log_record(&service("web"), "one\nline", 1);
    let json = serde_json::to_value(LiveRecordJson::new(&record)).unwrap();
    let expected = serde_json::json!({
        "service": "web",
        "timeUnixNano": "1680172439000000000",
        "observedTimeUnixNano": "1680172439000000001",
        "severityNumber": SeverityLevel::Info.least().number(),
        "severityText": "INFO",
        "level": "info",
        "body": {"stringValue": "one\nline"},
        "attributes": [],
        "flags": 0,
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "web"}},
        ]},
        "scope": {"name": "", "version": "", "attributes": []},
    });
    assert_eq!(json, expected);
}
