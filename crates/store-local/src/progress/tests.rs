use std::time::{Duration, Instant};

use super::{Meter, Progress};

/// Replays for so many steps of 50 ms each, ten bytes and one span each.
fn reports(steps: u32) -> Vec<Progress> {
    let mut reports = Vec::new();
    let began = Instant::now();
    let mut meter = Meter::new(|progress| reports.push(progress), 1000, began);
    for step in 1..=steps {
        meter.advance(10, 1, began + step * Duration::from_millis(50));
    }
    meter.finish();
    reports
}

#[test]
fn a_short_replay_is_quiet() {
    assert_eq!(reports(0), []);
    assert_eq!(reports(19), []);
}

#[test]
fn a_long_replay_reports_now_and_then_and_at_its_end() {
    let read = |bytes_read, spans| Progress {
        bytes_read,
        bytes_total: 1000,
        spans,
    };
    let expected = [read(200, 20), read(240, 24), read(280, 28), read(1000, 30)];
    assert_eq!(reports(30), expected);
}
