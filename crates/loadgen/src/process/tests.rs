use std::time::Duration;

use super::{Memory, cpu_time, memory};

#[test]
fn cpu_time_is_that_of_user_and_system_whatever_the_name_is() {
    let stat = "71 (a) b (c) S 1 71 71 0 -1 4194304 4811 0 3 0 250 31 7 9 20 0 5 0 120 56 99";
    assert_eq!(cpu_time(stat), Some(Duration::from_millis(2810)));
    assert_eq!(cpu_time("71 (clew) S 1"), None);
}

#[test]
fn memory_is_in_bytes() {
    let status = "Name:\tclew\nVmHWM:\t   14336 kB\nVmRSS:\t    8192 kB\nRssAnon:\t    2048 kB\nThreads:\t3\n";
    let expected = Memory {
        resident: 8 << 20,
        anonymous: 2 << 20,
        peak: 14 << 20,
    };
    assert_eq!(memory(status), Some(expected));
    assert_eq!(memory("Name:\tkthreadd\n"), None);
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_tells_what_it_takes() {
    let own = super::WatchedProcess::of(std::process::id()).unwrap();
    let memory = own.memory().unwrap();
    assert!(0 < memory.anonymous && memory.anonymous <= memory.resident);
    assert!(memory.resident <= memory.peak);
    let before = own.cpu_time().unwrap();
    let mut sum = 0_u64;
    while own.cpu_time().unwrap() == before {
        sum = std::hint::black_box(sum + 1);
    }
}

#[test]
fn no_process_is_an_error() {
    assert!(super::WatchedProcess::of(u32::MAX).is_err());
}
