//! Which requests go on with a trace and which start one: the processing model.

use std::collections::HashSet;

use crate::harness::{
    PARENT_ID, Service, TRACE_ID, TRACEPARENT, check_continued, check_restarted, check_tracestate,
};

#[test]
fn without_headers_a_trace_starts() {
    check_restarted(&[&[]]);
}

#[test]
fn a_traceparent_alone_is_continued() {
    check_continued(&[&[TRACEPARENT]]);
    check_tracestate(&[(&[], "")]);
}

#[test]
fn two_traceparent_headers_are_both_refused() {
    check_restarted(&[
        &[
            TRACEPARENT,
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ],
        &[
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            TRACEPARENT,
        ],
        &[TRACEPARENT, TRACEPARENT],
    ]);
}

#[test]
fn a_tracestate_without_a_traceparent_is_dropped() {
    check_restarted(&[&["tracestate: foo=1"], &["tracestate: foo=1,bar=2"]]);
}

#[test]
fn both_headers_are_carried_on() {
    check_tracestate(&[(&["tracestate: foo=1,bar=2"], "foo=1,bar=2")]);
}

/// Three calls that come of one request: their trace ids, and that their spans differ.
fn three_calls(lines: &[&str]) -> HashSet<String> {
    let calls = Service::start().calls(lines, 3);
    let parent_ids: HashSet<_> = calls.iter().map(|call| &*call.parent_id).collect();
    assert_eq!(parent_ids.len(), 3, "{calls:?}");
    assert!(!parent_ids.contains(PARENT_ID), "{calls:?}");
    calls.into_iter().map(|call| call.trace_id).collect()
}

#[test]
fn several_calls_of_a_trace_are_spans_of_their_own() {
    assert_eq!(
        three_calls(&[TRACEPARENT]),
        HashSet::from([TRACE_ID.to_owned()])
    );
}

#[test]
fn several_calls_of_a_new_trace_are_spans_of_their_own() {
    assert_eq!(
        three_calls(&[]).len(),
        1,
        "the calls belong to one new trace"
    );
}

#[test]
fn several_calls_after_an_invalid_traceparent_share_a_new_trace() {
    let zeros = "0".repeat(32);
    let trace_ids = three_calls(&[&format!("traceparent: 00-{zeros}-{PARENT_ID}-01")]);
    assert_eq!(trace_ids.len(), 1, "the calls belong to one new trace");
    assert!(!trace_ids.contains(&zeros));
}

/// Level 2: whoever goes on with a trace must not change the random flag.
#[test]
fn the_random_flag_is_carried_on_set_or_not() {
    let service = Service::start();
    for (flags, random) in [
        ("00", 0),
        ("01", 0),
        ("02", 2),
        ("03", 2),
        ("fd", 0),
        ("ff", 2),
    ] {
        let call = service.call(&[&format!("traceparent: 00-{TRACE_ID}-{PARENT_ID}-{flags}")]);
        assert_eq!(call.trace_id, TRACE_ID, "for {flags}");
        assert_ne!(call.parent_id, PARENT_ID, "for {flags}");
        assert_eq!(call.flags & 0x02, random, "for {flags}");
        assert_eq!(
            call.flags & !0x03,
            0,
            "flags that are reserved, for {flags}"
        );
    }
}
