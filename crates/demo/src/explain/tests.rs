use clew_trace_context::{TraceParent, TraceState};

use super::*;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";

/// What a reader without colours sees.
fn plain(explanation: &Explanation) -> String {
    anstream::adapter::strip_str(&explanation.text).to_string()
}

/// The whole explanation.
fn check(traceparent: &str, tracestate: Option<&str>, is_valid: bool, expected: &str) {
    let explanation = explain(traceparent, tracestate);
    assert_eq!(plain(&explanation), expected.trim_start_matches('\n'));
    assert_eq!(explanation.is_valid, is_valid);
}

#[test]
fn a_traceparent_is_taken_apart() {
    check(
        TRACEPARENT,
        None,
        true,
        "
traceparent is valid

  00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03

  version      00
               The version of the format.
  trace-id     0af7651916cd43dd8448eb211c80319c
               The trace. Every span that results from one request carries this
               id, in every service.
  parent-id    b7ad6b7169203331
               The span that sent the request: the parent of the span that the
               receiver starts.
  trace-flags  03
               01 sampled is set: the sender may have recorded its spans.
               02 random is set: the last 7 bytes of the trace-id are random.

  https://www.w3.org/TR/trace-context-2/#traceparent-header
",
    );
}

#[test]
fn a_later_version_and_reserved_flags_are_named() {
    check(
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0c-what\u{1b}[31m",
        None,
        true,
        r"
traceparent is valid

  cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0c-what\x1b[31m

  version      cc
               A later version of the format than 00. A receiver that knows 00
               reads the same four fields and sends them on as version 00.
  trace-id     0af7651916cd43dd8448eb211c80319c
               The trace. Every span that results from one request carries this
               id, in every service.
  parent-id    b7ad6b7169203331
               The span that sent the request: the parent of the span that the
               receiver starts.
  trace-flags  0c
               01 sampled is not set: the sender did not record its spans.
               02 random is not set: the trace-id may have been made in any way.
               0c is reserved: a receiver ignores it and sends zero.
  (unknown)    -what\x1b[31m
               What a later version adds is not read.

  https://www.w3.org/TR/trace-context-2/#traceparent-header
",
    );
}

/// What is said of the `tracestate` beside a valid `traceparent`.
fn check_tracestate(tracestate: &str, is_valid: bool, expected: &str) {
    let explanation = explain(TRACEPARENT, Some(tracestate));
    let text = plain(&explanation);
    let start = text.find("tracestate is").unwrap();
    assert_eq!(&text[start..], expected.trim_start_matches('\n'));
    assert_eq!(explanation.is_valid, is_valid);
}

#[test]
fn a_tracestate_is_taken_apart() {
    check_tracestate(
        "foo=bar,  congo=t61rcWkgMzE",
        true,
        "
tracestate is valid

  foo=bar,congo=t61rcWkgMzE

  foo    bar
  congo  t61rcWkgMzE

  2 of at most 32 members. Each belongs to one tracing system and means nothing
  to the others, which pass it on. The left-most was written last.

  https://www.w3.org/TR/trace-context-2/#tracestate-header
",
    );
    check_tracestate(
        " , ",
        true,
        "
tracestate is valid

  It has no members. A receiver accepts that; a sender should not send it.

  https://www.w3.org/TR/trace-context-2/#tracestate-header
",
    );
}

#[test]
fn a_repeated_key_and_a_long_list_are_remarked_on() {
    let long = "v".repeat(256);
    let text = plain(&explain(
        TRACEPARENT,
        Some(&format!("foo={long},a=1,foo={long}")),
    ));
    assert!(text.contains("\n  The key foo occurs more than once: only the first counts.\n"));
    assert!(text.contains(
        "\n  It has 525 characters. A system on the way may drop members to keep to 512.\n"
    ));
}

#[test]
fn a_mistake_is_shown_with_its_rule() {
    check(
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-03",
        Some("foo=1,Bar=2"),
        false,
        "
traceparent is invalid at byte offset 34

  00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-03
                                    ^
  '-' where one of the 32 lower-case hexadecimal digits of trace-id belongs
  The trace-id is too short by 1.

  A trace-id is 16 bytes, not all of them zero, as 32 digits of 0-9 and a-f.
  A receiver ignores both headers and starts a new trace.

  https://www.w3.org/TR/trace-context-2/#trace-id

tracestate is invalid at byte offset 6

  foo=1,Bar=2
        ^
  'B' starts a key, but only a-z and 0-9 may
  Letters in upper case are not allowed.

  A key starts with a-z or 0-9 and goes on with up to 255 characters out of a-z,
  0-9 and _-*/@.
  A receiver may discard the whole tracestate, as Clew does. A valid traceparent
  counts all the same.

  https://www.w3.org/TR/trace-context-2/#key
",
    );
}

/// What is said from the caret on, up to the rule, and the section that the link leads to.
fn check_mistake(explanation: &Explanation, expected: &[&str], section: &str) {
    let text = plain(explanation);
    let from_value: Vec<_> = text
        .lines()
        .skip_while(|line| !line.contains(" is invalid at byte offset "))
        .skip(2)
        .take_while(|line| !line.is_empty())
        .map(|line| line.strip_prefix("  ").unwrap())
        .collect();
    assert_eq!(from_value, expected);
    let link = format!("https://www.w3.org/TR/trace-context-2/#{section}\n");
    assert!(text.ends_with(&link), "{section} in {text}");
    assert!(!explanation.is_valid);
}

fn check_traceparent_mistake(expected: &[&str], section: &str) {
    check_mistake(&explain(expected[0], None), expected, section);
}

#[test]
fn mistakes_in_the_version_and_the_trace_id_are_pointed_at() {
    let check = check_traceparent_mistake;
    check(
        &[
            "",
            "^",
            "it ends where one of the 2 lower-case hexadecimal digits of version belongs",
        ],
        "versioning-of-traceparent",
    );
    check(
        &[
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "^",
            "version ff is forbidden",
        ],
        "version",
    );
    check(
        &[
            "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            " ^",
            "'-' where one of the 2 lower-case hexadecimal digits of version belongs",
            "The version is too short by 1.",
        ],
        "versioning-of-traceparent",
    );
    check(
        &[
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "    ^",
            "'A' where one of the 32 lower-case hexadecimal digits of trace-id belongs",
            "Digits in upper case are not allowed.",
        ],
        "trace-id",
    );
    check(
        &[
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "   ^",
            "a trace-id of zeros is invalid",
        ],
        "trace-id",
    );
}

#[test]
fn mistakes_in_the_parent_id_the_flags_and_after_them_are_pointed_at() {
    let check = check_traceparent_mistake;
    check(
        &[
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331ab-01",
            "                                                    ^",
            "'a' where the dash after parent-id belongs",
            "The parent-id is too long by 2.",
        ],
        "parent-id",
    );
    check(
        &[
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "                                                    ^",
            "it ends where the dash after parent-id belongs",
        ],
        "parent-id",
    );
    check(
        &[
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "                                                      ^",
            "'x' where one of the 2 lower-case hexadecimal digits of trace-flags belongs",
        ],
        "trace-flags",
    );
    check(
        &[
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "                                                       ^",
            "version 00 ends after 55 characters, but more follow",
        ],
        "version-format",
    );
    check(
        &[
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.",
            "                                                       ^",
            "'.' where the dash after trace-flags belongs",
        ],
        "versioning-of-traceparent",
    );
}

#[test]
fn mistakes_in_a_tracestate_are_pointed_at() {
    let check = |expected: &[&str], section: &str| {
        check_mistake(&explain(TRACEPARENT, Some(expected[0])), expected, section);
    };
    check(
        &[
            "foo =1",
            "   ^",
            "' ' in a key, which has a-z, 0-9 and _-*/@ only",
            "White space is allowed around a member, but not before its equals sign.",
        ],
        "key",
    );
    check(
        &["=1", "^", "there is no key before the equals sign"],
        "key",
    );
    check(
        &["foo=", "    ^", "there is no value after the equals sign"],
        "value",
    );
    check(
        &[
            "foo=1,b",
            "       ^",
            "a member is key=value, but it ends without '='",
        ],
        "list-members",
    );
    check(
        &[
            "a=b=c",
            "   ^",
            "'=' in a value, which has printable ASCII without ',' and '='",
        ],
        "value",
    );
}

#[test]
fn a_long_header_is_cut_around_the_mistake() {
    let long = format!(
        "bar={},baz=\u{1b}[31m,{}",
        "v".repeat(100),
        "x=1,".repeat(40)
    );
    check_mistake(
        &explain(TRACEPARENT, Some(&long)),
        &[
            r"...vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv,baz=\x1b[31m,x=1,x...",
            "                                                             ^",
            r"'\x1b' in a value, which has printable ASCII without ',' and '='",
        ],
        "value",
    );
    let members = "x=1,".repeat(TraceState::MEMBERS_MAX);
    check_mistake(
        &explain(TRACEPARENT, Some(&format!("{members}y=2"))),
        &[
            "...,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,x=1,y=2",
            "                                                                        ^",
            "a list has at most 32 members",
        ],
        "tracestate-header-field-values",
    );
    let cut_off = format!("{TRACEPARENT}{}", "-".repeat(60));
    check_mistake(
        &explain(&cut_off, None),
        &[
            &format!("{TRACEPARENT}-----------------..."),
            &format!("{:1$}^", "", TraceParent::LEN),
            "version 00 ends after 55 characters, but more follow",
        ],
        "version-format",
    );
}

#[test]
fn a_header_may_be_pasted_with_its_name() {
    let pasted = explain(
        &format!("TraceParent: {TRACEPARENT} "),
        Some("\ttracestate:foo=bar"),
    );
    assert_eq!(pasted, explain(TRACEPARENT, Some("foo=bar")));
    assert!(pasted.is_valid);
}

#[test]
fn colours_mark_the_verdict_and_the_fields() {
    let valid = explain(TRACEPARENT, None).text;
    assert!(
        valid.starts_with("\u{1b}[1m\u{1b}[32mtraceparent is valid\u{1b}[0m\n"),
        "{valid:?}"
    );
    let trace_id = "\u{1b}[32m0af7651916cd43dd8448eb211c80319c\u{1b}[0m";
    assert_eq!(valid.matches(trace_id).count(), 2, "{valid:?}");
    let invalid = explain("", None).text;
    assert!(
        invalid.starts_with("\u{1b}[1m\u{1b}[31mtraceparent is invalid"),
        "{invalid:?}"
    );
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let wrong = [
        "",
        "00-",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.",
        TRACEPARENT,
    ];
    let lists = [
        "",
        "foo",
        "FOO=1",
        "foo=",
        "foo=1,bar=2",
        &"x=1,".repeat(33),
    ];
    for traceparent in wrong {
        for tracestate in lists {
            let explanation = explain(traceparent, Some(tracestate));
            for line in plain(&explanation).lines() {
                assert!(line.len() <= 80, "{line}");
            }
        }
    }
}
