use super::DirLock;
use crate::error::OpenError;

#[test]
fn a_directory_is_locked_once_and_says_by_whom() {
    let dir = tempfile::tempdir().unwrap();
    let lock = DirLock::acquire(dir.path()).unwrap();
    let error = DirLock::acquire(dir.path()).unwrap_err();
    let pid = std::process::id();
    assert!(matches!(error, OpenError::InUse { pid: Some(found), .. } if found == pid));
    let expected = format!(
        "the data directory {} is in use by process {pid}",
        dir.path().display()
    );
    assert_eq!(error.to_string(), expected);

    drop(lock);
    DirLock::acquire(dir.path()).unwrap();
}

#[test]
fn what_a_process_left_in_the_file_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("lock"), "99999999999 and more").unwrap();
    let _lock = DirLock::acquire(dir.path()).unwrap();
    let error = DirLock::acquire(dir.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(&format!("process {}", std::process::id()))
    );
}
