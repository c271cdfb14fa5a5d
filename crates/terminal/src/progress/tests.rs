use super::*;

fn bar(total: u64) -> Progress {
    Progress {
        unit: "spans",
        total,
        start: Instant::now(),
        is_watched: false,
    }
}

#[track_caller]
fn check(total: u64, done: u64, seconds: u64, expected: &str) {
    let line = bar(total).line(done, Duration::from_secs(seconds), 80);
    assert_eq!(line.text().trim_end(), expected);
    assert_eq!(line.width(), 79);
}

#[test]
fn the_bar_fills_as_the_work_goes_on() {
    let empty = "──────────────────────────────   0 %  0 of 200 spans, 0 a second";
    check(200, 0, 0, empty);
    let half = "━━━━━━━━━━━━━━━───────────────  50 %  100 of 200 spans, 50 a second";
    check(200, 100, 2, half);
    let full = "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 100 %  200 of 200 spans, 20 a second";
    check(200, 200, 10, full);
}

#[test]
fn more_than_all_is_all() {
    let over = "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 100 %  203 of 200 spans, 203 a second";
    check(200, 203, 1, over);
}

#[test]
fn a_narrow_terminal_cuts_the_line() {
    let line = bar(10).line(5, Duration::from_secs(1), 20);
    assert_eq!(line.width(), 19);
}
