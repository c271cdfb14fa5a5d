use std::time::Duration;

use clew_model::{KeyValue, Span, SpanKind, Timestamp, Value};
use clew_store::QueryContext;
use clew_testkit::{service, span, span_id, trace_id};

use super::*;

const REMOTE: u32 = HAS_IS_REMOTE | IS_REMOTE;

fn timed(service_name: &str, id: u64, parent: Option<u64>, kind: SpanKind, ms: [u64; 2]) -> Span {
    let at = |ms: u64| Timestamp::from_unix_nanos(1_000_000_000 + ms * 1_000_000);
    let remote = if kind == SpanKind::Server {
        IS_REMOTE
    } else {
        0
    };
    Span {
        parent_span_id: parent.map(span_id),
        kind,
        start: at(ms[0]),
        end: at(ms[1]),
        flags: HAS_IS_REMOTE | remote | 1,
        ..span(&service(service_name), 1, id)
    }
}

fn with(key: &str, value: impl Into<Value>, mut span: Span) -> Span {
    span.attributes.push(KeyValue::new(key, value));
    span
}

use SpanKind::{Client, Internal, Server};

/// A request through two services.
fn whole() -> Vec<Span> {
    vec![
        timed("client", 1, None, Client, [0, 100]),
        timed("web", 2, Some(1), Server, [5, 95]),
        timed("web", 3, Some(2), Internal, [6, 90]),
        timed("web", 4, Some(3), Client, [10, 60]),
        timed("cart", 5, Some(4), Server, [12, 58]),
        with(
            "db.system.name",
            "postgresql",
            timed("cart", 6, Some(5), Client, [20, 30]),
        ),
    ]
}

fn hops_of(spans: &[Span]) -> Vec<Hop> {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut hops = Hops::new(trace_id(1), &context);
    for span in spans {
        hops.add(span).unwrap();
    }
    let (mut hops, _) = hops.follow(&mut context.hold()).unwrap();
    hops.sort_by_key(Hop::start);
    hops
}

fn ids(hop: &Hop) -> [Option<u64>; 2] {
    let id = |span: &Option<HopSpan>| Some(u64::from_be_bytes(span.as_ref()?.id.to_bytes()));
    [id(&hop.caller), id(&hop.callee)]
}

fn problems(hops: &[Hop]) -> Vec<(ProblemKind, &str)> {
    let problems = hops.iter().flat_map(|hop| &hop.problems);
    problems.map(|it| (it.kind, it.what.as_str())).collect()
}

#[test]
fn a_whole_trace_has_a_hop_for_each_call_between_processes() {
    let hops = hops_of(&whole());
    let pairs: Vec<_> = hops.iter().map(ids).collect();
    assert_eq!(pairs, [[Some(1), Some(2)], [Some(4), Some(5)]]);
    assert_eq!(problems(&hops), []);
    let header = hops[1].traceparent.as_ref().unwrap();
    let expected = format!("00-{}-{}-01", trace_id(1), span_id(4));
    assert_eq!(
        (header.value.as_str(), header.source),
        (&*expected, HeaderSource::Reconstructed)
    );
    assert_eq!(hops[1].tracestate, None);
}

#[test]
fn headers_are_told_as_they_were_recorded() {
    let recorded = format!("00-{}-{}-03", trace_id(1), span_id(1));
    let mut spans = whole();
    let header = Value::Array(vec![recorded.as_str().into()]);
    spans[1] = with("http.request.header.traceparent", header, spans[1].clone());
    spans[1] = with(
        "http.request.header.tracestate",
        "foo=bar",
        spans[1].clone(),
    );
    let hops = hops_of(&spans);
    assert_eq!(problems(&hops), []);
    assert_eq!(hops[0].traceparent, Some(Header::recorded(recorded)));
    assert_eq!(
        hops[0].tracestate,
        Some(Header::recorded("foo=bar".to_owned()))
    );
}

#[test]
fn a_caller_that_is_not_here_is_named_by_its_id() {
    let hops = hops_of(&whole()[1..]);
    assert_eq!(ids(&hops[0]), [None, Some(2)]);
    assert_eq!(hops[0].caller_id, Some(span_id(1)));
    let what = "The span that called web is not here.";
    assert_eq!(problems(&hops), [(ProblemKind::CallerMissing, what)]);
}

