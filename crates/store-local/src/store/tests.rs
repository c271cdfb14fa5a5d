//! The store on a filesystem that fails and fills up, with many who append at once.

mod fixture;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use clew_model::{
    Batch, KeyValue, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, TimeRange,
    Timestamp, TraceId,
};
use clew_store::{
    Collect, Columns, Coverage, MemoryBudget, Position, Predicate, QueryContext, Scan, StoreError,
    TraceKey, TraceSnapshot as _, TraceStore,
};
use clew_testkit::{batch_of, request_of};

use super::{DataDir, LocalStore, Options};
use crate::clock::Clock;
use crate::commit::Committer;
use crate::contents::Contents;
use crate::disk::fake::{FakeDisk, Fault};
use crate::error::{DiskError, OpenError};

pub(crate) const FILE_LEN: usize = 64 << 10;

pub(crate) fn try_open(disk: &FakeDisk, options: &Options) -> Result<LocalStore, OpenError> {
    open_at(disk, options, Clock::default())
}

pub(crate) fn open_at(
    disk: &FakeDisk,
    options: &Options,
    clock: Clock,
) -> Result<LocalStore, OpenError> {
    let data_dir = DataDir {
        disk: Arc::new(disk.clone()),
        dir: Path::new("/"),
        file_len: FILE_LEN as u64,
        clock,
    };
    LocalStore::open_on(&data_dir, options, None, |_| {})
}

fn open(disk: &FakeDisk) -> (Committer, Arc<Contents>) {
    let LocalStore {
        committer,
        contents,
        ..
    } = try_open(disk, &Options::default()).unwrap();
    (committer, contents)
}

fn trace_id(number: u64) -> TraceId {
    TraceId::from_bytes(u128::from(number).to_be_bytes()).unwrap()
}

/// A span of a trace of its own, with an attribute of this many bytes.
fn span(number: u64, len: usize) -> Span {
    Span {
        trace_id: trace_id(number),
        span_id: SpanId::from_bytes(number.to_be_bytes()).unwrap(),
        parent_span_id: None,
        trace_state: String::new(),
        flags: 0,
        name: "work".to_owned(),
        kind: SpanKind::Internal,
        start: Timestamp::from_unix_nanos(number),
        end: Timestamp::from_unix_nanos(number),
        attributes: vec![KeyValue::new("load", "x".repeat(len))],
        dropped_attributes_count: 0,
        events: Vec::new(),
        dropped_events_count: 0,
        links: Vec::new(),
        dropped_links_count: 0,
        status: Status {
            code: StatusCode::Unset,
            message: String::new(),
        },
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
    }
}

fn batch(number: u64) -> Batch {
    batch_of(&[span(number, 100)])
}

/// The traces of these numbers.
pub(crate) async fn load(store: &LocalStore, numbers: &[u64]) -> Vec<clew_model::Trace> {
    let keys: Vec<_> = numbers
        .iter()
        .map(|&number| trace_id(number).into())
        .collect();
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut traces = Collect::new(&context);
    let snapshot = store.snapshot(context).await.unwrap();
    snapshot
        .load(&keys, &Columns::ALL, &mut traces)
        .await
        .unwrap();
    traces.into_traces().unwrap()
}

async fn holds(contents: &Contents, number: u64) -> bool {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut traces = Collect::new(&context);
    let key = TraceKey::from(trace_id(number));
    let snapshot = contents.snapshot(context);
    snapshot
        .load(&[key], &Columns::ALL, &mut traces)
        .await
        .unwrap();
    !traces.into_traces().unwrap().is_empty()
}

/// Lets the append begin, which must then wait for the disk.
fn begin<F: Future<Output = Result<Position, StoreError>>>(append: F) -> Pin<Box<F>> {
    let mut append = Box::pin(append);
    assert!(
        is_pending(&mut append),
        "it was answered before it was written"
    );
    append
}

fn is_pending<F: Future>(future: &mut Pin<Box<F>>) -> bool {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_pending()
}

