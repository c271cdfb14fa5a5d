//! The log on a filesystem that fails, fills up and loses its power.

mod damage;
mod faults;
mod release;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Log, Lsn, Record, STATE_NAME, Signal, Wal, file_path};
use crate::disk::Disk;
use crate::disk::fake::{FakeDisk, Fault};
use crate::error::{DiskError, OpenError};

/// So short that a few groups fill a file.
const FILE_LEN: usize = 512;

fn dir() -> PathBuf {
    PathBuf::from("/wal")
}

fn path(number: u64) -> PathBuf {
    file_path(&dir(), number)
}

fn state_path() -> PathBuf {
    dir().join(STATE_NAME)
}

/// A log that was opened, and the payloads that it held.
struct Opened {
    wal: Wal,
    payloads: Vec<Vec<u8>>,
    /// The place of each payload.
    lsns: Vec<Lsn>,
    torn: Option<(PathBuf, u64)>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} payloads, torn: {:?}", self.payloads.len(), self.torn)
    }
}

fn open(disk: &FakeDisk) -> Result<Opened, OpenError> {
    open_on(Arc::new(disk.clone()), &dir())
}

fn open_on(disk: Arc<dyn Disk>, dir: &Path) -> Result<Opened, OpenError> {
    let mut payloads = Vec::new();
    let mut lsns = Vec::new();
    let replayed = Log::find(disk, dir)?.replay(FILE_LEN as u64, |group| {
        for record in group.records() {
            let (_, record) = record?;
            assert_eq!(record.signal, Signal::Traces);
            payloads.push(record.payload.to_vec());
            lsns.push(group.lsn);
        }
        Ok(())
    })?;
    Ok(Opened {
        wal: replayed.wal,
        payloads,
        lsns,
        torn: replayed.torn,
    })
}

/// The payloads of group `number`: one to three, told apart by their bytes, of several lengths.
fn group(number: u8) -> Vec<Vec<u8>> {
    let len = |position: u8| usize::from(number) * 7 % 90 + usize::from(position);
    (0..=number % 3)
        .map(|position| vec![number * 4 + position; len(position)])
        .collect()
}

fn append(wal: &mut Wal, payloads: &[Vec<u8>]) -> Result<Lsn, DiskError> {
    let records: Vec<Record<'_>> = payloads
        .iter()
        .map(|payload| Record {
            signal: Signal::Traces,
            payload,
        })
        .collect();
    wal.append(&records)
}

/// A log of so many groups, from number 1 on.
fn disk_with(groups: u8) -> FakeDisk {
    let disk = FakeDisk::default();
    let mut wal = open(&disk).unwrap().wal;
    for number in 1..=groups {
        append(&mut wal, &group(number)).unwrap();
    }
    disk
}

/// The same log, of which is written down where it ends.
fn closed_disk_with(groups: u8) -> FakeDisk {
    let disk = disk_with(groups);
    open(&disk).unwrap().wal.close().unwrap();
    disk
}

/// The same log as version 1 wrote it.
fn version_1_disk_with(groups: u8) -> FakeDisk {
    let disk = disk_with(groups);
    disk.remove(&state_path()).unwrap();
    for name in disk.list(&dir()).unwrap() {
        edit_header(&disk, &dir().join(name), |header| {
            header[8] = 1;
            header[48..56].fill(0);
        });
    }
    disk.sync_dir(&dir()).unwrap();
    disk
}

