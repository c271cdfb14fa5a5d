use super::{diff, fits, has_appeared};

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

fn shown(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn check(pattern: &str, output: &str, expected: bool) {
    assert_eq!(fits(&shown(pattern), &lines(output)), expected);
}

#[test]
fn equal_lines_fit() {
    check("a\nb", "a\nb  ", true);
    check("a\nb", "a", false);
    check("a", "a\nb", false);
    check("", "", true);
    check("", "a", false);
}

#[test]
fn any_text_within_a_line() {
    check("id [..], took [..] ms", "id 4bf9, took 12 ms", true);
    check("id [..], took [..] ms", "id 4bf9, took 12 s", false);
    check("[..]b", "ab", true);
    check("a[..]", "a", true);
    check("aba[..]a", "aba", false);
    check("[..]ab[..]ab", "ab", false);
}

#[test]
fn any_number_of_lines() {
    check("a\n...\nd", "a\nb\nc\nd", true);
    check("a\n...\nd", "a\nd", true);
    check("...\nb\nc\n...", "b\nx\nb\nc", true);
    check("...\nb", "a\nc", false);
    check("...", "", true);
}

#[test]
fn what_is_shown_may_be_the_start() {
    let ready = shown("...\nlistening on [..]");
    assert!(!has_appeared(&ready, &lines("starting")));
    assert!(has_appeared(
        &ready,
        &lines("starting\nlistening on 1\nmore")
    ));
}

#[test]
fn a_diff_shows_both_sides() {
    let pattern = shown("a\nb\n...\ne");
    assert_eq!(
        diff(&pattern, &lines("a\nx\nc\ne\nf")),
        "  a\n- b\n  x\n  c\n  e\n+ f"
    );
    assert_eq!(diff(&shown("a\nb"), &lines("x\na")), "+ x\n  a\n- b");
    assert_eq!(diff(&shown("..."), &lines("x")), "  x");
}
