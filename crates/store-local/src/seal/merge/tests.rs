//! Which segments are merged, and what becomes of their spans.

use std::path::Path;

use clew_model::KeyValue;
use clew_store::TraceStore as _;
use clew_testkit::{batch_of, service, span};

use super::{MergeBounds, SegmentEntry, choose};
use crate::disk::Disk as _;
use crate::disk::fake::FakeDisk;
use crate::segment::Extent;
use crate::store::tests::{load, try_open};
use crate::store::{LocalStore, Options};

const BOUNDS: MergeBounds = MergeBounds {
    bytes: 1000,
    window: 100,
};

/// Segments of so many rows, that arrived one time unit after another.
fn entries(rows: &[u32]) -> Vec<SegmentEntry> {
    let entry = |(number, &rows): (u64, &u32)| SegmentEntry {
        number,
        len: 1,
        rows,
        merges: 0,
        crc: None,
        directory: Extent {
            offset: 0,
            len: 0,
            crc: 0,
        },
        arrived: (number, number),
    };
    (1..).zip(rows).map(entry).collect()
}

#[test]
fn small_neighbours_are_chosen() {
    let chosen = |rows: &[u32]| choose(&entries(rows), BOUNDS, |_| Some(1));
    assert_eq!(chosen(&[1, 1, 1]), None, "too few");
    assert_eq!(chosen(&[1, 1, 1, 1]), Some(0..4));
    assert_eq!(chosen(&[4, 1, 1, 1]), None, "one is larger than the others");
    assert_eq!(chosen(&[4, 1, 1, 1, 1]), Some(0..5));
    assert_eq!(chosen(&[9, 1, 1, 1, 1]), Some(1..5));
    let large = 128 << 10;
    assert_eq!(chosen(&[large; 8]), None, "two fill a segment");
    assert_eq!(chosen(&[large, 1, 1, 1, 1, large]), Some(1..5));
}

#[test]
fn what_is_too_much_together_is_not_merged() {
    let mut segments = entries(&[1; 8]);
    let choose =
        |segments: &[SegmentEntry]| choose(segments, BOUNDS, |number| (number != 5).then_some(1));
    assert_eq!(choose(&segments), Some(0..4), "the fifth cannot be merged");
    segments[2].len = 1000;
    assert_eq!(choose(&segments), None, "bytes");
    segments[2].len = 1;
    for entry in &mut segments[2..] {
        entry.arrived = (200, 200);
    }
    assert_eq!(choose(&segments), None, "time");
    let long = |_| Some(10 << 20);
    assert_eq!(
        super::choose(&entries(&[1; 8]), BOUNDS, long),
        Some(0..4),
        "text"
    );
}

fn options() -> Options {
    Options {
        head_spans: 1,
        ..Options::default()
    }
}

async fn append(store: &LocalStore, number: u64) {
    let spans = [1, 100 + u128::from(number)].map(|trace| span(&service("web"), trace, number));
    store.append(batch_of(&spans)).await.unwrap();
}

/// Every span is written anew a few times, however many segments come.
#[tokio::test]
async fn segments_become_few() {
    const BATCHES: u64 = 200;
    let disk = FakeDisk::default();
    let store = try_open(&disk, &options()).unwrap();
    for number in 1..=BATCHES {
        append(&store, number).await;
    }
    store.close().await;
    let segments = store.contents.segments();
    assert!(segments.len() < 20, "{} segments", segments.len());
    let files = disk.list(Path::new("/segments")).unwrap();
    assert_eq!(files.len(), segments.len(), "the others are removed");
    drop(store);
    let store = try_open(&disk, &options()).unwrap();
    assert_eq!(load(&store, &[1]).await[0].spans.len() as u64, BATCHES);
}

