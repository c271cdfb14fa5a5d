//! Segments on a filesystem that fails and loses its power at every step.

mod logs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clew_model::{Batch, Span};
use clew_store::{Collect, Columns, Coverage, QueryContext, Scan, StoreError, TraceStore as _};
use clew_testkit::{batch_of, service, span};

use crate::clock::Clock;
use crate::disk::Disk as _;
use crate::disk::fake::{FakeDisk, Fault};
use crate::store::tests::{FILE_LEN, open_at, try_open};
use crate::store::{LocalStore, Options};

/// Few enough that most batches of a test end in segments.
const HEAD_SPANS: usize = 5;

fn open(disk: &FakeDisk) -> LocalStore {
    try_open(disk, &options()).unwrap()
}

fn options() -> Options {
    Options {
        head_spans: HEAD_SPANS,
        ..Options::default()
    }
}

/// Three spans of three traces, of which the first is in every batch.
fn spans(number: u64) -> Vec<Span> {
    let span = |trace| span(&service("web"), trace, number);
    let own = u128::from(number);
    vec![span(1), span(2 + own), span(1000 + own)]
}

fn batch(number: u64) -> Batch {
    batch_of(&spans(number))
}

/// Appends these batches; which of them were acknowledged.
async fn append(store: &LocalStore, numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    for number in numbers {
        match store.append(batch(number)).await {
            Ok(_) => acknowledged.push(number),
            Err(StoreError::TryLater { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    acknowledged
}

/// How often each span is there, by its trace and id, as `load` and a look at all spans see it.
async fn contents(store: &LocalStore) -> BTreeMap<(u128, u64), usize> {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.snapshot(context.clone()).await.unwrap();
    let all = Scan::newest(clew_model::TimeRange::ALL, clew_store::Predicate::TRUE);
    let traces = snapshot.candidates(&all, None, 10_000).await.unwrap().value;
    let keys: Vec<_> = traces.iter().map(|trace| trace.id.into()).collect();
    let mut loaded = Collect::new(&context);
    snapshot
        .load(&keys, &Columns::ALL, &mut loaded)
        .await
        .unwrap();
    let mut found = BTreeMap::new();
    for span in loaded
        .into_traces()
        .unwrap()
        .iter()
        .flat_map(|trace| &trace.spans)
    {
        let trace = u128::from_be_bytes(span.trace_id.to_bytes());
        let id = u64::from_be_bytes(span.span_id.to_bytes());
        *found.entry((trace, id)).or_insert(0) += 1;
    }
    found
}

/// W1, Q1: what was acknowledged is there, once; what was not is there or not, whole.
async fn check(store: &LocalStore, acknowledged: &[u64], tried: u64) {
    let found = contents(store).await;
    for number in 1..=tried {
        let count = |span: &Span| {
            let trace = u128::from_be_bytes(span.trace_id.to_bytes());
            found.get(&(trace, number)).copied().unwrap_or(0)
        };
        let counts: Vec<usize> = spans(number).iter().map(count).collect();
        if acknowledged.contains(&number) {
            assert_eq!(counts, [1; 3], "batch {number} was acknowledged");
        } else {
            assert!(
                counts == [0; 3] || counts == [1; 3],
                "batch {number}: {counts:?}"
            );
        }
    }
}

fn segment_files(disk: &FakeDisk) -> Vec<String> {
    disk.list(Path::new("/segments")).unwrap()
}

/// Waits until all that is being sealed is a segment.
async fn settle(store: &LocalStore) {
    store.close().await;
}

#[tokio::test]
async fn spans_are_found_in_segments_and_after_a_restart() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    let acknowledged = append(&store, 1..=20).await;
    assert_eq!(acknowledged.len(), 20);
    check(&store, &acknowledged, 20).await;
    settle(&store).await;
    check(&store, &acknowledged, 20).await;
    drop(store);
    assert!(segment_files(&disk).len() > 1);

    let store = open(&disk);
    check(&store, &acknowledged, 20).await;
}

/// After a clean stop all is in segments, and nothing of the log is read.
#[tokio::test]
async fn a_clean_stop_leaves_nothing_to_replay() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    append(&store, 1..=3).await;
    settle(&store).await;
    drop(store);
    let store = open(&disk);
    assert_eq!(store.contents.head_size().rows, 0);
    check(&store, &[1, 2, 3], 3).await;
}

/// M1, W1: the power fails at every write, sync and change of a name in turn, of seals and of the
/// merge that they lead to.
#[tokio::test]
async fn w1_a_crash_at_any_step_loses_and_doubles_nothing() {
    const BATCHES: u64 = 14;
    let mut crashes = 0;
    for step in 0.. {
        let mut is_over = false;
        for seed in 0..3 {
            let disk = FakeDisk::default();
            disk.fail_at(step, Fault::Dies);
            let acknowledged = match try_open(&disk, &options()) {
                Ok(store) => {
                    let acknowledged = append(&store, 1..=BATCHES).await;
                    settle(&store).await;
                    acknowledged
                }
                Err(_) => Vec::new(),
            };
            is_over = disk.state().steps <= step;
            crashes += usize::from(!is_over);
            disk.lose_power(seed);
            let store = open(&disk);
            check(&store, &acknowledged, BATCHES).await;
            // It goes on as if nothing had been.
            let more = append(&store, BATCHES + 1..=BATCHES + 3).await;
            assert_eq!(more.len(), 3);
            check(&store, &[acknowledged, more].concat(), BATCHES + 3).await;
        }
        if is_over {
            break;
        }
    }
    println!("{crashes} crashes");
    assert!(crashes > 300, "{crashes} crashes");
}

/// The same while the oldest spans are dropped: what is left are the newest.
#[tokio::test]
async fn w1_a_crash_at_any_step_of_dropping_leaves_the_newest() {
    const BATCHES: u64 = 14;
    let options = Options {
        // The log takes most of it.
        disk_max: Some(200 << 10),
        ..options()
    };
    let (mut crashes, mut dropped) = (0, 0);
    for step in 0.. {
        let disk = FakeDisk::default();
        disk.fail_at(step, Fault::Dies);
        let mut acknowledged = Vec::new();
        if let Ok(store) = try_open(&disk, &options) {
            for number in 1..=BATCHES {
                let batch = batch_of(&long_spans(number));
                if store.append(batch).await.is_ok() {
                    acknowledged.push(number);
                }
            }
            settle(&store).await;
        }
        let is_over = disk.state().steps <= step;
        crashes += usize::from(!is_over);
        disk.lose_power(step as u64);
        let store = try_open(&disk, &options).unwrap();
        let found = batches_of(&store, BATCHES).await;
        let missing = acknowledged.iter().filter(|it| !found.contains(it));
        let last_missing = missing.clone().max().copied().unwrap_or(0);
        dropped += missing.count();
        let first_found = found.iter().find(|it| acknowledged.contains(it));
        assert!(
            first_found.is_none_or(|&first| first > last_missing),
            "step {step}: {found:?} of {acknowledged:?}"
        );
        if is_over {
            assert!(!found.is_empty(), "all was dropped");
            break;
        }
    }
    assert!(crashes > 50, "{crashes} crashes");
    assert!(dropped > 0, "nothing was dropped");
}

/// Spans that merged segments do not make small.
fn long_spans(number: u64) -> Vec<Span> {
    let mut random = fastrand::Rng::with_seed(number);
    let mut spans = spans(number);
    for span in &mut spans {
        span.name = std::iter::repeat_with(|| random.alphanumeric())
            .take(3000)
            .collect();
    }
    spans
}

/// The process is killed at every step, and the next one sees what it had written.
#[tokio::test]
async fn w1_a_kill_at_any_step_loses_and_doubles_nothing() {
    const BATCHES: u64 = 14;
    for step in 0.. {
        let disk = FakeDisk::default();
        disk.fail_at(step, Fault::Dies);
        let store = try_open(&disk, &options()).unwrap();
        let acknowledged = append(&store, 1..=BATCHES).await;
        settle(&store).await;
        drop(store);
        if disk.state().steps <= step {
            return;
        }
        disk.restart();
        let store = open(&disk);
        check(&store, &acknowledged, BATCHES).await;
    }
}

/// R1: a step that fails once fails nothing for good.
#[tokio::test]
async fn r1_a_step_that_fails_is_made_up_for() {
    // The last seal is followed by a merge.
    const BATCHES: u64 = 8;
    for step in 0.. {
        let disk = FakeDisk::default();
        disk.fail_at(step, Fault::Fails);
        let store = open(&disk);
        let acknowledged = append(&store, 1..=BATCHES).await;
        settle(&store).await;
        check(&store, &acknowledged, BATCHES).await;
        drop(store);
        if disk.state().steps <= step {
            return;
        }
        let store = open(&disk);
        check(&store, &acknowledged, BATCHES).await;
        settle(&store).await;
        drop(store);
        // Nothing is left over that nobody knows of.
        let store = open(&disk);
        let files = segment_files(&disk).len();
        assert_eq!(store.contents.segments().len(), files, "step {step}");
    }
}

#[tokio::test]
async fn the_log_is_given_back_as_its_spans_are_sealed() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    // Each file of the log has room for some of these.
    for number in 1..=200 {
        let mut spans = spans(number);
        spans[0].name = "x".repeat(4000);
        store.append(batch_of(&spans)).await.unwrap();
    }
    settle(&store).await;
    let logs = disk.list(Path::new("/wal")).unwrap();
    assert!(logs.len() <= 3, "{logs:?}");
}

#[tokio::test]
async fn w2_a_manifest_or_log_that_is_missing_is_reported() {
    let disk = FakeDisk::default();
    let store = open(&disk);
    for number in 1..=200 {
        let mut spans = spans(number);
        spans[0].name = "x".repeat(4000);
        store.append(batch_of(&spans)).await.unwrap();
    }
    settle(&store).await;
    drop(store);
    let missing = |paths: Vec<PathBuf>| {
        let damaged = disk.fork();
        for path in paths {
            damaged.remove(&path).unwrap();
        }
        try_open(&damaged, &options()).unwrap_err().to_string()
    };
    let manifest = missing(vec!["/manifest".into()]);
    assert!(
        manifest.contains("/manifest is damaged at byte 0: it is missing"),
        "{manifest}"
    );
    let logs = disk.list(Path::new("/wal")).unwrap();
    let logs = logs.iter().map(|name| Path::new("/wal").join(name));
    let log = missing(logs.collect());
    assert!(
        log.contains("are in segments, but it ends before group 1"),
        "{log}"
    );
    // Of segments the others are answered for.
    let file = Path::new("/segments").join(&segment_files(&disk)[0]);
    let damaged = disk.fork();
    damaged.remove(&file).unwrap();
    is_partial(&open(&damaged)).await;
    for len in [0, 10, 1000] {
        let damaged = disk.fork();
        damaged.edit(&file, |bytes| bytes.truncate(len));
        is_partial(&open(&damaged)).await;
    }
}

/// Some spans are answered for, and the answer says that others cannot be read.
async fn is_partial(store: &LocalStore) {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.snapshot(context).await.unwrap();
    let all = Scan::newest(clew_model::TimeRange::ALL, clew_store::Predicate::TRUE);
    let answer = snapshot.candidates(&all, None, 10_000).await.unwrap();
    assert!(!answer.value.is_empty());
    let Coverage::Partial(why) = answer.coverage else {
        panic!("spans are missing");
    };
    assert!(
        why.contains("of the spans that are stored cannot be read"),
        "{why}"
    );
}

/// W2: the log says where it is damaged, unless that may be the write that was under way when the
/// power failed: then the last batch is missing, and said to be.
#[tokio::test]
async fn w2_a_bit_flipped_anywhere_in_the_log_is_named_or_costs_the_last_batch() {
    const BATCHES: u64 = 12;
    let disk = FakeDisk::default();
    let store = open(&disk);
    assert_eq!(append(&store, 1..=BATCHES).await.len() as u64, BATCHES);
    let killed = disk.fork();
    settle(&store).await;
    let (mut named, mut torn, mut whole) = (0, 0, 0);
    for name in killed.list(Path::new("/wal")).unwrap() {
        let file = Path::new("/wal").join(name);
        let used = killed.read(&file, u64::MAX).unwrap();
        let used = used.iter().rposition(|&byte| byte != 0).unwrap_or(0) + 1;
        for at in (0..used).step_by(7) {
            let damaged = killed.fork();
            damaged.edit(&file, |bytes| bytes[at] ^= 1 << (at % 8));
            let store = match try_open(&damaged, &options()) {
                Ok(store) => store,
                Err(error) => {
                    let error = error.to_string();
                    assert!(error.contains("/wal/") && error.contains("byte"), "{error}");
                    named += 1;
                    continue;
                }
            };
            settle(&store).await;
            let found = batches_of(&store, BATCHES).await;
            assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>());
            match BATCHES - found.len() as u64 {
                0 => whole += 1,
                1 => torn += 1,
                missing => panic!("{missing} batches are missing, byte {at} of {file:?}"),
            }
        }
    }
    assert!(
        named > 10 && torn > 10,
        "{named} named, {torn} torn, {whole} whole"
    );
}

