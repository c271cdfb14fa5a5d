use super::*;

#[test]
fn it_is_said_once_until_it_has_ended() {
    let notice = Notice::default();
    let began = Instant::now();
    assert!(!notice.end());
    assert!(notice.begin(began));
    assert!(!notice.begin(began));
    assert!(!notice.begin(began + 2 * QUIET));
    assert!(notice.end());
    assert!(!notice.end());
    assert!(notice.begin(began + 2 * QUIET));
}

#[test]
fn what_comes_and_goes_is_said_now_and_then() {
    let notice = Notice::default();
    let began = Instant::now();
    assert!(notice.begin(began));
    assert!(notice.end());
    // Neither its second beginning nor its end is worth a line so soon.
    assert!(!notice.begin(began + QUIET / 2));
    assert!(!notice.end());
    assert!(notice.begin(began + QUIET));
}
