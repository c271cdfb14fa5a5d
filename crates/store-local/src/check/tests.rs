//! A bit flipped in each part of each file: it is named, and what is elsewhere is answered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clew_model::{Event, KeyValue, Span, TimeRange, Timestamp};
use clew_store::{
    Answer, Collect, Columns, Coverage, Predicate, QueryContext, Scan, TraceStore as _,
};
use clew_testkit::{batch_of, service, span};

use super::SalvageError;
use super::{salvage, verify};
use crate::store::{LocalStore, Options};

/// How many requests there are, the last two of them in the log alone. The others are segments, too
/// few to be merged.
const BATCHES: u64 = 5;

fn options() -> Options {
    Options {
        head_spans: 40,
        ..Options::default()
    }
}

fn spans(batch: u64) -> Vec<Span> {
    let span = |number: u64| {
        let number = batch * 100 + number;
        let mut random = fastrand::Rng::with_seed(number);
        let text: String = std::iter::repeat_with(|| random.alphanumeric())
            .take(40)
            .collect();
        Span {
            attributes: vec![
                KeyValue::new("url.full", text),
                KeyValue::new("user.id", format!("user-{}", number % 3)),
                KeyValue::new("size", i64::try_from(number).unwrap()),
            ],
            events: vec![Event {
                time: Timestamp::from_unix_nanos(number),
                name: "event".to_owned(),
                attributes: Vec::new(),
                dropped_attributes_count: 0,
            }],
            ..span(
                &service(["web", "cart"][(number % 2) as usize]),
                (number / 5).into(),
                number,
            )
        }
    };
    (1..=40).map(span).collect()
}

/// A directory with segments, and a log that its process did not close.
async fn write(dir: &Path) {
    let store = LocalStore::open(dir, &options(), |_| {}).unwrap();
    for batch in 1..=BATCHES - 2 {
        store.append(batch_of(&spans(batch))).await.unwrap();
    }
    store.close().await;
    drop(store);
    let unsealed = Options {
        head_spans: usize::MAX,
        ..Options::default()
    };
    let store = LocalStore::open(dir, &unsealed, |_| {}).unwrap();
    for batch in BATCHES - 1..=BATCHES {
        store.append(batch_of(&spans(batch))).await.unwrap();
    }
    // As if it had been killed: what is written now is all that there is.
    let killed = tempfile::tempdir().unwrap();
    copy(dir, killed.path());
    drop(store);
    std::fs::remove_dir_all(dir).unwrap();
    copy(killed.path(), dir);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All spans that the store finds, as text, and whether it says that they are all.
async fn found(store: &LocalStore) -> (BTreeSet<String>, bool) {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.snapshot(context.clone()).await.unwrap();
    let scan = Scan::newest(TimeRange::ALL, Predicate::TRUE);
    let Answer { value, coverage } = snapshot.candidates(&scan, None, 10_000).await.unwrap();
    let mut is_complete = coverage == Coverage::Complete;
    let keys: Vec<_> = value.iter().map(|trace| trace.id.into()).collect();
    let mut loaded = Collect::new(&context);
    let answer = snapshot
        .load(&keys, &Columns::ALL, &mut loaded)
        .await
        .unwrap();
    is_complete &= answer.coverage == Coverage::Complete;
    let traces = loaded.into_traces().unwrap();
    let spans = traces.iter().flat_map(|trace| &trace.spans);
    (spans.map(|span| format!("{span:?}")).collect(), is_complete)
}

fn all_spans() -> BTreeSet<String> {
    let spans = (1..=BATCHES).flat_map(spans);
    spans.map(|span| format!("{span:?}")).collect()
}

fn flip(file: &Path, at: usize, bit: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[at] ^= 1 << bit;
    std::fs::write(file, bytes).unwrap();
}

fn files(dir: &Path, folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir.join(folder)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The place that a problem names.
fn offset_in(problem: &str) -> usize {
    let (_, rest) = problem.split_once("is damaged at byte ").unwrap();
    let digits = rest.split(':').next().unwrap();
    digits.parse().unwrap()
}

#[tokio::test]
async fn what_is_whole_has_no_problems() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).await;
    let checked = verify(dir.path()).unwrap();
    assert_eq!(checked.problems, Vec::<String>::new());
    assert_eq!(checked.remarks, Vec::<String>::new());
    assert_eq!(checked.spans.sealed, (BATCHES - 2) * 40);
    assert_eq!(checked.spans.logged, 2 * 40);
    assert!(checked.segments > 1);
    let store = LocalStore::open(dir.path(), &options(), |_| {}).unwrap();
    assert_eq!(found(&store).await, (all_spans(), true));
}