/// What is sent again takes room in the log, but none in the head: the log is given back all the same,
/// and nothing is dropped for it.
#[tokio::test]
async fn what_is_sent_again_and_again_does_not_make_the_log_grow() {
    const ROOM: u64 = 8 << 20;
    let disk = FakeDisk::default();
    let options = Options {
        disk_max: Some(ROOM),
        ..options()
    };
    let store = try_open(&disk, &options).unwrap();
    assert_eq!(append(&store, 1..=5).await.len(), 5);
    let mut long = spans(6);
    long[0].name = "x".repeat(1 << 20);
    for _ in 0..50 {
        store.append(batch_of(&long)).await.unwrap();
    }
    let log_len = || -> u64 {
        let names = disk.list(Path::new("/wal")).unwrap();
        let lens = names
            .iter()
            .map(|name| disk.len(&Path::new("/wal").join(name)));
        lens.map(Result::unwrap).sum()
    };
    assert!(log_len() < ROOM, "{} bytes of log", log_len());
    assert_eq!(batches_of(&store, 6).await, [1, 2, 3, 4, 5, 6]);
    settle(&store).await;
    assert!(log_len() < 1000, "{} bytes of log at the end", log_len());
    drop(store);
    let store = try_open(&disk, &options).unwrap();
    assert_eq!(batches_of(&store, 6).await, [1, 2, 3, 4, 5, 6]);
}