/// Each start makes a segment of a few spans; those that were sent again become one.
#[tokio::test]
async fn spans_that_were_sent_again_are_merged() {
    let disk = FakeDisk::default();
    for _ in 0..8 {
        let store = try_open(&disk, &Options::default()).unwrap();
        append(&store, 1).await;
        store.close().await;
    }
    let store = try_open(&disk, &Options::default()).unwrap();
    // The merge that the start began is over when the store is.
    store.close().await;
    let spans = |store: &LocalStore| -> u32 {
        let segments = store.contents.segments();
        segments
            .iter()
            .map(|it| crate::columns::Columnar::rows(&**it))
            .sum()
    };
    // Two of each merge that was made, and two of each segment after it.
    assert!(spans(&store) <= 2 * 3, "{} spans", spans(&store));
    let traces = load(&store, &[1]).await;
    assert_eq!(traces[0].spans.len(), 1);
}

/// A sender that makes up keys keeps its own segments small, and no others.
#[tokio::test]
async fn a_segment_of_too_many_keys_does_not_keep_its_neighbours_from_being_merged() {
    let disk = FakeDisk::default();
    for number in 1..=8_u64 {
        let store = try_open(&disk, &Options::default()).unwrap();
        let mut span = span(&service("web"), 1, number);
        let keys = if number == 2 { 1000 } else { 1 };
        let key = |key| KeyValue::new(format!("{}-{key}", number == 2), "value");
        span.attributes = (0..keys).map(key).collect();
        store.append(batch_of(&[span])).await.unwrap();
        store.close().await;
    }
    // Each start begins one merge at least; whether it begins the next is up to when it is stopped.
    let mut store = try_open(&disk, &Options::default()).unwrap();
    store.close().await;
    for _ in 0..5 {
        drop(store);
        store = try_open(&disk, &Options::default()).unwrap();
        store.close().await;
    }
    let segments = store.contents.segments().len();
    // The first, the odd one, four that became one at least, and two that are too few.
    assert!(segments <= 5, "{segments} segments");
    assert_eq!(load(&store, &[1]).await[0].spans.len(), 8);
}

/// A backup may have a manifest from before a merge: what it does not name is not removed, since
/// what it names is gone.
#[tokio::test]
async fn an_older_manifest_removes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let open = || LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
    let manifest = dir.path().join("manifest");
    let files = || {
        std::fs::read_dir(dir.path().join("segments"))
            .unwrap()
            .count()
    };
    let mut older = Vec::new();
    for number in 1..=4 {
        let store = open();
        append(&store, number).await;
        store.close().await;
        drop(store);
        if number == 3 {
            older = std::fs::read(&manifest).unwrap();
        }
    }
    drop(open());
    assert_eq!(files(), 1, "the four were merged");
    std::fs::write(&manifest, older).unwrap();
    // The log that goes with it is gone too, so that it is refused or opened; nothing goes either way.
    let opened = LocalStore::open(dir.path(), &Options::default(), |_| {});
    drop(opened);
    assert_eq!(files(), 1);
    let new = tempfile::tempdir().unwrap();
    let salvaged = crate::check::salvage(dir.path(), new.path()).await.unwrap();
    assert_eq!(salvaged.spans.saved, 4 * 2);
}

/// As after an older manifest was put back, which the log does not contradict: it names a segment that
/// is gone, and does not know one that is there.
#[tokio::test]
async fn a_segment_that_the_manifest_does_not_know_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let open = || LocalStore::open(dir.path(), &Options::default(), |_| {}).unwrap();
    for number in 1..=2 {
        let store = open();
        append(&store, number).await;
        store.close().await;
    }
    let segment = |number: u64| {
        let segments = dir.path().join("segments");
        segments.join(format!("{number:016}.parquet"))
    };
    let merged = std::fs::read(segment(2)).unwrap();
    std::fs::write(segment(3), &merged).unwrap();
    std::fs::remove_file(segment(1)).unwrap();
    let remarks = crate::check::verify(dir.path()).unwrap().remarks;
    assert!(remarks[0].contains("may be an older one"), "{remarks:?}");
    let store = open();
    append(&store, 3).await;
    store.close().await;
    assert_eq!(std::fs::read(segment(3)).unwrap(), merged);
    assert!(segment(4).exists(), "the new one has another number");
}
