//! What a `tracestate` looks like, and what makes it go.

use crate::harness::check_tracestate;

#[test]
fn another_header_name_is_not_a_tracestate() {
    check_tracestate(&[(&["trace-state: foo=1"], ""), (&["trace.state: foo=1"], "")]);
}

#[test]
fn the_header_name_is_case_insensitive() {
    check_tracestate(&[
        (&["TraceState: foo=1"], "foo=1"),
        (&["TrAcEsTaTe: foo=1"], "foo=1"),
        (&["TRACESTATE: foo=1"], "foo=1"),
    ]);
}

#[test]
fn an_empty_line_is_accepted_and_not_sent() {
    check_tracestate(&[
        (&["tracestate:"], ""),
        (&["tracestate: foo=1", "tracestate:"], "foo=1"),
        (&["tracestate:", "tracestate: foo=1"], "foo=1"),
    ]);
}

#[test]
fn several_lines_are_joined_in_their_order() {
    check_tracestate(&[(
        &[
            "tracestate: foo=1,bar=2",
            "tracestate: rojo=1,congo=2",
            "tracestate: baz=3",
        ],
        "foo=1,bar=2,rojo=1,congo=2,baz=3",
    )]);
}

/// A receiver may drop a repeated key or carry it on; this one carries it on.
#[test]
fn repeated_keys_do_no_harm() {
    check_tracestate(&[
        (&["tracestate: foo=1,foo=1"], "foo=1,foo=1"),
        (&["tracestate: foo=1,foo=2"], "foo=1,foo=2"),
        (&["tracestate: foo=1", "tracestate: foo=1"], "foo=1,foo=1"),
        (&["tracestate: foo=1", "tracestate: foo=2"], "foo=1,foo=2"),
    ]);
}

#[test]
fn every_character_of_the_grammar_is_carried() {
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|c| !",=".contains(*c)).collect();
    let check = |member: &str| check_tracestate(&[(&[&format!("tracestate: {member}")], member)]);
    check(&format!("{key}={value}"));
    check(&format!("{key}@{key}={value}"));
    check(&format!("0{key}={value}"));
}

#[test]
fn white_space_around_members_is_ignored() {
    check_tracestate(&[
        (
            &["tracestate: foo=1 \t , \t bar=2, \t baz=3"],
            "foo=1,bar=2,baz=3",
        ),
        (
            &["tracestate: foo=1\t \t,\t \tbar=2,\t \tbaz=3"],
            "foo=1,bar=2,baz=3",
        ),
        (&["tracestate:  foo=1"], "foo=1"),
        (&["tracestate:\tfoo=1"], "foo=1"),
        (&["tracestate: foo=1 "], "foo=1"),
        (&["tracestate: foo=1\t"], "foo=1"),
        (&["tracestate:\t foo=1 \t"], "foo=1"),
        (&["tracestate: foo= 1"], "foo= 1"),
    ]);
}

#[test]
fn a_wrong_key_discards_the_list() {
    check_tracestate(&[
        (&["tracestate: foo =1"], ""),
        (&["tracestate: FOO=1"], ""),
        (&["tracestate: foo.bar=1"], ""),
        (&["tracestate: _foo=1"], ""),
        (&["tracestate: bar=2", "tracestate: =1"], ""),
        (&["tracestate: bar=2,foo"], ""),
    ]);
}

/// Level 1 had one `@` between tenant and system; to Level 2 it is a character of a key.
#[test]
fn a_key_may_have_at_signs_but_not_start_with_one() {
    check_tracestate(&[
        (&["tracestate: foo@=1,bar=2"], "foo@=1,bar=2"),
        (&["tracestate: @foo=1,bar=2"], ""),
        (&["tracestate: foo@@bar=1,bar=2"], "foo@@bar=1,bar=2"),
        (&["tracestate: foo@bar@baz=1,bar=2"], "foo@bar@baz=1,bar=2"),
    ]);
}

#[test]
fn a_list_has_no_more_than_32_members() {
    let members: Vec<_> = (1..=33).map(|n| format!("bar{n:02}={n:02}")).collect();
    let line = |members: &[String]| format!("tracestate: {}", members.join(","));
    let full = [&members[..10], &members[10..20], &members[20..32]].map(line);
    let too_long = [&members[..10], &members[10..20], &members[20..33]].map(line);
    check_tracestate(&[
        (
            &full.each_ref().map(String::as_str),
            &members[..32].join(","),
        ),
        (&too_long.each_ref().map(String::as_str), ""),
    ]);
}

#[test]
fn a_key_has_no_more_than_256_characters() {
    let check = |key: &str, expected: &str| {
        let line = format!("tracestate: {key}=1");
        check_tracestate(&[(&["tracestate: foo=1", &line], expected)]);
    };
    for key in [
        "z".repeat(256),
        format!("{}@{}", "t".repeat(241), "v".repeat(14)),
        format!("{}@v", "t".repeat(242)),
        format!("t@{}", "v".repeat(15)),
    ] {
        check(&key, &format!("foo=1,{key}=1"));
    }
    check(&"z".repeat(257), "");
}

#[test]
fn a_wrong_value_discards_the_list() {
    check_tracestate(&[
        (&["tracestate: foo=bar=baz"], ""),
        (&["tracestate: foo=,bar=3"], ""),
        (&["tracestate: bar=3,foo="], ""),
        (&["tracestate: foo=a\tb,bar=3"], ""),
    ]);
}