#[tokio::test]
async fn a_bit_flipped_anywhere_in_a_segment_is_named_and_falsifies_nothing() {
    let whole = tempfile::tempdir().unwrap();
    write(whole.path()).await;
    let expected = all_spans();
    let name = files(whole.path(), "segments")[0].clone();
    let name = name.strip_prefix(whole.path()).unwrap();
    let len = std::fs::read(whole.path().join(name)).unwrap().len();
    let (mut partial, mut complete) = (0, 0);
    for (number, at) in (0..len).step_by(173).enumerate() {
        let dir = tempfile::tempdir().unwrap();
        copy(whole.path(), dir.path());
        let file = dir.path().join(name);
        flip(&file, at, number % 8);

        let checked = verify(dir.path()).unwrap();
        let [problem] = &checked.problems[..] else {
            panic!("byte {at}: {:?}", checked.problems);
        };
        assert!(problem.contains(&*file.to_string_lossy()), "{problem}");
        assert!(offset_in(problem) <= at, "byte {at}: {problem}");

        let store = LocalStore::open(dir.path(), &options(), |_| {}).unwrap();
        let (spans, is_complete) = found(&store).await;
        assert!(spans.is_subset(&expected), "byte {at}");
        assert!(
            spans.len() >= expected.len() - 40,
            "byte {at}: others are missing"
        );
        assert_eq!(is_complete, spans == expected, "byte {at}");
        partial += usize::from(!is_complete);
        complete += usize::from(is_complete);
    }
    assert!(partial > 10, "{partial} flips were noticed by a query");
    assert!(
        complete > 5,
        "{complete} flips matter to other readers alone"
    );
}

#[tokio::test]
async fn a_bit_flipped_in_the_manifest_is_named_and_what_it_named_is_salvaged() {
    let whole = tempfile::tempdir().unwrap();
    write(whole.path()).await;
    let len = std::fs::read(whole.path().join("manifest")).unwrap().len();
    for (number, at) in (0..len).step_by(97).enumerate() {
        let dir = tempfile::tempdir().unwrap();
        copy(whole.path(), dir.path());
        let file = dir.path().join("manifest");
        flip(&file, at, number % 8);

        let opened = LocalStore::open(dir.path(), &options(), |_| {});
        let error = opened.unwrap_err().to_string();
        assert!(error.contains(&*file.to_string_lossy()), "{error}");
        let checked = verify(dir.path()).unwrap();
        assert_eq!(checked.problems[0], error, "byte {at}");

        let new = tempfile::tempdir().unwrap();
        let salvaged = salvage(dir.path(), new.path()).await;
        // A version that is not known may be that of a later program, which knows better.
        if error.contains("has format version") {
            assert!(salvaged.is_err());
            continue;
        }
        let salvaged = salvaged.unwrap();
        assert_eq!(salvaged.problems, [error]);
        let store = LocalStore::open(new.path(), &options(), |_| {}).unwrap();
        assert_eq!(found(&store).await, (all_spans(), true));
    }
}

#[tokio::test]
async fn what_can_be_read_is_salvaged_and_what_is_lost_is_said() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).await;
    let segments = files(dir.path(), "segments");
    // One is gone, in another a page is damaged, and in the log a group.
    std::fs::remove_file(&segments[0]).unwrap();
    flip(&segments[1], 100, 3);
    let log = files(dir.path(), "wal");
    let log = log.iter().find(|file| file.extension().is_some()).unwrap();
    flip(log, 600, 1);
    let checked = verify(dir.path()).unwrap();
    assert_eq!(checked.problems.len(), 3, "{:?}", checked.problems);

    let new = tempfile::tempdir().unwrap();
    let salvaged = salvage(dir.path(), new.path()).await.unwrap();
    assert_eq!(salvaged.spans.lost, 80);
    assert_eq!(salvaged.problems.len(), 3, "{:?}", salvaged.problems);
    assert_eq!(salvaged.spans.saved, BATCHES * 40 - 80 - 40);
    assert_eq!(verify(new.path()).unwrap().problems, Vec::<String>::new());
    let store = LocalStore::open(new.path(), &options(), |_| {}).unwrap();
    let (spans, is_complete) = found(&store).await;
    assert!(is_complete);
    assert_eq!(spans.len() as u64, salvaged.spans.saved);
    assert!(spans.is_subset(&all_spans()));
}