#[test]
fn a_call_that_nobody_answers_with_a_span_is_a_hop() {
    let hops = hops_of(&whole()[..4]);
    assert_eq!(ids(&hops[1]), [Some(4), None]);
    assert!(hops[1].traceparent.is_some());
    let what = "Nobody whom web called here has a span.";
    assert_eq!(problems(&hops), [(ProblemKind::CalleeMissing, what)]);
    // A database is not expected to have one.
    assert!(!hops_of(&whole()).iter().any(|hop| hop.callee.is_none()));
}

#[test]
fn a_header_that_was_not_followed_leads_to_its_trace() {
    let other = format!("00-{}-{}-01", trace_id(2), span_id(9));
    let root = timed("web", 2, None, Server, [5, 95]);
    let hops = hops_of(&[with(
        "http.request.header.traceparent",
        other.as_str(),
        root,
    )]);
    assert_eq!(ids(&hops[0]), [None, Some(2)]);
    let [problem] = &hops[0].problems[..] else {
        panic!("{:?}", hops[0].problems);
    };
    assert_eq!(problem.kind, ProblemKind::ContextIgnored);
    assert_eq!(problem.other_trace, Some(trace_id(2)));
}

#[test]
fn what_a_header_says_must_be_a_header_and_name_the_parent() {
    for (header, kind) in [
        ("nonsense".to_owned(), ProblemKind::HeaderInvalid),
        (
            format!("00-{}-{}-01", trace_id(1), "0000000000000000"),
            ProblemKind::HeaderInvalid,
        ),
        (
            format!("ff-{}-{}-01", trace_id(1), span_id(1)),
            ProblemKind::HeaderInvalid,
        ),
        (
            format!("00-{}-{}-01", trace_id(1), span_id(77)),
            ProblemKind::ParentChanged,
        ),
    ] {
        let mut spans = whole();
        spans[1] = with(
            "http.request.header.traceparent",
            header.as_str(),
            spans[1].clone(),
        );
        let kinds: Vec<_> = problems(&hops_of(&spans)).iter().map(|it| it.0).collect();
        assert_eq!(kinds, [kind], "{header}");
    }
}

#[test]
fn what_does_not_arrive_is_named() {
    let mut spans = whole();
    spans[3].trace_state = "foo=bar,clew=1".to_owned();
    spans[4].trace_state = "foo=baz".to_owned();
    // What SDKs send that fill in no trace flags.
    spans[4].flags = REMOTE;
    let hops = hops_of(&spans);
    assert_eq!(
        problems(&hops),
        [(
            ProblemKind::TracestateLost,
            "web had clew in tracestate, and cart has not.",
        ),]
    );
    spans[4].trace_state = "foo=bar,clew=1".to_owned();
    let unsampled = format!("00-{}-{}-00", trace_id(1), span_id(4));
    spans[4] = with(
        "http.request.header.traceparent",
        unsampled.as_str(),
        spans[4].clone(),
    );
    let what = "cart was told that the trace is not sampled.";
    assert_eq!(
        problems(&hops_of(&spans)),
        [(ProblemKind::SampledFlagLost, what)]
    );
}

#[test]
fn clocks_that_differ_are_seen() {
    let mut spans = whole();
    spans[4].start = Timestamp::from_unix_nanos(1_007_000_000);
    let what = "cart says that it worked up to 3.0ms before or after web called and waited for it.";
    assert_eq!(problems(&hops_of(&spans)), [(ProblemKind::ClockSkew, what)]);
}

#[test]
fn instances_of_one_service_are_processes_of_their_own() {
    let on_host = |host: &str, mut span: Span| {
        let mut resource = (*span.resource).clone();
        resource.attributes.push(KeyValue::new("host.name", host));
        span.resource = std::sync::Arc::new(resource);
        span.flags = 0;
        span
    };
    let spans = [
        on_host("one", timed("web", 1, None, Client, [0, 9])),
        on_host("two", timed("web", 2, Some(1), Server, [1, 8])),
        on_host("two", timed("web", 3, Some(2), Server, [2, 7])),
    ];
    let pairs: Vec<_> = hops_of(&spans).iter().map(ids).collect();
    assert_eq!(pairs, [[Some(1), Some(2)]]);
}