#[tokio::test]
async fn w1_one_sync_serves_all_that_wait() {
    const APPENDS: u64 = 100;
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    committer.append(batch(APPENDS + 1)).await.unwrap();
    let syncs_before = disk.state().syncs;

    disk.hold_up();
    let appends: Vec<_> = (1..=APPENDS)
        .map(|number| begin(committer.append(batch(number))))
        .collect();
    disk.let_go();
    for append in appends {
        append.await.unwrap();
    }
    // One for what the thread took before it was held up, and one for all others.
    let syncs = disk.state().syncs - syncs_before;
    assert!(syncs <= 2, "{syncs} syncs");
    for number in 1..=APPENDS {
        assert!(holds(&contents, number).await);
    }

    drop(committer);
    disk.lose_power(1);
    let (_committer, contents) = open(&disk);
    for number in 1..=APPENDS {
        assert!(holds(&contents, number).await, "W1: span {number} is lost");
    }
}

#[tokio::test]
async fn w1_nothing_is_acknowledged_or_found_before_it_is_synced() {
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    disk.hold_up();
    let mut append = begin(committer.append(batch(1)));
    // Making, writing, syncing and naming the file, and its directory; the same for the state; the
    // group, and its sync.
    for step in 0..12 {
        disk.hold_up_at(step);
        disk.wait_until_held_up();
        assert!(is_pending(&mut append), "acknowledged before step {step}");
        assert!(!holds(&contents, 1).await, "found before step {step}");
    }
    disk.let_go();
    append.await.unwrap();
    assert_eq!(disk.state().steps, 12);
    assert!(holds(&contents, 1).await, "Q1");
}

#[tokio::test]
async fn w1_spans_whose_sender_has_left_are_kept() {
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    disk.hold_up();
    drop(begin(committer.append(batch(1))));
    disk.let_go();
    drop(committer);
    assert!(holds(&contents, 1).await);
    assert!(holds(&open(&disk).1, 1).await);
}

fn assert_try_later(answer: Result<Position, StoreError>, expected: &str) {
    match answer {
        Err(StoreError::TryLater { reason }) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("not \"try later\": {other:?}"),
    }
}

#[tokio::test]
async fn r1_a_full_disk_answers_try_later_and_recovers() {
    let disk = FakeDisk::default();
    // One file of the log, and its state.
    disk.state().room = Some(FILE_LEN + 64);
    let (committer, contents) = open(&disk);
    let big = |number| batch_of(&[span(number, 20 << 10)]);
    for number in 1..=3 {
        committer.append(big(number)).await.unwrap();
    }
    for _ in 0..3 {
        assert_try_later(
            committer.append(big(4)).await,
            "cannot make /wal/wal-unfinished.tmp: ",
        );
        assert!(!holds(&contents, 4).await);
        assert!(holds(&contents, 1).await, "reads go on");
    }
    disk.state().room = Some(FILE_LEN + 64);
    committer.append(big(4)).await.unwrap();
    drop(committer);
    let (_committer, contents) = open(&disk);
    for number in 1..=4 {
        assert!(holds(&contents, number).await, "span {number} is lost");
    }
}

#[tokio::test]
async fn w1_a_failed_sync_acknowledges_none_of_its_group() {
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    committer.append(batch(1)).await.unwrap();
    let steps = disk.state().steps;
    disk.fail_at(steps + 1, Fault::Fails);
    assert_try_later(
        committer.append(batch(2)).await,
        "cannot sync /wal/wal-0000000000000001.log",
    );
    assert!(!holds(&contents, 2).await);
    committer.append(batch(2)).await.unwrap();
    assert!(holds(&contents, 2).await);
}

#[tokio::test]
async fn r1_too_many_requests_are_told_to_try_later() {
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    disk.hold_up();
    let first = begin(committer.append(batch(1)));
    disk.wait_until_held_up();
    let waiting = (2..=1025).map(|number| begin(committer.append(batch(number))));
    let waiting: Vec<_> = waiting.collect();
    assert_try_later(committer.append(batch(1026)).await, "too many requests");
    disk.let_go();
    for append in std::iter::once(first).chain(waiting) {
        append.await.unwrap();
    }
    committer.append(batch(1026)).await.unwrap();
    assert!(holds(&contents, 1026).await);
}

