//! What goes wrong while the log is written.

use super::{
    FILE_LEN, append, closed_disk_with, dir, disk_with, group, open, path, payloads,
    version_1_disk_with,
};
use crate::disk::Disk;
use crate::disk::fake::{FakeDisk, Fault};

/// How many groups are written while something goes wrong.
const GROUPS: u8 = 12;

/// How often each crash is tried with other sectors lost.
const POWER_LOSSES: u64 = 8;

/// Opens the log and appends all groups from its first to the last, and says which of them were
/// acknowledged.
fn run(disk: &FakeDisk, first: u8) -> Vec<u8> {
    let Ok(opened) = open(disk) else {
        return Vec::new();
    };
    let mut wal = opened.wal;
    let is_acknowledged = |&number: &u8| append(&mut wal, &group(number)).is_ok();
    let acknowledged = (first..=GROUPS).filter(is_acknowledged).collect();
    wal.close().ok();
    acknowledged
}

/// How many steps a run takes in which nothing goes wrong, on a new disk and without closing.
fn steps_of_a_run() -> usize {
    let disk = disk_with(GROUPS);
    disk.state().steps
}

/// What a run may begin with, and how many groups it has.
fn beginnings() -> Vec<(&'static str, FakeDisk, u8)> {
    vec![
        ("a new log", FakeDisk::default(), 0),
        ("a log that was killed", disk_with(5), 5),
        ("a log that was closed", closed_disk_with(5), 5),
        ("a log of version 1", version_1_disk_with(5), 5),
    ]
}

