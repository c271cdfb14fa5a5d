use proptest::prelude::*;

use super::*;
use crate::tracestate::TraceStateViolation;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
const OTHER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: http::HeaderName = name.parse().unwrap();
        headers.append(name, value.parse().unwrap());
    }
    headers
}

/// What a service that passes the context on unchanged would send.
fn forwarded(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut outgoing = HeaderMap::new();
    if let Some(context) = TraceContext::extract(&headers(lines)).context {
        context.inject(&mut outgoing);
    }
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    outgoing
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

fn check(lines: &[(&str, &str)], expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(forwarded(lines), expected, "{lines:?}");
}

#[test]
fn both_headers_go_on() {
    check(
        &[("traceparent", TRACEPARENT)],
        &[("traceparent", TRACEPARENT)],
    );
    check(
        &[
            ("TraceParent", TRACEPARENT),
            ("TRACESTATE", "foo=bar"),
            ("tracestate", " a=1"),
        ],
        &[("traceparent", TRACEPARENT), ("tracestate", "foo=bar,a=1")],
    );
}

#[test]
fn white_space_around_a_value_is_ignored() {
    let padded = format!("\t {TRACEPARENT} \t");
    check(&[("traceparent", &padded)], &[("traceparent", TRACEPARENT)]);
}

#[test]
fn an_empty_tracestate_is_not_sent() {
    for empty in ["", " ", ",", " , ,"] {
        check(
            &[("traceparent", TRACEPARENT), ("tracestate", empty)],
            &[("traceparent", TRACEPARENT)],
        );
    }
}

#[test]
fn without_a_traceparent_there_is_no_context() {
    check(&[], &[]);
    check(&[("tracestate", "foo=bar")], &[]);
    check(
        &[("trace-parent", TRACEPARENT), ("trace.parent", TRACEPARENT)],
        &[],
    );
}

#[test]
fn two_traceparent_headers_are_refused_even_if_they_are_equal() {
    for second in [OTHER, TRACEPARENT] {
        let lines = [
            ("traceparent", TRACEPARENT),
            ("traceparent", second),
            ("tracestate", "a=1"),
        ];
        let extracted = TraceContext::extract(&headers(&lines));
        assert_eq!(extracted.context, None);
        assert_eq!(extracted.discarded, Some(Discarded::RepeatedTraceParent));
    }
}

#[test]
fn an_invalid_traceparent_takes_the_tracestate_with_it() {
    let lines = [("traceparent", "00-1-1-1"), ("tracestate", "foo=bar")];
    let extracted = TraceContext::extract(&headers(&lines));
    assert_eq!(extracted.context, None);
    assert_eq!(
        extracted.discarded.unwrap().to_string(),
        "traceparent is invalid at byte offset 4: \
         '-' where one of the 32 lower-case hexadecimal digits of trace-id belongs"
    );
}

#[test]
fn an_invalid_tracestate_leaves_the_traceparent() {
    let lines = [
        ("traceparent", TRACEPARENT),
        ("tracestate", "foo=1"),
        ("tracestate", "BAR=2"),
    ];
    let extracted = TraceContext::extract(&headers(&lines));
    let context = extracted.context.unwrap();
    assert_eq!(context.traceparent.to_string(), TRACEPARENT);
    assert!(context.tracestate.is_empty());
    let Some(Discarded::TraceState(error)) = extracted.discarded else {
        panic!("{:?}", extracted.discarded);
    };
    assert_eq!(
        (error.offset, error.violation),
        (6, TraceStateViolation::KeyStart { found: b'B' })
    );
}

#[test]
fn injecting_replaces_what_was_there() {
    let context = TraceContext::from_lines([TRACEPARENT], [""; 0])
        .context
        .unwrap();
    let mut outgoing = headers(&[
        ("traceparent", OTHER),
        ("traceparent", OTHER),
        ("tracestate", "old=1"),
        ("accept", "*/*"),
    ]);
    context.inject(&mut outgoing);
    assert_eq!(
        outgoing,
        headers(&[("traceparent", TRACEPARENT), ("accept", "*/*")])
    );
}

proptest! {
    #[test]
    fn any_lines_are_read_or_refused(
        traceparents in proptest::collection::vec("[0-9a-f-]{50,58}", 0..3),
        tracestates in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..3),
    ) {
        let extracted = TraceContext::from_lines(&traceparents, &tracestates);
        let is_one_traceparent = matches!(&traceparents[..], [one] if TraceParent::parse(one).is_ok());
        prop_assert_eq!(extracted.context.is_some(), is_one_traceparent);
    }

    #[test]
    fn what_is_read_is_read_again_where_it_is_sent_on(
        traceparent in "(00|0[1-9])-[0-9a-f]{31}1-[0-9a-f]{15}1-[0-9a-f]{2}",
        tracestates in proptest::collection::vec("[a-c]=[0-9]{1,3}|[a-c =,]{0,6}", 0..3),
    ) {
        let read = TraceContext::from_lines(&[&traceparent], &tracestates).context;
        prop_assert!(read.is_some());
        let read = read.unwrap();
        let mut headers = HeaderMap::new();
        read.inject(&mut headers);
        let again = TraceContext::extract(&headers).context.unwrap();
        // Whatever version it was of, it is sent on in ours.
        prop_assert_eq!(again.traceparent.to_string(), read.traceparent.to_string());
        prop_assert_eq!(&again.traceparent.to_string()[3..52], &traceparent[3..52]);
        prop_assert_eq!(again.tracestate, read.tracestate);
    }
}