#[tokio::test]
async fn r1_too_many_bytes_are_told_to_try_later() {
    let disk = FakeDisk::default();
    let (committer, _contents) = open(&disk);
    // An unknown field makes it long, and cheap to decode.
    let padding = [
        &[0xa2, 0x06, 0x80, 0x80, 0x80, 0x19][..],
        &vec![0; 50 << 20],
    ]
    .concat();
    let request = [&request_of(&[span(1, 10)])[..], &padding].concat();
    let huge = clew_otlp::decode_traces(request.into()).unwrap().batch;
    disk.hold_up();
    let waiting = [(); 2].map(|()| begin(committer.append(huge.clone())));
    assert_try_later(committer.append(huge).await, "too many bytes");
    disk.let_go();
    for append in waiting {
        append.await.unwrap();
    }
    committer.append(batch(2)).await.unwrap();
}

#[tokio::test]
async fn a_panic_of_the_thread_that_writes_is_told_and_nothing_is_taken_any_more() {
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    committer.append(batch(1)).await.unwrap();
    let steps = disk.state().steps;
    disk.fail_at(steps, Fault::Panics);

    let answer = committer.append(batch(2)).await;

    assert_try_later(answer, "Clew must be started again");
    assert_eq!(committer.failure().await, "the disk of the test panics");
    assert_try_later(committer.append(batch(3)).await, "has stopped");
    assert!(holds(&contents, 1).await, "reads go on");
}

#[tokio::test]
async fn a_store_that_is_closed_has_dealt_with_all_that_waited() {
    let disk = FakeDisk::default();
    let (committer, contents) = open(&disk);
    disk.hold_up();
    let append = begin(committer.append(batch(1)));
    let mut close = Box::pin(committer.close());
    assert!(is_pending(&mut close), "closed before it was written");
    assert_try_later(committer.append(batch(2)).await, "has stopped");

    disk.let_go();
    close.await;

    append.await.unwrap();
    assert!(holds(&contents, 1).await);
}

#[tokio::test]
async fn whoever_has_closed_a_store_and_lost_patience_can_drop_it() {
    let disk = FakeDisk::default();
    let (committer, _contents) = open(&disk);
    disk.hold_up();
    let append = begin(committer.append(batch(1)));
    drop(append);
    let mut close = Box::pin(committer.close());
    assert!(is_pending(&mut close));
    drop(close);

    drop(committer);

    // It would not have come here if it had waited for the thread.
    disk.wait_until_held_up();
    disk.let_go();
}

#[tokio::test]
async fn a_request_without_valid_spans_is_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
    store.append(batch_of(&[])).await.unwrap();
    assert_eq!(files_of(&dir.path().join("wal")), Vec::<PathBuf>::new());
    store.append(batch(1)).await.unwrap();
    let files = files_of(&dir.path().join("wal"));
    assert_eq!(files.len(), 2, "the log's file, and its state");
}

fn files_of(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_second_store_on_the_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
    let error = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    drop(store);
    LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
}

#[test]
fn a_directory_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let made = dir.path().join("a/b");
    LocalStore::open(&made, &Options::default(), |_| {}).unwrap();
    for dir in [
        &made,
        &made.join("wal"),
        &made.join("segments"),
        &dir.path().join("a"),
    ] {
        let permissions = std::fs::metadata(dir).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o700, "{}", dir.display());
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = LocalStore::open(&file, &Options::default(), |_| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot make {}", file.join("wal").display())
    );
}

#[tokio::test]
async fn w2_spans_that_are_missing_after_a_clean_stop_are_reported() {
    for is_closed in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
        store.append(batch(1)).await.unwrap();
        if is_closed {
            store.close().await;
        }
        drop(store);
        assert_eq!(files_of(&dir.path().join("wal")).len(), 1, "its state");
        let file = dir.path().join("segments/0000000000000001.parquet");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[64..].fill(0);
        std::fs::write(&file, bytes).unwrap();
        let store = LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
        let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
        let snapshot = store.snapshot(context).await.unwrap();
        let all = Scan::newest(TimeRange::ALL, Predicate::TRUE);
        let answer = snapshot.candidates(&all, None, 10).await.unwrap();
        assert_eq!(answer.value, []);
        let Coverage::Partial(why) = answer.coverage else {
            panic!("a span is missing");
        };
        assert!(
            why.starts_with("1 of the spans that are stored cannot be read"),
            "{why}"
        );
    }
}