/// The log holds these groups, and perhaps the one that was under way; and it can be used.
fn check(disk: &FakeDisk, acknowledged: &[u8], context: &str) {
    let opened_only = disk.fork();
    let mut opened = open(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    for seed in 0..2 {
        let disk = opened_only.fork();
        open(&disk).unwrap();
        disk.lose_power(seed);
        let again = open(&disk).unwrap_or_else(|error| panic!("{context}, twice: {error}"));
        assert_eq!(again.payloads, opened.payloads, "{context}, twice");
    }
    let kept = payloads(acknowledged.iter().copied());
    let is_kept = opened.payloads.starts_with(&kept);
    assert!(is_kept, "{context}: an acknowledged group is lost");
    let rest = &opened.payloads[kept.len()..];
    let under_way = group(u8::try_from(acknowledged.len() + 1).unwrap());
    assert!(
        rest.is_empty() || rest == under_way,
        "{context}: {rest:?} was never written"
    );

    let mut expected = opened.payloads;
    append(&mut opened.wal, &group(50)).unwrap();
    expected.extend(group(50));
    let killed = disk.fork();
    opened.wal.close().unwrap();
    for disk in [&killed, disk] {
        disk.lose_power(0);
        assert_eq!(open(disk).unwrap().payloads, expected, "{context}");
    }
}

#[test]
fn w1_a_crash_at_any_step_loses_nothing_that_was_acknowledged() {
    for (name, beginning, groups) in beginnings() {
        for step in 0.. {
            let disk = beginning.fork();
            disk.fail_at(step, Fault::Dies);
            let acknowledged: Vec<u8> = (1..=groups).chain(run(&disk, groups + 1)).collect();
            if disk.state().steps <= step {
                check_steps(step, groups, name);
                break;
            }
            let context = format!("{name}, step {step}");
            check(&disk.fork(), &acknowledged, &format!("{context}, killed"));
            check_crashes_while_opening(&disk, &acknowledged, &context);
            for seed in 0..POWER_LOSSES {
                let disk = disk.fork();
                disk.lose_power(seed);
                let context = format!("{context}, power lost, seed {seed}");
                check(&disk, &acknowledged, &context);
            }
        }
    }
}

/// Each of the steps of a run had its turn: it wrote and synced every group.
fn check_steps(steps: usize, groups: u8, name: &str) {
    let steps_min = 2 * usize::from(GROUPS - groups);
    assert!(steps >= steps_min, "{name}: {steps} steps");
}

/// The process that comes after one that was killed sees what is not safe, and must not build on it.
fn check_crashes_while_opening(disk: &FakeDisk, acknowledged: &[u8], context: &str) {
    for step in 0.. {
        let reopened = disk.fork();
        reopened.fail_at(step, Fault::Dies);
        open(&reopened).ok();
        if reopened.state().steps <= step {
            break;
        }
        reopened.lose_power(step as u64);
        let context = format!("{context}, killed, opened up to step {step}");
        check(&reopened, acknowledged, &context);
    }
}

#[test]
fn w1_a_crash_while_opening_loses_nothing() {
    let disk = disk_with(5);
    disk.state().steps = 0;
    open(&disk.fork()).unwrap();
    let mut step = 0;
    loop {
        let disk = disk.fork();
        disk.fail_at(step, Fault::Dies);
        let is_open = open(&disk).is_ok();
        for seed in 0..POWER_LOSSES {
            let disk = disk.fork();
            disk.lose_power(seed);
            check(
                &disk,
                &[1, 2, 3, 4, 5],
                &format!("power lost at step {step} of opening"),
            );
        }
        if is_open {
            break;
        }
        step += 1;
    }
    assert!(step >= 3, "opening writes, syncs, and syncs the directory");
}

/// Also after a failed sync, of which the system says nothing twice.
#[test]
fn w1_nothing_is_acknowledged_that_failed_and_the_log_goes_on_by_itself() {
    for (name, beginning, groups) in beginnings() {
        for step in 0.. {
            let disk = beginning.fork();
            disk.fail_at(step, Fault::Fails);
            let acknowledged: Vec<u8> = (1..=groups).chain(run(&disk, groups + 1)).collect();
            if disk.state().steps <= step {
                check_steps(step, groups, name);
                break;
            }
            let context = format!("{name}, fault at step {step}");
            let refused = usize::from(GROUPS) - acknowledged.len();
            let is_not_open = refused == usize::from(GROUPS - groups);
            assert!(refused <= 1 || is_not_open, "{context} fails {refused}");
            check_kept(&disk.fork(), &acknowledged, &format!("{context}, killed"));
            disk.lose_power(step as u64);
            check_kept(&disk, &acknowledged, &format!("{context}, power lost"));
        }
    }
}

/// The log holds these groups in this order, and of the others what failed at the most.
fn check_kept(disk: &FakeDisk, acknowledged: &[u8], context: &str) {
    let opened = open(disk).unwrap_or_else(|error| panic!("{context}: {error}"));
    let kept = payloads(acknowledged.iter().copied());
    let failed = payloads((1..=GROUPS).filter(|it| !acknowledged.contains(it)));
    let (found, others): (Vec<_>, Vec<_>) = opened
        .payloads
        .into_iter()
        .partition(|payload| kept.contains(payload));
    assert_eq!(found, kept, "{context}");
    assert!(others.is_empty() || others == failed, "{context}");
}

#[test]
fn w1_a_file_whose_sync_failed_is_not_written_again() {
    let disk = disk_with(1);
    let mut wal = open(&disk).unwrap().wal;
    let steps = disk.state().steps;
    disk.fail_at(steps + 1, Fault::Fails);
    append(&mut wal, &group(2)).unwrap_err();
    let poisoned = disk.read(&path(1), u64::MAX).unwrap();
    for number in 3..8 {
        append(&mut wal, &group(number)).unwrap();
    }
    assert_eq!(disk.read(&path(1), u64::MAX).unwrap(), poisoned);
    assert_eq!(open(&disk).unwrap().payloads, payloads([1, 3, 4, 5, 6, 7]));
}

#[test]
fn r1_files_do_not_pile_up_while_nothing_can_be_written() {
    let disk = FakeDisk::default();
    let mut wal = open(&disk).unwrap().wal;
    // Making, writing, syncing and naming the file, and its directory; the same for the state, once;
    // the group, and its sync.
    for steps_to_sync in [11, 6, 6, 6, 6, 6, 6] {
        let steps = disk.state().steps;
        disk.fail_at(steps + steps_to_sync, Fault::Fails);
        append(&mut wal, &group(1)).unwrap_err();
        assert_eq!(disk.state().steps, steps + steps_to_sync + 1);
    }
    assert_eq!(disk.list(&dir()).unwrap().len(), 2);
    append(&mut wal, &group(2)).unwrap();
    assert_eq!(open(&disk).unwrap().payloads, group(2));
}

/// A sync fails, the process ends, and the next one sees what is not on the disk.
#[test]
fn w1_what_a_failed_sync_left_in_sight_is_made_safe_before_it_counts() {
    for step in 0..steps_of_a_run() {
        let disk = FakeDisk::default();
        let mut wal = open(&disk).unwrap().wal;
        disk.fail_at(step, Fault::Fails);
        let mut acknowledged: Vec<u8> = Vec::new();
        for number in 1..=GROUPS {
            if append(&mut wal, &group(number)).is_err() {
                break;
            }
            acknowledged.push(number);
        }
        disk.restart();
        check(&disk, &acknowledged, &format!("fault at step {step}"));
    }
}

#[test]
fn r1_a_full_disk_keeps_what_it_has_and_goes_on_when_there_is_room() {
    let disk = FakeDisk::default();
    disk.state().room = Some(2 * FILE_LEN);
    let mut wal = open(&disk).unwrap().wal;
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for number in 1..=40 {
        match append(&mut wal, &group(number)) {
            Ok(_) => acknowledged.push(number),
            Err(_) => refused += 1,
        }
        if refused == 3 {
            disk.state().room = Some(100 * FILE_LEN);
        }
    }
    assert_eq!(refused, 3, "each is tried, until there is room");
    assert_eq!(acknowledged.len(), 37);
    disk.lose_power(1);
    assert_eq!(open(&disk).unwrap().payloads, payloads(acknowledged));
}

#[test]
fn r1_a_file_that_could_not_be_finished_takes_no_room() {
    // Of making, writing, syncing and naming it.
    for step in 0..4 {
        let disk = FakeDisk::default();
        let room = Some(FILE_LEN + 64);
        disk.state().room = room;
        let mut wal = open(&disk).unwrap().wal;
        disk.fail_at(step, Fault::Fails);
        append(&mut wal, &group(1)).unwrap_err();
        assert_eq!(disk.state().room, room, "step {step}");
        append(&mut wal, &group(1)).unwrap();
        assert_eq!(open(&disk).unwrap().payloads, group(1));
    }
}

/// The file has its room then, and needs none twice.
#[test]
fn r1_a_disk_too_full_for_the_state_goes_on_when_there_is_room_for_it() {
    let disk = FakeDisk::default();
    disk.state().room = Some(FILE_LEN);
    let mut wal = open(&disk).unwrap().wal;
    for _ in 0..3 {
        append(&mut wal, &group(1)).unwrap_err();
    }
    disk.state().room = Some(64);
    append(&mut wal, &group(1)).unwrap();
    assert_eq!(open(&disk).unwrap().payloads, group(1));
}

#[test]
fn what_a_crash_left_unfinished_is_removed() {
    let disk = disk_with(1);
    let unfinished = ["wal-unfinished.tmp", "wal-state.tmp"].map(|name| dir().join(name));
    for path in &unfinished {
        disk.create(path, FILE_LEN as u64).unwrap();
    }
    assert_eq!(open(&disk).unwrap().payloads, group(1));
    for path in unfinished {
        assert!(disk.len(&path).is_err());
    }
}
