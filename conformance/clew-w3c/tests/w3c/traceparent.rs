//! What a `traceparent` looks like, and what does not pass for one.

use crate::harness::{check_continued, check_restarted};

#[test]
fn another_header_name_is_not_a_traceparent() {
    check_restarted(&[
        &["trace-parent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["trace.parent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn the_header_name_is_case_insensitive() {
    check_continued(&[
        &["TraceParent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["TrAcEpArEnT: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["TRACEPARENT: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn white_space_around_the_value_is_ignored() {
    check_continued(&[
        &["traceparent:  00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: \t00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent:00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 "],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\t"],
        &["traceparent:\t 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 \t"],
    ]);
}

#[test]
fn version_00_ends_after_the_flags() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01."],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-from-the-future"],
    ]);
}

#[test]
fn a_later_version_may_go_on_after_a_dash() {
    check_continued(&[
        &["traceparent: cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"],
        &["traceparent: cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-from-the-future"],
    ]);
    check_restarted(&[&[
        "traceparent: cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.from-the-future",
    ]]);
}

#[test]
fn version_ff_is_forbidden() {
    check_restarted(&[
        &["traceparent: ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-from-the-future"],
    ]);
}

#[test]
fn a_version_is_digits_in_lower_case() {
    check_restarted(&[
        &["traceparent: .0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: 0.-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: +0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: CC-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_version_has_no_more_than_2_digits() {
    check_restarted(&[
        &["traceparent: 000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: 0000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_version_has_no_less_than_2_digits() {
    check_restarted(&[
        &["traceparent: 0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: -0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_trace_id_of_zeros_is_invalid() {
    check_restarted(&[&["traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01"]]);
}

#[test]
fn a_trace_id_is_digits_in_lower_case() {
    check_restarted(&[
        &["traceparent: 00-.af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319.-b7ad6b7169203331-01"],
        &["traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_trace_id_has_no_more_than_32_digits() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c0-b7ad6b7169203331-01"],
        &["traceparent: 00-00af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_trace_id_has_no_less_than_32_digits() {
    check_restarted(&[
        &["traceparent: 00-af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        &["traceparent: 00--b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_parent_id_of_zeros_is_invalid() {
    check_restarted(&[&["traceparent: 00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"]]);
}

#[test]
fn a_parent_id_is_digits_in_lower_case() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-.7ad6b7169203331-01"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333.-01"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01"],
    ]);
}

#[test]
fn a_parent_id_has_no_more_than_16_digits() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033310-01"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-0b7ad6b7169203331-01"],
    ]);
}

#[test]
fn a_parent_id_has_no_less_than_16_digits() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c--01"],
    ]);
}

#[test]
fn flags_are_digits_in_lower_case() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.0"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0."],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A"],
    ]);
}

#[test]
fn flags_have_no_more_than_2_digits() {
    check_restarted(&[&["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001"]]);
}

#[test]
fn flags_have_no_less_than_2_digits() {
    check_restarted(&[
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"],
        &["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"],
    ]);
}
