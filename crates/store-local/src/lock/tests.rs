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

#[test]
fn the_lock_holds_without_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let _lock = DirLock::acquire(dir.path()).unwrap();
    let file = dir.path().join("lock");
    std::fs::remove_file(&file).unwrap();
    let error = DirLock::acquire(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { pid: None, .. }));
    std::fs::write(&file, "").unwrap();
    let error = DirLock::acquire(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { pid: None, .. }));
}

#[test]
fn the_lock_holds_when_the_directory_gets_another_name() {
    let parent = tempfile::tempdir().unwrap();
    let [old, new] = ["old", "new"].map(|name| parent.path().join(name));
    std::fs::create_dir(&old).unwrap();
    let _lock = DirLock::acquire(&old).unwrap();
    std::fs::rename(&old, &new).unwrap();
    let error = DirLock::acquire(&new).unwrap_err();
    assert!(matches!(error, OpenError::InUse { pid: Some(_), .. }));
}

/// As the first versions of Clew lock it.
#[test]
fn a_process_that_locks_the_file_alone_is_respected() {
    let dir = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(dir.path().join("lock")).unwrap();
    file.lock().unwrap();
    let error = DirLock::acquire(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }));
}
