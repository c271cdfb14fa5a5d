use std::fs;

use super::{Size, sync_times};

#[test]
fn the_size_of_a_folder_is_that_of_all_its_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one"), [1; 1000]).unwrap();
    fs::create_dir(folder.path().join("below")).unwrap();
    fs::write(folder.path().join("below/two"), [2; 500]).unwrap();
    let size = Size::of(folder.path()).unwrap();
    assert_eq!((size.length, size.files), (1500, 2));
    assert!(Size::of(&folder.path().join("three")).is_err());
}

#[test]
fn sync_times_are_in_order() {
    let times = sync_times(tempfile::tempdir().unwrap().path()).unwrap();
    assert!(0.0 < times.p50 && times.p50 <= times.p99 && times.p99 <= times.max);
}