/// A record whose checksum is right and whose content is not.
#[test]
fn w2_a_record_that_cannot_be_decoded_is_reported_with_its_place() {
    use crate::wal::{Log, Record, Signal};
    let disk = FakeDisk::default();
    let dir = Path::new("/wal");
    let log = Log::find(Arc::new(disk.clone()), dir).unwrap();
    let mut wal = log.replay(FILE_LEN as u64, |_| Ok(())).unwrap().wal;
    let record = |payload| Record {
        signal: Signal::Traces,
        payload,
    };
    let request: Bytes = request_of(&[span(1, 10)]);
    wal.append(&[record(&request[..]), record(b"\x0a\xff")])
        .unwrap();

    let error = try_open(&disk, &Options::default()).unwrap_err();
    let OpenError::Disk(DiskError::Corrupt { offset, what, .. }) = error else {
        panic!("not corrupt: {error}");
    };
    // After the file's header, the group's, and the first record.
    assert_eq!(offset, 64 + 24 + 8 + request.len() as u64);
    assert!(what.starts_with("at byte 1 of the request"), "{what}");
}

/// What an exporter sends again is the same bytes; a collector on the way may encode it in its own.
#[tokio::test]
async fn q1_a_span_is_shown_once_however_it_is_encoded() {
    for head_spans in [1, 100] {
        let options = Options {
            head_spans,
            ..Options::default()
        };
        let store = try_open(&FakeDisk::default(), &options).unwrap();
        store.append(batch(1)).await.unwrap();
        store.append(batch(1)).await.unwrap();
        store.append(encoded_otherwise(&batch(1))).await.unwrap();
        store.append(batch_of(&[span(1, 99)])).await.unwrap();
        let traces = load(&store, &[1]).await;
        assert_eq!(traces[0].spans, [span(1, 100), span(1, 99)]);
    }
}

/// The first span of the batch, with a field that OTLP does not have.
fn encoded_otherwise(batch: &Batch) -> Batch {
    let mut message = batch.span(0).unwrap().encoded().to_vec();
    // Field 100, a varint.
    message.extend([0xa0, 0x06, 1]);
    // A request has its resources, a resource its scopes, and a scope its spans in a field each.
    for field in [2, 2, 1] {
        let [low, high] = u16::try_from(message.len()).unwrap().to_le_bytes();
        let len = [0x80 | low, high << 1 | low >> 7];
        message = [&[field << 3 | 2][..], &len, &message].concat();
    }
    clew_otlp::decode_traces(Bytes::from(message))
        .unwrap()
        .batch
}

/// R1: others may have the memory that there is; when it comes back, spans are taken again.
#[tokio::test]
async fn r1_no_memory_refuses_for_now() {
    let options = Options {
        memory: MemoryBudget::new(1 << 20),
        ..Options::default()
    };
    let store = try_open(&FakeDisk::default(), &options).unwrap();
    let of_cache = options.memory.taken();
    let of_caches = (1 << 20) / 8 + (1 << 20) / 16;
    assert_eq!(of_cache, of_caches, "what is kept of segments counts");
    store.append(batch(1)).await.unwrap();
    // What the head takes is counted after the answer, and before the next.
    store.append(batch(3)).await.unwrap();
    assert!(options.memory.taken() > of_cache, "the head counts");
    let mut others = options.memory.share();
    others.set(1 << 20);
    let refused = store.append(batch(2)).await.unwrap_err();
    let StoreError::TryLater { reason } = refused else {
        panic!("{refused}");
    };
    assert!(reason.contains("memory"), "{reason}");
    assert!(load(&store, &[2]).await.is_empty());
    drop(others);
    store.append(batch(2)).await.unwrap();
    assert_eq!(load(&store, &[1, 2]).await.len(), 2);
    store.close().await;
    assert_eq!(options.memory.taken(), of_cache, "all is sealed");
    drop(store);
    assert_eq!(options.memory.taken(), 0);
}
