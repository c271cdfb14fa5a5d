use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::ProcessGroup;

const DEADLINE: Duration = Duration::from_secs(10);

fn start(folder: &TempDir, script: &str) -> ProcessGroup {
    let output = folder.path().join("output");
    ProcessGroup::start(Command::new("bash"), script, &output).unwrap()
}

#[test]
fn a_program_runs_to_its_end() {
    let folder = TempDir::new().unwrap();
    let mut process = start(&folder, "echo out; echo err >&2; cat; exit 3");
    assert_eq!(process.wait(DEADLINE).unwrap().code(), Some(3));
    assert_eq!(process.output().unwrap(), "out\nerr\n");
    process.finish().unwrap();
}

#[test]
fn a_program_that_leaves_something_running_is_an_error_and_it_is_killed() {
    let folder = TempDir::new().unwrap();
    let beat = folder.path().join("beat");
    let script = format!("while :; do echo >>{}; sleep 0.01; done &", beat.display());
    let mut process = start(&folder, &script);
    process.wait(DEADLINE).unwrap();
    let error = process.finish().unwrap_err();
    assert_eq!(error.to_string(), "it left a process running");
    let length = || fs::metadata(&beat).unwrap().len();
    let last = length();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(length(), last, "it still runs");
}

#[test]
fn when_this_program_is_gone_all_is_ended() {
    let folder = TempDir::new().unwrap();
    let script = "trap 'echo told; exit 5' TERM; echo ready; sleep 1000 & wait";
    let mut process = start(&folder, script);
    let ready = |process: &ProcessGroup| Ok(process.output()? == "ready\n");
    process.wait_until(DEADLINE, ready).unwrap();
    drop(process.shell.stdin.take());
    assert_eq!(process.wait(DEADLINE).unwrap().code(), Some(5));
    assert_eq!(process.output().unwrap(), "ready\ntold\n");
}

#[test]
fn ctrl_c_reaches_what_the_shell_runs() {
    let folder = TempDir::new().unwrap();
    // One program says so and sleeps: between two, Ctrl-C would find the shell alone.
    let mut process = start(&folder, "sh -c 'echo ready; exec sleep 1000'; true");
    let ready = |process: &ProcessGroup| Ok(process.output()? == "ready\n");
    assert!(process.wait_until(DEADLINE, ready).unwrap().is_none());
    process.interrupt().unwrap();
}

#[test]
fn a_program_that_takes_too_long_is_an_error() {
    let folder = TempDir::new().unwrap();
    let mut process = start(&folder, "sleep 1000");
    let error = process.wait(Duration::from_millis(50)).unwrap_err();
    assert!(error.to_string().contains("did not get there"));
}

#[test]
fn colours_are_no_text() {
    let folder = TempDir::new().unwrap();
    let mut process = start(&folder, r"printf 'a\033[1;31mb\033[0m c'");
    process.wait(DEADLINE).unwrap();
    assert_eq!(process.output().unwrap(), "ab c");
}