#[test]
fn odd_traces_are_followed_too() {
    // A span that is its own parent, and two of one id.
    let own = timed("web", 1, Some(1), Server, [0, 9]);
    let spans = [own.clone(), own, timed("cart", 2, Some(1), Server, [1, 8])];
    let hops = hops_of(&spans);
    assert!(hops.iter().any(|hop| ids(hop) == [Some(1), Some(2)]));
    assert_eq!(hops_of(&[]), []);
}

#[test]
fn the_texts_of_a_caller_are_told_to_a_bound_with_each_callee() {
    let long = "é".repeat(TEXT_LEN_MAX);
    let mut caller = timed(&long, 1, None, Client, [0, 100]);
    caller.name = format!("x{long}");
    let mut spans = vec![caller];
    for id in 2..200 {
        spans.push(timed("cart", id, Some(1), Server, [1, 2]));
    }
    let hops = hops_of(&spans);
    assert_eq!(hops.len(), 198);
    for hop in hops {
        let caller = hop.caller.unwrap();
        let half = "é".repeat(TEXT_LEN_MAX / 2);
        assert_eq!(caller.service, Some(format!("{half}…")));
        assert_eq!(caller.name, format!("x{}…", &half[2..]));
    }
}

#[test]
fn hops_take_of_the_memory_of_their_query() {
    let spans = |callees: u64| {
        let callees = (2..2 + callees).map(|id| timed("cart", id, Some(1), Server, [1, 2]));
        std::iter::once(timed("web", 1, None, Client, [0, 100])).chain(callees)
    };
    let added = |bytes_max: usize| {
        let context = QueryContext::new(Duration::from_hours(1), bytes_max);
        let mut hops = Hops::new(trace_id(1), &context);
        for span in spans(60) {
            hops.add(&span).unwrap();
        }
        (hops, context)
    };
    let (hops, context) = added(usize::MAX);
    let mut memory = context.hold();
    hops.follow(&mut memory).unwrap();
    assert!(memory.bytes() >= 60 * size_of::<Hop>());
    // A bound that the spans fit in, and the hops do not.
    let (hops, context) = added(hops.memory.bytes() + 10 * size_of::<Hop>());
    let followed = hops.follow(&mut context.hold());
    assert!(matches!(followed, Err(StoreError::LimitExceeded { .. })));
}

#[test]
fn a_long_tracestate_is_cut_and_compared_member_by_member() {
    let member = |number: usize| format!("k{number}=v");
    let state = |numbers: std::ops::Range<usize>| numbers.map(member).collect::<Vec<_>>().join(",");
    let mut caller = timed("web", 1, None, Client, [0, 100]);
    caller.trace_state = state(0..100_000);
    let mut callee = timed("cart", 2, Some(1), Server, [1, 99]);
    callee.trace_state = state(1..3);
    let hops = hops_of(&[caller, callee]);
    let [(kind, what)] = problems(&hops)[..] else {
        panic!("{hops:?}")
    };
    assert_eq!(kind, ProblemKind::TracestateLost);
    // `k0=v` to `k9=v` are 5 bytes with their commas, to `k99=v` 6, from then on 7: 162 of 1,024 bytes.
    assert_eq!(
        what,
        "web had k0 and 159 more in tracestate, and cart has not."
    );
}

#[test]
fn nothing_is_said_to_be_lost_of_a_tracestate_that_was_cut() {
    let filler = "x=".to_owned() + &"y".repeat(1024);
    let mut caller = timed("web", 1, None, Client, [0, 100]);
    caller.trace_state = "k=v".to_owned();
    let mut callee = timed("cart", 2, Some(1), Server, [1, 99]);
    callee.trace_state = format!("{filler},k=v");
    assert_eq!(problems(&hops_of(&[caller, callee])), []);
}
