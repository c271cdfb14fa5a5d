//! Log records in many segments: texts that are told from afar, and a signal that cannot be sealed.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::time::Duration;

use clew_model::{LogRecord, TimeRange, Value};
use clew_store::{
    Intrinsic, LogOrder, LogScan, LogStore, Pattern, Predicate, QueryContext, ReferenceStore,
    StoreError, TraceStore as _,
};
use clew_store_local::{LocalStore, Options};
use clew_testkit::{batch_of, log_batch_of, log_record, service, span};

fn context() -> QueryContext {
    QueryContext::new(Duration::from_hours(1), usize::MAX)
}

/// What log records say of which this holds, oldest first.
async fn said(store: &impl LogStore, records: &Predicate) -> Vec<Value> {
    let snapshot = store.log_snapshot(context()).await.unwrap();
    let scan = LogScan {
        order: LogOrder::Oldest,
        ..LogScan::newest(TimeRange::ALL, records.clone())
    };
    let mut said = Vec::new();
    let mut after = None;
    loop {
        let page = snapshot.records(&scan, after.as_ref(), 1000).await.unwrap();
        let page = page.value;
        said.extend(page.records.into_iter().map(|found| found.record.body));
        after = page.next;
        if after.is_none() {
            return said;
        }
    }
}

/// Most are texts of some 150 bytes that differ, so that a segment has many pages of them.
fn record(number: u64) -> LogRecord {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let text = format!(
        "request {mixed:016x} of usr_{:012x} for /carts/{}/items was answered by worker {} in {} ms, \
         which is {} of what it may take",
        mixed.rotate_left(21) >> 16,
        mixed % 9_973,
        mixed % 17,
        mixed % 1_009,
        if number.is_multiple_of(50) {
            "more"
        } else {
            "less"
        },
    );
    let body = match number {
        _ if number % 11 == 3 => Value::Empty,
        _ if number % 13 == 5 => Value::Array(vec![text.into(), 7.into()]),
        4_320 => Value::String(format!("{text}: \u{212a}raken \u{17f}ighted")),
        _ => Value::String(text),
    };
    LogRecord {
        body,
        ..log_record(&service("web"), "", number / 40)
    }
}

/// The filter of texts leaves out nothing, whatever it is combined with, in segments as they were
/// sealed, and merged.
#[tokio::test]
async fn texts_are_found_on_whichever_page_they_are() {
    const RECORDS: u64 = 16_000;
    let reference = ReferenceStore::new();
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.head_spans = 3_500;
    let store = LocalStore::open(dir.path(), &options, |_| {}).unwrap();
    let records: Vec<LogRecord> = (0..RECORDS).map(record).collect();
    for records in records.chunks(500) {
        let batch = log_batch_of(records);
        reference.append_logs(batch.clone()).await.unwrap();
        store.append_logs(batch).await.unwrap();
    }
    let with = |text: &str| {
        let pattern = Pattern::of_text(text).unwrap();
        Predicate::Matches(Intrinsic::Body.into(), pattern)
    };
    let id = format!("{:016x}", 9_999_u64.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let contains = Predicate::Contains(Intrinsic::Body.into(), id[3..14].to_owned());
    let questions = [
        with(&id.to_uppercase()),
        contains.clone(),
        with("KRAKEN SIGHTED"),
        with("nobody says this"),
        with("is more of"),
        Predicate::HasWord(Intrinsic::Body.into(), "more".to_owned()),
        Predicate::Not(Box::new(with("request"))),
        Predicate::Any(vec![contains, with("kraken")]),
        Predicate::All(vec![with("worker 3"), with("is more of")]),
    ];
    for is_merged in [false, true] {
        if is_merged {
            store.close().await;
        }
        for question in &questions {
            let expected = said(&reference, question).await;
            let found = said(&store, question).await;
            assert_eq!(found.len(), expected.len(), "{question:?}");
            assert!(found == expected, "{question:?}");
        }
    }
    assert_eq!(said(&store, &questions[0]).await.len(), 1);
    assert_eq!(said(&store, &questions[2]).await.len(), 1);
}

/// Of the log nothing can be given back then, so it must not grow for ever.
#[tokio::test]
async fn a_signal_that_cannot_be_sealed_bounds_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.head_spans = 50;
    // An eighth of this is much for the log.
    options.disk_max = Some(64 << 20);
    let store = LocalStore::open(dir.path(), &options, |_| {}).unwrap();
    std::fs::remove_dir(dir.path().join("logs/segments")).unwrap();
    let records: Vec<LogRecord> = (0..100).map(record).collect();
    store.append_logs(log_batch_of(&records)).await.unwrap();

    let spans = |number: u64| {
        let mut span = span(&service("web"), u128::from(number), number);
        span.name = "x".repeat(1 << 20);
        batch_of(&[span])
    };
    let mut refused = None;
    for number in 1..200 {
        refused = store.append(spans(number)).await.err();
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("the log grows without a bound");
    assert!(matches!(refused, StoreError::TryLater { .. }), "{refused}");
    assert!(refused.to_string().contains("logs/segments"), "{refused}");

    // It goes on once they can be.
    std::fs::create_dir(dir.path().join("logs/segments")).unwrap();
    let mut is_taken = false;
    for _ in 0..100 {
        is_taken = store.append(spans(1_000)).await.is_ok();
        if is_taken {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_taken, "it never goes on");
    assert_eq!(said(&store, &Predicate::TRUE).await.len(), 100);
}
