//! Spans and log records side by side: one log in front, and segments of each.

use std::path::Path;
use std::time::Duration;

use clew_model::{LogRecord, TimeRange, Value};
use clew_store::{LogOrder, LogScan, LogStore as _, Predicate, QueryContext, StoreError};
use clew_testkit::{log_batch_of, log_record, service};

use super::{append, check, clock, open, options, segment_files, settle};
use crate::disk::Disk as _;
use crate::disk::fake::{FakeDisk, Fault};
use crate::store::tests::{open_at, try_open};
use crate::store::{LocalStore, Options};

/// Three log records of a batch, of one time, of which two are alike.
fn records(number: u64) -> Vec<LogRecord> {
    let record = |text: &str| log_record(&service("web"), &format!("{text} {number}"), number);
    vec![record("one"), record("two"), record("two")]
}

/// Appends these batches; which of them were acknowledged.
async fn append_logs(store: &LocalStore, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    for number in numbers {
        match store.append_logs(log_batch_of(&records(number))).await {
            Ok(_) => acknowledged.push(number),
            Err(StoreError::TryLater { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    acknowledged
}

/// Appends batches of log records, and as many of spans; which of each were acknowledged.
async fn append_both(store: &LocalStore, batches: u64) -> [Vec<u64>; 2] {
    let mut acknowledged = [Vec::new(), Vec::new()];
    for number in 1..=batches {
        acknowledged[0].extend(append(store, number..=number).await);
        acknowledged[1].extend(append_logs(store, number..=number).await);
    }
    acknowledged
}

/// What all log records say, in their order.
async fn texts(store: &LocalStore) -> Vec<String> {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.log_snapshot(context).await.unwrap();
    let scan = LogScan {
        order: LogOrder::Oldest,
        ..LogScan::newest(TimeRange::ALL, Predicate::TRUE)
    };
    let page = snapshot.records(&scan, None, 10_000).await.unwrap().value;
    let texts = page.records.into_iter().map(|found| found.record.body);
    texts
        .map(|body| match body {
            Value::String(text) => text,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// W1, Q1: what was acknowledged is there, whole and in its order; what was not is there or not.
async fn check_logs(store: &LocalStore, acknowledged: &[u64], tried: u64) {
    let found = texts(store).await;
    let mut expected = Vec::new();
    for number in 1..=tried {
        let of_batch = [format!("one {number}"), format!("two {number}")];
        if acknowledged.contains(&number) || found.contains(&of_batch[0]) {
            let [one, two] = of_batch;
            expected.extend([one, two.clone(), two]);
        }
    }
    assert_eq!(found, expected);
}

fn log_segments(disk: &FakeDisk) -> Vec<String> {
    disk.list(Path::new("/logs/segments")).unwrap()
}

#[tokio::test]
async fn log_records_are_found_in_segments_and_after_a_restart() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    let [spans, logs] = append_both(&store, 20).await;
    assert_eq!((spans.len(), logs.len()), (20, 20));
    check_logs(&store, &logs, 20).await;
    settle(&store).await;
    check_logs(&store, &logs, 20).await;
    drop(store);
    assert!(log_segments(&disk).len() > 1);
    assert!(segment_files(&disk).len() > 1);

    let store = open(&disk);
    check(&store, &spans, 20).await;
    check_logs(&store, &logs, 20).await;
}

/// Whichever signal comes, the log is given back, as nothing of the other is needed of it.
#[tokio::test]
async fn one_signal_alone_does_not_keep_the_log() {
    for logs in [false, true] {
        let disk = FakeDisk::default();
        let store = open(&disk);
        append(&store, 1..=1).await;
        append_logs(&store, 1..=1).await;
        for number in 2..=200 {
            if logs {
                append_logs(&store, number..=number).await;
            } else {
                append(&store, number..=number).await;
            }
        }
        let files = disk.list(Path::new("/wal")).unwrap();
        assert!(files.len() < 10, "{} files of the log", files.len());
        settle(&store).await;
        drop(store);
        let store = open(&disk);
        let (last_spans, last_logs) = if logs { (1, 200) } else { (200, 1) };
        check(&store, &(1..=last_spans).collect::<Vec<_>>(), last_spans).await;
        check_logs(&store, &(1..=last_logs).collect::<Vec<_>>(), last_logs).await;
    }
}

/// M1, W1: the power fails at every write, sync and change of a name in turn, of the seals and merges
/// of both.
#[tokio::test]
async fn w1_a_crash_at_any_step_loses_nothing_of_either_signal() {
    const BATCHES: u64 = 9;
    let mut crashes = 0;
    for step in 0.. {
        let disk = FakeDisk::default();
        disk.fail_at(step, Fault::Dies);
        let acknowledged = match try_open(&disk, &options()) {
            Ok(store) => {
                let acknowledged = append_both(&store, BATCHES).await;
                settle(&store).await;
                acknowledged
            }
            Err(_) => [Vec::new(), Vec::new()],
        };
        let is_over = disk.state().steps <= step;
        crashes += usize::from(!is_over);
        disk.lose_power(step as u64);
        let store = open(&disk);
        check(&store, &acknowledged[0], BATCHES).await;
        check_logs(&store, &acknowledged[1], BATCHES).await;
        // It goes on as if nothing had been.
        assert_eq!(append_logs(&store, 100..=102).await, [100, 101, 102]);
        drop(store);
        let store = open(&disk);
        let found = texts(&store).await;
        assert!(found.ends_with(&["one 102".into(), "two 102".into(), "two 102".into()]));
        if is_over {
            break;
        }
    }
    println!("{crashes} crashes");
    assert!(crashes > 150, "{crashes} crashes");
}

/// A directory of a program that kept no log records takes them, whatever its log begins with.
#[tokio::test]
async fn a_directory_without_log_records_takes_them() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    let spans = append(&store, 1..=20).await;
    settle(&store).await;
    drop(store);
    disk.remove(Path::new("/logs/manifest")).unwrap();
    assert!(log_segments(&disk).is_empty());

    let store = open(&disk);
    let logs = append_logs(&store, 1..=3).await;
    settle(&store).await;
    drop(store);
    let store = open(&disk);
    check(&store, &spans, 20).await;
    check_logs(&store, &logs, 3).await;
}

#[tokio::test]
async fn a_missing_manifest_of_log_records_is_reported() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    append_both(&store, 20).await;
    settle(&store).await;
    drop(store);
    disk.remove(Path::new("/logs/manifest")).unwrap();
    let error = try_open(&disk, &options()).unwrap_err().to_string();
    assert!(error.contains("/logs/manifest"), "{error}");
}

/// What arrived first goes first, whichever signal it is of.
#[tokio::test]
async fn both_signals_share_the_room_on_the_disk() {
    const ROOM: u64 = 300 << 10;
    let disk = FakeDisk::default();
    let (hours, clock) = clock();
    let options = Options {
        disk_max: Some(ROOM),
        ..options()
    };
    let store = open_at(&disk, &options, clock).unwrap();
    append_logs(&store, 1..=20).await;
    hours.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    let used = |disk: &FakeDisk| {
        let of = |dir: &str| {
            let names = disk.list(Path::new(dir)).unwrap().into_iter();
            let lens = names.map(|name| disk.len(&Path::new(dir).join(name)).unwrap());
            lens.sum::<u64>()
        };
        of("/segments") + of("/logs/segments")
    };
    let mut number = 0;
    while !texts(&store).await.is_empty() {
        number += 1;
        append(&store, number..=number).await;
        assert!(
            number < 3_000,
            "the log records stay, in {} bytes",
            used(&disk)
        );
    }
    settle(&store).await;
    assert!(used(&disk) <= ROOM + ROOM / 2, "{} bytes", used(&disk));
    // The newest spans are there.
    let found = super::batches_of(&store, number).await;
    assert!(found.contains(&number) && found.len() > 20, "{found:?}");
}
