//! What happens to the log while nobody writes it.

use std::ops::Range;
use std::path::Path;

use super::{
    FILE_LEN, append, closed_disk_with, dir, disk_with, edit_header, group, open, path, payloads,
    state_path, version_1_disk_with,
};
use crate::disk::Disk;
use crate::disk::fake::FakeDisk;
use crate::error::{DiskError, OpenError};
use crate::wal::format::{self, FileHeader, Record, Signal};

const HEADER_LEN: usize = FileHeader::LEN;

/// Where in its file a group lies, without its padding.
fn len_of(number: u8) -> usize {
    24 + group(number)
        .iter()
        .map(|payload| 8 + payload.len())
        .sum::<usize>()
}

/// Where in their one file the groups from number 1 on lie.
fn places(groups: u8) -> Vec<Range<usize>> {
    let mut at = HEADER_LEN;
    (1..=groups)
        .map(|number| {
            let place = at..at + len_of(number);
            at = place.end.next_multiple_of(8);
            place
        })
        .collect()
}

/// Flips each byte of the file in turn.
fn flipped(
    disk: &FakeDisk,
    file: u64,
    bytes: Range<usize>,
) -> impl Iterator<Item = (usize, FakeDisk)> {
    bytes.map(move |at| {
        let disk = disk.fork();
        disk.edit(&path(file), |bytes| bytes[at] ^= 0x41);
        (at, disk)
    })
}

/// Opening says that this file is damaged at this byte.
fn check_corrupt(disk: &FakeDisk, file: u64, expected: usize) -> String {
    check_corrupt_at(disk, &path(file), expected)
}

/// Opening says that the log's state is damaged, missing, or that of other files.
fn check_state_corrupt(disk: &FakeDisk) -> String {
    check_corrupt_at(disk, &state_path(), 0)
}

fn check_corrupt_at(disk: &FakeDisk, path: &Path, expected: usize) -> String {
    match open(disk) {
        Err(OpenError::Disk(DiskError::Corrupt {
            file: found,
            offset,
            what,
        })) => {
            assert_eq!((&*found, offset), (path, expected as u64), "{what}");
            what
        }
        other => panic!("not corrupt at {expected}: {other:?}"),
    }
}

#[test]
fn w2_a_damaged_last_group_loses_nothing_before_it() {
    let disk = disk_with(3);
    for (at, disk) in flipped(&disk, 1, places(3)[2].clone()) {
        let mut opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads([1, 2]), "byte {at}");
        let begin = places(3)[2].start as u64;
        assert_eq!(opened.torn, Some((path(1), begin)));
        // It is told once: the next group, though shorter, leaves nothing of it in the way.
        append(&mut opened.wal, &group(39)).unwrap();
        let opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads([1, 2, 39]));
        assert_eq!(opened.torn, None);
    }
}

#[test]
fn w2_the_bytes_of_a_damaged_last_group_are_kept() {
    for groups in [1, 3] {
        let place = places(groups).pop().unwrap();
        let middle = place.start + place.len() / 2;
        let (_, disk) = flipped(&disk_with(groups), 1, middle..middle + 1)
            .next()
            .unwrap();
        let damaged = disk.read(&path(1), u64::MAX).unwrap();
        let mut opened = open(&disk).unwrap();
        assert_eq!(opened.torn, Some((path(1), place.start as u64)));
        append(&mut opened.wal, &group(9)).unwrap();
        let opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads((1..groups).chain([9])));
        assert!(disk.read(&path(1), u64::MAX).unwrap() == damaged);
    }
}

#[test]
fn w2_a_file_of_version_1_cut_off_in_its_last_group_loses_nothing_before_it() {
    let disk = version_1_disk_with(3);
    for len in places(3)[1].end.next_multiple_of(8)..places(3)[2].end {
        let disk = disk.fork();
        disk.edit(&path(1), |bytes| bytes.truncate(len));
        let mut opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads([1, 2]), "cut to {len} bytes");
        append(&mut opened.wal, &group(9)).unwrap();
        assert_eq!(open(&disk).unwrap().payloads, payloads([1, 2, 9]));
    }
}

#[test]
fn w2_damage_before_the_last_group_is_reported_with_its_place() {
    let disk = disk_with(3);
    for damaged in &places(3)[..2] {
        for (_, disk) in flipped(&disk, 1, damaged.clone()) {
            check_corrupt(&disk, 1, damaged.start);
        }
        let disk = disk.fork();
        disk.edit(&path(1), |bytes| bytes[damaged.clone()].fill(0));
        let what = check_corrupt(&disk, 1, damaged.start);
        assert!(what.contains("one at byte"), "{what}");
    }
}