/// A head that is not full, and a log that has no room to go on: the head becomes a segment, and the
/// log takes its place again.
#[tokio::test]
async fn r1_a_disk_that_the_log_has_filled_takes_spans_again() {
    let disk = FakeDisk::default();
    let options = Options::default();
    // One file of the log, and room for segments.
    disk.state().room = Some(FILE_LEN + FILE_LEN * 15 / 16);
    let store = try_open(&disk, &options).unwrap();
    let batch = |number: u64| {
        let mut spans = spans(number);
        spans[0].name = "x".repeat(FILE_LEN / 10);
        batch_of(&spans)
    };
    let mut refused = 0;
    for number in 1..=30 {
        while let Err(error) = store.append(batch(number)).await {
            assert!(matches!(error, StoreError::TryLater { .. }), "{error}");
            refused += 1;
            assert!(refused < 1000, "it never recovers: {error}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(refused > 0, "the log never filled the disk");
    assert_eq!(batches_of(&store, 30).await, (1..=30).collect::<Vec<_>>());
    settle(&store).await;
    drop(store);
    let store = try_open(&disk, &options).unwrap();
    assert_eq!(batches_of(&store, 30).await, (1..=30).collect::<Vec<_>>());
}

/// A clock that is set by hand, in hours.
fn clock() -> (Arc<AtomicU64>, Clock) {
    let hours = Arc::new(AtomicU64::new(1_000));
    let read = Arc::clone(&hours);
    let now =
        move || -> SystemTime { UNIX_EPOCH + Duration::from_hours(read.load(Ordering::SeqCst)) };
    (hours, Clock::of(now))
}

/// The batches of which all spans are there; of the others none is.
async fn batches_of(store: &LocalStore, tried: u64) -> Vec<u64> {
    let found = contents(store).await;
    let is_there = |number: &u64| {
        let is_found = |span: &Span| {
            let trace = u128::from_be_bytes(span.trace_id.to_bytes());
            found.contains_key(&(trace, *number))
        };
        match spans(*number).into_iter().filter(is_found).count() {
            0 => false,
            3 => true,
            other => panic!("{other} spans of batch {number}"),
        }
    };
    (1..=tried).filter(is_there).collect()
}

#[tokio::test]
async fn spans_are_dropped_when_they_are_older_than_what_is_kept() {
    let disk = FakeDisk::default();
    let (hours, clock) = clock();
    let options = Options {
        retention: Some(Duration::from_hours(24)),
        ..options()
    };
    let open = || open_at(&disk, &options, clock.clone()).unwrap();
    // Each stop seals what there is, and each start drops what is too old.
    for number in 1..=6 {
        let store = open();
        assert_eq!(append(&store, number..=number).await, [number]);
        settle(&store).await;
        hours.fetch_add(10, Ordering::SeqCst);
    }
    let store = open();
    assert_eq!(append(&store, 7..=7).await, [7]);
    settle(&store).await;
    // Those of 60, 50, 40 and 30 hours ago are gone.
    assert_eq!(batches_of(&store, 7).await, [5, 6, 7]);
    drop(store);
    assert_eq!(segment_files(&disk).len(), 3);

    // A clock that goes back drops nothing.
    hours.fetch_sub(500, Ordering::SeqCst);
    let store = open();
    settle(&store).await;
    assert_eq!(batches_of(&store, 7).await, [5, 6, 7]);
}

#[tokio::test]
async fn the_oldest_segments_go_when_all_take_too_much_room() {
    const ROOM: u64 = 300 << 10;
    const BATCHES: u64 = 600;
    let disk = FakeDisk::default();
    let options = Options {
        disk_max: Some(ROOM),
        ..options()
    };
    let store = try_open(&disk, &options).unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    for number in 1..=BATCHES {
        let mut spans = spans(number);
        for span in &mut spans {
            // Merged segments would take next to nothing, if their spans were alike.
            span.name = std::iter::repeat_with(|| random.alphanumeric())
                .take(300)
                .collect();
        }
        store.append(batch_of(&spans)).await.unwrap();
    }
    settle(&store).await;
    let found = batches_of(&store, BATCHES).await;
    drop(store);
    // The newest are all there.
    let first = *found.first().unwrap();
    assert!(first > 1, "nothing was dropped");
    assert_eq!(found, (first..=BATCHES).collect::<Vec<_>>());
    let store = try_open(&disk, &options).unwrap();
    settle(&store).await;
    drop(store);
    let len = |dir: &str| -> u64 {
        let names = disk.list(Path::new(dir)).unwrap();
        let lens = names
            .iter()
            .map(|name| disk.len(&Path::new(dir).join(name)));
        lens.map(Result::unwrap).sum()
    };
    let taken = len("/segments") + len("/wal");
    assert!(taken <= ROOM, "{taken} bytes");
    assert!(taken > ROOM / 2, "{taken} bytes: too much was dropped");
}

/// A query that has begun goes on with what it has.
#[tokio::test]
async fn whoever_looks_at_a_segment_goes_on_when_it_is_dropped() {
    let disk = FakeDisk::default();
    let (hours, clock) = clock();
    let options = Options {
        retention: Some(Duration::from_hours(24)),
        ..options()
    };
    let store = open_at(&disk, &options, clock.clone()).unwrap();
    append(&store, 1..=10).await;
    settle(&store).await;
    let held = contents(&store).await;
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.snapshot(context.clone()).await.unwrap();
    hours.fetch_add(100, Ordering::SeqCst);
    // Another store drops the files under it.
    let other = open_at(&disk, &options, clock).unwrap();
    settle(&other).await;
    drop(other);
    assert_eq!(segment_files(&disk), Vec::<String>::new());
    let keys: Vec<_> = [span(&service("web"), 1, 1).trace_id.into()].to_vec();
    let mut loaded = Collect::new(&context);
    let answer = snapshot
        .load(&keys, &Columns::ALL, &mut loaded)
        .await
        .unwrap();
    assert_eq!(answer, clew_store::Answer::complete(()));
    assert_eq!(loaded.into_traces().unwrap()[0].spans.len(), 10);
    assert_eq!(held.len(), 30);
}

/// Who sends again after a restart is not recognised, but whoever looks sees each span once. Spans
/// that only look alike are all there.
#[tokio::test]
async fn a_span_that_was_sent_twice_is_shown_once() {
    let disk = FakeDisk::default();
    for _ in 0..3 {
        let store = open(&disk);
        assert_eq!(append(&store, 1..=7).await.len(), 7);
        settle(&store).await;
    }
    let store = open(&disk);
    append(&store, 1..=7).await;
    let mut other = spans(1);
    other[0].name = "another of the same id and start".to_owned();
    store.append(batch_of(&other)).await.unwrap();
    let found = contents(&store).await;
    let twice: Vec<_> = found.iter().filter(|(_, count)| **count != 1).collect();
    assert_eq!(twice, [(&(1, 1), &2)]);
    assert_eq!(found.len(), 7 * 3);
    // Nor does it matter how much of the spans is read.
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut loaded = Collect::new(&context);
    let snapshot = store.snapshot(context.clone()).await.unwrap();
    let keys = [span(&service("web"), 1, 1).trace_id.into()];
    snapshot
        .load(&keys, &Columns::SUMMARY, &mut loaded)
        .await
        .unwrap();
    assert_eq!(loaded.into_traces().unwrap()[0].spans.len(), 7 + 1);
}

/// More spans of one trace than are read at once, some of them long, in one segment and in several.
#[tokio::test]
async fn a_trace_of_many_spans_is_loaded_whole_and_in_order() {
    const BATCHES: u64 = 40;
    for head_spans in [7_000, 100_000] {
        let disk = FakeDisk::default();
        let options = Options {
            head_spans,
            ..Options::default()
        };
        let store = try_open(&disk, &options).unwrap();
        for batch in 0..BATCHES {
            let spans: Vec<Span> = (1..=500)
                .map(|number| {
                    let number = batch * 500 + number;
                    let mut span = span(&service("web"), 1, number);
                    if number % 100 == 0 {
                        span.name = "x".repeat(100_000);
                    }
                    span
                })
                .collect();
            store.append(batch_of(&spans)).await.unwrap();
        }
        settle(&store).await;
        let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
        let mut loaded = Collect::new(&context);
        let snapshot = store.snapshot(context.clone()).await.unwrap();
        // Twice, and beside one that is not there.
        let id = span(&service("web"), 1, 1).trace_id;
        let other = span(&service("web"), 2, 1).trace_id;
        let keys = [id.into(), other.into(), id.into()];
        snapshot
            .load(&keys, &Columns::ALL, &mut loaded)
            .await
            .unwrap();
        let traces = loaded.into_traces().unwrap();
        let ids = traces.iter().flat_map(|trace| &trace.spans);
        let ids: Vec<u64> = ids
            .map(|span| u64::from_be_bytes(span.span_id.to_bytes()))
            .collect();
        let once: Vec<u64> = (1..=BATCHES * 500).collect();
        assert_eq!(ids, [&once[..], &once[..]].concat(), "{head_spans}");
    }
}