/// Changes a file's header, and makes its checksum right.
fn edit_header(disk: &FakeDisk, path: &Path, change: impl FnOnce(&mut [u8])) {
    disk.edit(path, |bytes| {
        change(&mut bytes[..60]);
        let crc = crc32fast::hash(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    });
}

/// The payloads of all these groups.
fn payloads(groups: impl IntoIterator<Item = u8>) -> Vec<Vec<u8>> {
    groups.into_iter().flat_map(group).collect()
}

#[test]
fn a_log_that_nothing_was_written_to_has_no_file() {
    let disk = FakeDisk::default();
    let opened = open(&disk).unwrap();
    assert!(opened.payloads.is_empty());
    assert!(disk.list(&dir()).unwrap().is_empty());
}

#[test]
fn groups_are_read_as_they_were_written() {
    let disk = disk_with(30);
    let opened = open(&disk).unwrap();
    assert_eq!(opened.payloads, payloads(1..=30));
    assert_eq!(opened.torn, None);
    let files = disk.list(&dir()).unwrap();
    assert!(
        files.len() > 4,
        "a file of {FILE_LEN} bytes is left when it is full: {files:?}"
    );
}

#[test]
fn every_record_is_read_at_the_place_that_it_was_written_to() {
    let disk = FakeDisk::default();
    let mut expected = Vec::new();
    for number in 1..=30 {
        let mut opened = open(&disk).unwrap();
        let failed = disk.state().steps;
        disk.fail_at(failed, Fault::Fails);
        append(&mut opened.wal, &group(60)).unwrap_err();
        let lsn = append(&mut opened.wal, &group(number)).unwrap();
        assert!(expected.last().is_none_or(|&last| last < lsn), "{lsn:?}");
        expected.extend(group(number).iter().map(|_| lsn));
    }
    assert_eq!(open(&disk).unwrap().lsns, expected);
}

#[test]
fn a_log_goes_on_where_it_ended() {
    let disk = disk_with(2);
    for number in 3..=20 {
        let mut opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads(1..number));
        append(&mut opened.wal, &group(number)).unwrap();
    }
    let files = disk.list(&dir()).unwrap().len();
    let files_of_one_run = disk_with(20).list(&dir()).unwrap().len();
    assert_eq!(files, files_of_one_run, "opening a log takes no new file");
}

#[test]
fn a_log_goes_on_after_it_was_closed() {
    let disk = FakeDisk::default();
    for number in 1..=20 {
        let mut opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads(1..number));
        append(&mut opened.wal, &group(number)).unwrap();
        opened.wal.close().unwrap();
    }
    assert_eq!(
        disk.list(&dir()).unwrap(),
        disk_with(20).list(&dir()).unwrap()
    );
}

#[test]
fn nothing_is_added_to_a_file_that_was_sealed_when_the_log_was_closed() {
    let disk = disk_with(3);
    let mut wal = open(&disk).unwrap().wal;
    let steps = disk.state().steps;
    disk.fail_at(steps, Fault::Fails);
    append(&mut wal, &group(4)).unwrap_err();
    wal.close().unwrap();
    // As if nothing of the group had reached the file.
    let end = disk_with(3).read(&path(1), u64::MAX).unwrap();
    let end = end.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    disk.edit(&path(1), |bytes| bytes[end..].fill(0));
    let bytes = disk.read(&path(1), u64::MAX).unwrap();
    append(&mut open(&disk).unwrap().wal, &group(4)).unwrap();
    assert!(disk.read(&path(1), u64::MAX).unwrap() == bytes);
    assert_eq!(open(&disk).unwrap().payloads, payloads(1..=4));
}

#[test]
fn a_log_that_nothing_was_written_to_is_closed_without_a_trace() {
    let disk = FakeDisk::default();
    open(&disk).unwrap().wal.close().unwrap();
    assert!(disk.list(&dir()).unwrap().is_empty());
}

#[test]
fn a_log_of_version_1_is_read_and_goes_on_in_a_new_file() {
    let disk = version_1_disk_with(20);
    let before = disk.list(&dir()).unwrap();
    open(&disk).unwrap().wal.close().unwrap();
    assert_eq!(
        disk.list(&dir()).unwrap(),
        before,
        "it can be used by either"
    );
    let last = path(before.len() as u64);
    let bytes = disk.read(&last, u64::MAX).unwrap();
    for number in 21..=23 {
        let mut opened = open(&disk).unwrap();
        assert_eq!(opened.payloads, payloads(1..number));
        append(&mut opened.wal, &group(number)).unwrap();
    }
    assert_eq!(open(&disk).unwrap().payloads, payloads(1..=23));
    assert!(disk.read(&last, u64::MAX).unwrap() == bytes);
}

#[test]
fn a_group_longer_than_a_file_gets_a_longer_file() {
    let disk = disk_with(1);
    let mut wal = open(&disk).unwrap().wal;
    let long = vec![vec![7; 3 * FILE_LEN]];
    append(&mut wal, &long).unwrap();
    append(&mut wal, &group(2)).unwrap();
    let expected = [payloads([1]), long, payloads([2])].concat();
    assert_eq!(open(&disk).unwrap().payloads, expected);
}
