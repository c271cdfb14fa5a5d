//! The start of the log, which is given up once nobody needs it.

use std::path::{Path, PathBuf};

use super::{
    Lsn, append, closed_disk_with, dir, disk_with, group, open, payloads, state_path,
    version_1_disk_with,
};
use crate::disk::Disk;
use crate::disk::fake::{FakeDisk, Fault};

/// How many groups the logs have; they fill several files.
const GROUPS: u8 = 20;

/// Below which group they are released.
const UP_TO: u8 = 12;

/// How often each crash is tried with other sectors and names lost.
const POWER_LOSSES: u64 = 8;

/// The files of groups.
fn files(disk: &FakeDisk) -> Vec<PathBuf> {
    let names = disk.list(&dir()).unwrap().into_iter();
    let paths = names.map(|name| dir().join(name));
    paths.filter(|path| *path != state_path()).collect()
}

/// The sequence number with which the file begins.
fn first_sequence(disk: &FakeDisk, path: &Path) -> u64 {
    let header = disk.read(path, 64).unwrap();
    u64::from_le_bytes(header[40..48].try_into().unwrap())
}

/// The groups of the log, which are the last ones of `groups`: from which one on?
fn first_group(disk: &FakeDisk, groups: u8, context: &str) -> u8 {
    let opened = open(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    let lsn = opened.lsns[0];
    let first = u8::try_from(lsn.0).unwrap();
    assert_eq!(opened.payloads, payloads(first..=groups), "{context}");
    first
}

#[test]
fn whole_files_below_are_removed_and_no_others() {
    let beginning = disk_with(GROUPS);
    let all = files(&beginning);
    for up_to in 0..=GROUPS + 5 {
        let disk = beginning.fork();
        let mut wal = open(&disk).unwrap().wal;
        wal.release(Lsn(u64::from(up_to))).unwrap();
        let expected: Vec<_> = (0..all.len())
            .filter(|&file| {
                let next = all.get(file + 1);
                next.is_none_or(|next| first_sequence(&disk_with(GROUPS), next) > up_to.into())
            })
            .map(|file| all[file].clone())
            .collect();
        assert_eq!(files(&disk), expected, "up to {up_to}");
        append(&mut wal, &group(GROUPS + 1)).unwrap();
        let first = first_group(&disk, GROUPS + 1, &format!("up to {up_to}"));
        assert_eq!(u64::from(first), first_sequence(&disk, &expected[0]));
    }
}

#[test]
fn a_log_is_released_again_and_again_as_it_grows() {
    for closes in [false, true] {
        let disk = FakeDisk::default();
        let mut wal = open(&disk).unwrap().wal;
        for number in 1..=40 {
            let lsn = append(&mut wal, &group(number)).unwrap();
            wal.release(lsn).unwrap();
            assert!(files(&disk).len() <= 2, "{:?}", files(&disk));
            if closes {
                wal.close().unwrap();
                wal = open(&disk).unwrap().wal;
            } else if number % 3 == 0 {
                wal = open(&disk).unwrap().wal;
            }
        }
        first_group(&disk, 40, "at the end");
    }
}

#[test]
fn w2_a_missing_file_that_was_not_released_is_reported() {
    let disk = disk_with(GROUPS);
    open(&disk).unwrap().wal.release(Lsn(UP_TO.into())).unwrap();
    for file in files(&disk) {
        let disk = disk.fork();
        disk.remove(&file).unwrap();
        let error = open(&disk).unwrap_err().to_string();
        let name = file.to_str().unwrap();
        assert!(
            error.contains(name) && error.contains("is missing"),
            "{error}"
        );
    }
}

/// What a log may be when it is released.
fn beginnings() -> [(&'static str, FakeDisk); 3] {
    [
        ("a log that was killed", disk_with(GROUPS)),
        ("a log that was closed", closed_disk_with(GROUPS)),
        ("a log of version 1", version_1_disk_with(GROUPS)),
    ]
}

/// Opens the log, releases it and goes on, and says whether the last group was acknowledged.
fn run(disk: &FakeDisk) -> bool {
    let Ok(opened) = open(disk) else {
        return false;
    };
    let mut wal = opened.wal;
    wal.release(Lsn(UP_TO.into())).ok();
    let is_acknowledged = append(&mut wal, &group(GROUPS + 1)).is_ok();
    wal.close().ok();
    is_acknowledged
}

/// The log has what was not released, and the last group if it was acknowledged; and it can be used.
fn check(disk: &FakeDisk, is_acknowledged: bool, context: &str) {
    let mut opened = open(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    let last = u8::try_from(opened.lsns.last().unwrap().0).unwrap();
    assert!(
        last == GROUPS + 1 || last == GROUPS && !is_acknowledged,
        "{context}"
    );
    opened.wal.release(Lsn(UP_TO.into())).unwrap();
    append(&mut opened.wal, &group(last + 1)).unwrap();
    disk.lose_power(0);
    let first = first_group(disk, last + 1, context);
    assert!(
        first <= UP_TO,
        "{context}: a group is lost that was not released"
    );
    let floor = files(disk)
        .iter()
        .map(|file| first_sequence(disk, file))
        .min();
    assert_eq!(floor, Some(first.into()), "{context}: a file is left over");
    let released = disk_with(GROUPS);
    open(&released)
        .unwrap()
        .wal
        .release(Lsn(UP_TO.into()))
        .unwrap();
    assert_eq!(first, first_group(&released, GROUPS, context), "{context}");
}

#[test]
fn w1_a_crash_at_any_step_of_a_release_loses_nothing_else() {
    for (name, beginning) in beginnings() {
        for step in 0.. {
            let disk = beginning.fork();
            disk.fail_at(step, Fault::Dies);
            let is_acknowledged = run(&disk);
            if disk.state().steps <= step {
                // Making, writing, syncing and naming the state, and its directory.
                assert!(step >= 5, "{name}: {step} steps");
                break;
            }
            let context = format!("{name}, step {step}");
            check(&disk.fork(), is_acknowledged, &format!("{context}, killed"));
            for seed in 0..POWER_LOSSES {
                let context = format!("{context}, seed {seed}");
                let lost = disk.fork();
                lost.lose_power(seed);
                check(&lost, is_acknowledged, &format!("{context}, power lost"));
            }
            check_crashes_while_opening(&disk, is_acknowledged, &context);
        }
    }
}

/// The process that comes after one that was killed sees what is not safe, and must not build on it.
fn check_crashes_while_opening(disk: &FakeDisk, is_acknowledged: bool, context: &str) {
    for step in 0.. {
        let reopened = disk.fork();
        reopened.fail_at(step, Fault::Dies);
        open(&reopened).ok();
        for seed in 0..POWER_LOSSES {
            let lost = reopened.fork();
            lost.lose_power(seed);
            let context = format!("{context}, killed, opened up to step {step}, seed {seed}");
            check(&lost, is_acknowledged, &context);
        }
        if reopened.state().steps <= step {
            break;
        }
    }
}

#[test]
fn w1_a_release_that_failed_is_made_up_for_by_the_next() {
    for (name, beginning) in beginnings() {
        for step in 0.. {
            let disk = beginning.fork();
            disk.fail_at(step, Fault::Fails);
            let is_acknowledged = run(&disk);
            if disk.state().steps <= step {
                // Making, writing, syncing and naming the state, and its directory.
                assert!(step >= 5, "{name}: {step} steps");
                break;
            }
            let context = format!("{name}, fault at step {step}");
            check(&disk.fork(), is_acknowledged, &format!("{context}, killed"));
            disk.lose_power(step as u64);
            check(&disk, is_acknowledged, &format!("{context}, power lost"));
        }
    }
}

#[test]
fn a_file_that_could_not_be_removed_is_removed_by_the_next_release_or_when_the_log_is_opened() {
    let beginning = disk_with(GROUPS);
    let mut released = 0;
    for step in 0.. {
        let disk = beginning.fork();
        let mut wal = open(&disk).unwrap().wal;
        let steps = disk.state().steps;
        disk.fail_at(steps + step, Fault::Fails);
        if wal.release(Lsn(UP_TO.into())).is_ok() {
            released = files(&disk).len();
            break;
        }
        let reopened = disk.fork();
        open(&reopened).unwrap();
        wal.release(Lsn(1)).unwrap();
        wal.release(Lsn(UP_TO.into())).unwrap();
        first_group(&disk, GROUPS, "released again");
        // Making, writing, syncing and naming the state, and its directory.
        if step >= 5 {
            assert_eq!(files(&disk), files(&reopened));
        }
    }
    assert!(released > 0 && released < files(&beginning).len());
}

#[test]
fn a_log_of_which_nothing_is_needed_has_no_files_and_goes_on() {
    let disk = disk_with(GROUPS);
    let mut wal = open(&disk).unwrap().wal;
    wal.release_all().unwrap();
    wal.close().unwrap();
    assert_eq!(files(&disk), Vec::<PathBuf>::new());

    let mut opened = open(&disk).unwrap();
    assert!(opened.payloads.is_empty());
    let next = append(&mut opened.wal, &group(GROUPS + 1)).unwrap();
    assert_eq!(next, Lsn(u64::from(GROUPS) + 1));
    opened.wal.close().unwrap();
    let opened = open(&disk).unwrap();
    assert_eq!(opened.payloads, payloads(GROUPS + 1..=GROUPS + 1));
    assert_eq!(opened.wal.next(), Lsn(u64::from(GROUPS) + 2));
}

#[test]
fn w1_a_crash_at_any_step_of_a_release_of_all_loses_nothing_written_later() {
    let beginning = disk_with(GROUPS);
    let next_group = u64::from(GROUPS) + 1;
    for step in 0.. {
        let mut is_over = false;
        for seed in 0..POWER_LOSSES {
            let disk = beginning.fork();
            let mut wal = open(&disk).unwrap().wal;
            let before = disk.state().steps;
            disk.fail_at(before + step, Fault::Dies);
            let released = wal.release_all();
            let later = released.and_then(|()| append(&mut wal, &group(GROUPS + 1)));
            is_over = disk.state().steps <= before + step;
            drop(wal);
            disk.lose_power(seed);
            let mut opened = open(&disk).unwrap();
            if later.is_ok() {
                assert_eq!(opened.lsns.last(), Some(&Lsn(next_group)), "step {step}");
            }
            let next = opened.wal.next();
            assert!(next.0 >= next_group, "step {step}: a number is used again");
            assert_eq!(append(&mut opened.wal, &group(1)).unwrap(), next);
        }
        if is_over {
            assert!(step > 5, "a step was missed");
            return;
        }
    }
}

#[test]
fn all_is_released_though_the_state_could_not_be_written_before() {
    let beginning = disk_with(GROUPS);
    for step in 0.. {
        let disk = beginning.fork();
        let mut wal = open(&disk).unwrap().wal;
        let before = disk.state().steps;
        disk.fail_at(before + step, Fault::Fails);
        // Too long for what is left of the file.
        let appended = append(&mut wal, &[vec![1; 1000]]);
        let is_over = disk.state().steps <= before + step;
        disk.restart();
        wal.release_all().unwrap();
        // A file that was given its name, and the directory not synced: the next one takes its place.
        let is_named = step == 4;
        assert_eq!(files(&disk).len(), usize::from(is_named), "step {step}");
        let next = append(&mut wal, &group(1)).unwrap();
        assert_eq!(files(&disk).len(), 1, "step {step}");
        assert_eq!(next.0, u64::from(GROUPS) + 1 + u64::from(appended.is_ok()));
        drop(wal);
        for seed in 0..POWER_LOSSES {
            let lost = disk.fork();
            lost.lose_power(seed);
            let opened = open(&lost).unwrap();
            assert_eq!(opened.payloads, payloads(1..=1), "step {step}");
            assert_eq!(opened.wal.next().0, next.0 + 1);
        }
        if is_over {
            // Making a file takes five, and the state as many; the group two.
            assert!(step >= 12, "a step was missed: {step}");
            return;
        }
    }
}
