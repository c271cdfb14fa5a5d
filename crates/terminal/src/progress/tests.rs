use indicatif::InMemoryTerm;

use super::*;

#[track_caller]
fn check(done: u64, expected: &str) {
    let terminal = InMemoryTerm::new(3, 80);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let progress = Progress::start_on(target, "spans", 200);
    progress.show(done);
    let shown = terminal.contents();
    assert!(shown.starts_with(expected), "{shown}");
    assert!(shown.ends_with(" a second"), "{shown}");
    drop(progress);
    assert_eq!(terminal.contents(), "");
}

#[test]
fn the_bar_fills_as_the_work_goes_on() {
    let empty = "──────────────────────────────   0 %  0 of 200 spans, 0";
    check(0, empty);
    let half = "━━━━━━━━━━━━━━━───────────────  50 %  100 of 200 spans, ";
    check(100, half);
    let full = "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 100 %  200 of 200 spans, ";
    check(200, full);
}

#[test]
fn more_than_all_is_all() {
    let over = "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 100 %  203 of 200 spans, ";
    check(203, over);
}