/// Without manifest and log nobody knows that the segments are not leftovers.
#[tokio::test]
async fn segments_without_a_manifest_are_not_taken_for_leftovers() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).await;
    std::fs::remove_file(dir.path().join("manifest")).unwrap();
    std::fs::remove_dir_all(dir.path().join("wal")).unwrap();
    let opened = LocalStore::open(dir.path(), &options(), |_| {});
    let error = opened.unwrap_err().to_string();
    assert!(
        error.contains("it is missing, and there are segments"),
        "{error}"
    );
    let checked = verify(dir.path()).unwrap();
    assert_eq!(checked.problems[0], error);
    assert_eq!(checked.segments as u64, BATCHES - 2);

    let new = tempfile::tempdir().unwrap();
    let salvaged = salvage(dir.path(), new.path()).await.unwrap();
    assert_eq!(salvaged.spans.saved, (BATCHES - 2) * 40);
}

/// A file of the log whose header is damaged has whole groups all the same.
#[tokio::test]
async fn groups_behind_a_damaged_header_are_salvaged() {
    // The magic, the version, the number, the place of the end before, the first group, the checksum.
    for at in [0, 8, 20, 33, 44, 61] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path()).await;
        let log = files(dir.path(), "wal");
        let log = log.iter().rfind(|file| file.extension().is_some()).unwrap();
        flip(log, at, 1);
        let new = tempfile::tempdir().unwrap();
        let salvaged = salvage(dir.path(), new.path()).await.unwrap();
        assert_eq!(salvaged.problems.len(), 1, "{:?}", salvaged.problems);
        assert!(salvaged.is_log_damaged);
        assert_eq!(salvaged.spans.saved, BATCHES * 40, "byte {at}");
    }
}

/// An open directory changes while it is read.
#[tokio::test]
async fn a_directory_in_use_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::open(dir.path(), &options(), |_| {}).unwrap();
    let error = verify(dir.path()).unwrap_err().to_string();
    assert!(error.contains("is in use by process"), "{error}");
    drop(store);
}

#[tokio::test]
async fn nothing_is_saved_into_the_damaged_directory_whatever_the_way_there() {
    let above = tempfile::tempdir().unwrap();
    let damaged = above.path().join("damaged");
    std::fs::create_dir_all(damaged.join("wal")).unwrap();
    std::os::unix::fs::symlink(&damaged, above.path().join("link")).unwrap();
    for way in [
        "damaged/new",
        "link/new",
        "missing/../damaged/new",
        "damaged/missing/../new",
    ] {
        let saved = super::salvage(&damaged, &above.path().join(way)).await;
        assert!(
            matches!(saved, Err(SalvageError::Within(_))),
            "{way}: {saved:?}"
        );
    }
    let elsewhere = above.path().join("damaged/../elsewhere");
    super::salvage(&damaged, &elsewhere).await.unwrap();
}

/// An older manifest that was put back knows fewer segments: what is in the others is saved too.
#[tokio::test]
async fn what_an_older_manifest_does_not_know_is_salvaged() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("manifest");
    let mut older = Vec::new();
    for number in 1..=2 {
        let store = LocalStore::open(dir.path(), &options(), |_| {}).unwrap();
        let spans = [clew_testkit::span(&clew_testkit::service("web"), number, 1)];
        store.append(clew_testkit::batch_of(&spans)).await.unwrap();
        store.close().await;
        if number == 1 {
            older = std::fs::read(&manifest).unwrap();
        }
    }
    std::fs::write(&manifest, older).unwrap();
    let new = tempfile::tempdir().unwrap();
    let salvaged = salvage(dir.path(), new.path()).await.unwrap();
    assert_eq!(salvaged.spans.saved, 2);
    let [problem] = &salvaged.problems[..] else {
        panic!("{:?}", salvaged.problems);
    };
    assert!(problem.contains("begins with group"), "{problem}");
}