#[test]
fn w2_damage_in_an_earlier_file_is_reported_with_its_place() {
    let disk = disk_with(20);
    let first_file = places(20).into_iter().take_while(|place| place.end <= 512);
    let last_place = first_file.last().unwrap();
    for (_, disk) in flipped(&disk, 1, last_place.clone()) {
        check_corrupt(&disk, 1, last_place.start);
    }
    let zeroed = disk.fork();
    zeroed.edit(&path(1), |bytes| bytes[last_place.clone()].fill(0));
    check_corrupt(&zeroed, 1, last_place.start);
    let disk = version_1_disk_with(20);
    disk.edit(&path(1), |bytes| bytes.truncate(last_place.end - 1));
    check_corrupt(&disk, 1, last_place.start);
}

#[test]
fn w2_a_file_shorter_than_it_was_made_is_reported() {
    for disk in [disk_with(3), closed_disk_with(3), disk_with(20)] {
        for len in HEADER_LEN..FILE_LEN {
            let disk = disk.fork();
            disk.edit(&path(1), |bytes| bytes.truncate(len));
            let what = check_corrupt(&disk, 1, len);
            assert_eq!(what, "the file ends here; it was made with 512 bytes");
        }
    }
}

#[test]
fn w2_a_missing_last_file_is_reported() {
    for disk in [disk_with(20), closed_disk_with(20)] {
        let last = disk.list(&dir()).unwrap().len() as u64 - 1;
        for file in (1..=last).rev() {
            disk.remove(&path(file)).unwrap();
            let what = check_corrupt(&disk, file, 0);
            assert_eq!(what, "the file is missing");
        }
    }
}

#[test]
fn w2_damage_to_any_group_of_a_closed_log_is_reported_with_its_place() {
    let disk = closed_disk_with(3);
    for damaged in places(3) {
        for (_, disk) in flipped(&disk, 1, damaged.clone()) {
            check_corrupt(&disk, 1, damaged.start);
        }
    }
}

#[test]
fn w2_zeros_from_any_group_on_are_reported_in_a_closed_log() {
    let disk = closed_disk_with(3);
    for place in places(3) {
        let disk = disk.fork();
        disk.edit(&path(1), |bytes| bytes[place.start..].fill(0));
        check_corrupt(&disk, 1, place.start);
    }
}

#[test]
fn w2_what_follows_the_end_of_a_closed_log_is_reported() {
    let end = places(3)[2].end.next_multiple_of(8);
    let disk = closed_disk_with(3);
    // A state from before the last group, as a copy may have it.
    let state = disk.read(&state_path(), u64::MAX).unwrap();
    append(&mut open(&disk).unwrap().wal, &group(4)).unwrap();
    disk.edit(&state_path(), |bytes| *bytes = state);
    check_corrupt(&disk, 1, end);
}

/// Nothing outside of the file says how far it goes while it is written, short of a second sync for
/// each group.
#[test]
fn zeros_at_the_end_of_a_log_that_was_not_closed_cannot_be_told_from_its_end() {
    let disk = disk_with(3);
    disk.edit(&path(1), |bytes| bytes[places(3)[1].start..].fill(0));
    let opened = open(&disk).unwrap();
    assert_eq!(opened.payloads, group(1));
    assert_eq!(opened.torn, None);
}

#[test]
fn w2_a_damaged_state_is_reported() {
    for disk in [disk_with(20), closed_disk_with(20)] {
        for at in 0..64 {
            let disk = disk.fork();
            disk.edit(&state_path(), |bytes| bytes[at] ^= 0x41);
            check_state_corrupt(&disk);
            disk.edit(&state_path(), |bytes| bytes.truncate(at));
            check_state_corrupt(&disk);
        }
    }
}

#[test]
fn w2_a_missing_state_is_reported() {
    for groups in [1, 20] {
        let disk = disk_with(groups);
        disk.remove(&state_path()).unwrap();
        let what = check_state_corrupt(&disk);
        assert_eq!(what, "the file is missing");
    }
}

