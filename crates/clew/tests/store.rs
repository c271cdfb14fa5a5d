//! `clew store`, as a shell sees it: what comes out, and the exit code.

use std::path::Path;
use std::process::Command;

use clew_store::TraceStore as _;
use clew_store_local::{LocalStore, Options};
use clew_testkit::{batch_of, service, span};

/// Exit code, standard output and standard error.
fn store(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_clew"))
        .arg("store")
        .args(arguments)
        .output()
        .expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A directory with two segments of a span each.
async fn write(dir: &Path) {
    for number in 1..=2 {
        let local = LocalStore::open(dir, &Options::default(), |_| {});
        let local = local.expect("the directory is new, or whole");
        let span = span(&service("web"), number.into(), number);
        let appended = local.append(batch_of(&[span])).await;
        appended.expect("there is room");
        local.close().await;
    }
}

#[tokio::test]
async fn a_whole_directory_is_said_to_be_whole() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).await;
    let (code, stdout, stderr) = store(&["verify", dir.path().to_str().unwrap()]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(
        stdout,
        "All is whole: 2 spans in 2 segments, 0 in the log alone\n"
    );
}

#[tokio::test]
async fn damage_is_named_and_the_rest_is_saved() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).await;
    let file = dir.path().join("segments/0000000000000001.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let damaged = dir.path().to_str().unwrap();
    let (code, stdout, stderr) = store(&["verify", damaged]);
    assert_eq!(code, Some(1), "{stderr}");
    let expected = format!("damaged: {} is damaged at byte ", file.display());
    assert!(stdout.starts_with(&expected), "{stdout}");
    assert!(
        stdout.contains(
            "This is whole: 1 span in 1 segment, 0 in the log alone\n\
             1 span is in segments that are damaged\n"
        ),
        "{stdout}"
    );

    let new = tempfile::tempdir().unwrap();
    let new = new.path().join("new");
    let new = new.to_str().unwrap();
    let (code, stdout, stderr) = store(&["salvage", damaged, new]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stdout.contains(&format!("1 span is in {new}\n1 span is lost, of segments")),
        "{stdout}"
    );
    assert!(!stdout.contains("the log"), "{stdout}");
    assert_eq!(store(&["verify", new]).0, Some(0));
    let (code, _, stderr) = store(&["salvage", damaged, new]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with(&format!("error: there is something in {new} already")),
        "{stderr}"
    );
}

#[tokio::test]
async fn the_new_directory_is_not_within_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).await;
    let damaged = dir.path().to_str().unwrap();
    for within in ["new", "a/../b/new", "."] {
        let within = format!("{damaged}/{within}");
        let (code, _, stderr) = store(&["salvage", damaged, &within]);
        assert_eq!(code, Some(1));
        let expected = format!("error: {within} is within the damaged directory");
        assert!(stderr.starts_with(&expected), "{stderr}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().join("new");
    let beside = format!("{damaged}/../{}", elsewhere.display());
    let (code, stdout, stderr) = store(&["salvage", damaged, &beside]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("2 spans are in "), "{stdout}");
    assert!(stdout.contains("Nothing is lost"), "{stdout}");
}

#[test]
fn a_directory_without_traces_is_not_called_damaged_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().to_str().unwrap();
    for command in [&["verify", empty][..], &["salvage", empty, "new"]] {
        let (code, _, stderr) = store(command);
        assert_eq!(code, Some(1));
        let expected = format!("there are no traces in {empty}");
        assert!(stderr.contains(&expected), "{stderr}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let (code, _, stderr) = store(&["verify", "/nowhere"]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with("error: cannot check the traces in /nowhere: cannot open /nowhere"),
        "{stderr}"
    );
}
