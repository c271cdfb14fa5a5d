//! What happens to the log while nobody writes it.

use std::ops::Range;

use super::{append, dir, disk_with, group, open, path, payloads};
use crate::disk::Disk;
use crate::disk::fake::FakeDisk;
use crate::error::OpenError;
use crate::wal::format::{self, FileHeader, Record, Signal};
use clew_store::StoreError;

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
    match open(disk) {
        Err(OpenError::Store(StoreError::Corrupt {
            file: found,
            offset,
            what,
        })) => {
            assert_eq!((found, offset), (path(file), expected as u64), "{what}");
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
fn w2_a_file_cut_off_in_its_last_group_loses_nothing_before_it() {
    let disk = disk_with(3);
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
    disk.edit(&path(1), |bytes| bytes.truncate(last_place.end - 1));
    check_corrupt(&disk, 1, last_place.start);
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
    disk.edit(&path(1), |bytes| {
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    });
    let error = open(&disk).unwrap_err();
    let expected = format!(
        "{} has format version 2; this program knows up to 1: open it with the version of Clew \
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
    ] {
        disk.create(&dir().join(name), 10).unwrap();
    }
    assert_eq!(open(&disk).unwrap().payloads, payloads([1, 2]));
    assert_eq!(disk.list(&dir()).unwrap().len(), 5);
}