#[test]
fn w2_the_state_of_another_time_is_reported() {
    let files = |disk: &FakeDisk| disk.list(&dir()).unwrap().len() - 1;
    let with_state_of = |disk: &FakeDisk, other: &FakeDisk| {
        let state = other.read(&state_path(), u64::MAX).unwrap();
        let disk = disk.fork();
        disk.edit(&state_path(), |bytes| *bytes = state);
        disk
    };
    let full = (2..20).find(|&groups| files(&disk_with(groups + 1)) == 2);
    let full = full.unwrap();
    for other in [disk_with(full), closed_disk_with(full)] {
        let what = check_state_corrupt(&with_state_of(&disk_with(20), &other));
        let found = format!("but there is a file {}", files(&disk_with(20)));
        assert!(what.ends_with(&found), "{what}");
        let what = check_state_corrupt(&with_state_of(&disk_with(full + 1), &other));
        assert!(what.ends_with("file 2 has been written to"), "{what}");
    }
    let other = closed_disk_with(full - 1);
    let what = check_state_corrupt(&with_state_of(&disk_with(full + 1), &other));
    assert!(
        what.contains("by the file after it, file 1 ends at"),
        "{what}"
    );
}

#[test]
fn w2_a_state_that_contradicts_the_files_is_reported() {
    let check = |change: fn(&mut [u8]), expected: &str| {
        let disk = closed_disk_with(3);
        edit_header(&disk, &state_path(), change);
        let what = check_state_corrupt(&disk);
        assert!(what.ends_with(expected), "{what}");
    };
    check(
        |state| state[48] += 1,
        "before group 5, but it ends before group 4",
    );
    check(|state| state[12] = 3, "it says neither open nor closed");
    check(|state| state[16] = 2, "it names no files");
}

#[test]
fn w2_a_damaged_header_is_reported() {
    let disk = disk_with(20);
    for file in [1, 2] {
        for (_, disk) in flipped(&disk, file, 0..HEADER_LEN) {
            check_corrupt(&disk, file, 0);
        }
    }
    disk.edit(&path(2), |bytes| bytes.truncate(HEADER_LEN - 1));
    check_corrupt(&disk, 2, 0);
}

#[test]
fn w2_a_missing_file_is_reported() {
    for file in [1, 2] {
        let disk = disk_with(20);
        disk.remove(&path(file)).unwrap();
        let what = check_corrupt(&disk, file, 0);
        assert_eq!(what, "the file is missing");
    }
}

#[test]
fn w2_files_that_changed_places_are_reported() {
    let disk = disk_with(30);
    let other = dir().join("other");
    disk.rename(&path(2), &other).unwrap();
    disk.rename(&path(3), &path(2)).unwrap();
    disk.rename(&other, &path(3)).unwrap();
    let what = check_corrupt(&disk, 2, 0);
    assert_eq!(what, "the header is that of file 3");
}

/// A sender may write into a span what looks like the log's own groups.
#[test]
fn w2_a_torn_group_is_not_taken_for_damage_by_what_its_payload_says() {
    let records = [Record {
        signal: Signal::Traces,
        payload: b"forged",
    }];
    let mut forged = Vec::new();
    for (sequence, nonce) in [(2, 0), (3, 0), (3, u64::MAX)] {
        let mut group = Vec::new();
        format::encode_group(&mut group, &records, sequence, nonce);
        forged.extend(group);
    }
    let disk = FakeDisk::default();
    let mut wal = open(&disk).unwrap().wal;
    append(&mut wal, &group(1)).unwrap();
    append(&mut wal, &[forged]).unwrap();
    disk.edit(&path(1), |bytes| {
        bytes[places(1)[0].end.next_multiple_of(8)] ^= 1;
    });
    let opened = open(&disk).unwrap();
    assert_eq!(opened.payloads, group(1));
    assert!(opened.torn.is_some());
}

#[test]
fn a_file_of_a_later_version_is_named_with_its_version() {
    let disk = disk_with(1);
    edit_header(&disk, &path(1), |header| {
        header[8] = 3;
    });
    let error = open(&disk).unwrap_err();
    let expected = format!(
        "{} has format version 3; this program knows up to 2: open it with the version of Clew \
         that wrote it, or a later one",
        path(1).display()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn other_files_in_the_directory_are_left_alone() {
    let disk = disk_with(2);
    for name in [
        "notes.txt",
        "wal-1.log",
        "wal-0000000000000001.log.bak",
        "wal-000000000000000x.log",
        "wal-0000000000000000.log",
    ] {
        disk.create(&dir().join(name), 10).unwrap();
    }
    assert_eq!(open(&disk).unwrap().payloads, payloads([1, 2]));
    assert_eq!(disk.list(&dir()).unwrap().len(), 7);
}
