use clew_testkit::{service, span, span_id};

use super::*;

fn timed(service_name: &str, id: u64, parent: Option<u64>, kind: SpanKind, ms: [u64; 2]) -> Span {
    let at = |ms: u64| Timestamp::from_unix_nanos(1_000_000_000 + ms * 1_000_000);
    Span {
        parent_span_id: parent.map(span_id),
        kind,
        start: at(ms[0]),
        end: at(ms[1]),
        flags: 0x101,
        ..span(&service(service_name), 1, id)
    }
}

fn findings_of(spans: &[Span]) -> Vec<Finding> {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut findings = Findings::new(&context);
    for span in spans {
        findings.add(span).unwrap();
    }
    findings.finish()
}

#[track_caller]
fn check(spans: &[Span], kind: FindingKind, what: &str, examples: &[u64]) {
    let [finding] = <[Finding; 1]>::try_from(findings_of(spans)).unwrap();
    assert_eq!(finding.kind, kind);
    assert_eq!(finding.what, what);
    assert_eq!(finding.spans, examples.len() as u64);
    let expected: Vec<_> = examples.iter().copied().map(span_id).collect();
    assert_eq!(finding.examples, expected);
}

use SpanKind::{Client, Internal, Server};

fn whole() -> Vec<Span> {
    vec![
        timed("web", 1, None, Server, [0, 100]),
        timed("web", 2, Some(1), Client, [10, 60]),
        timed("cart", 3, Some(2), Server, [12, 58]),
        timed("cart", 4, Some(3), Internal, [13, 57]),
    ]
}

#[test]
fn a_whole_trace_lacks_nothing() {
    assert_eq!(findings_of(&whole()), []);
    assert_eq!(findings_of(&[]), []);
}

#[test]
fn a_caller_that_is_not_here() {
    let spans = &whole()[2..];
    let nameless = [timed("", 3, Some(2), Server, [12, 58])];
    let what = "The span that called a service without a name is not here.";
    check(&nameless, FindingKind::MissingCaller, what, &[3]);
    let what = "The span that called cart is not here.";
    check(spans, FindingKind::MissingCaller, what, &[3]);
    let mut two = spans.to_vec();
    two.push(timed("shop", 5, Some(9), Server, [20, 30]));
    let what = "The spans behind 2 calls to cart and another service are not here.";
    check(&two, FindingKind::MissingCaller, what, &[3, 5]);
}

#[test]
fn a_services_own_span_that_is_not_here() {
    let mut spans = whole();
    spans.remove(2);
    let what = "A span of cart has a parent that is not here.";
    check(&spans, FindingKind::MissingParent, what, &[4]);
}

#[test]
fn several_roots() {
    let mut spans = whole();
    spans.push(timed("shop", 5, None, Server, [20, 30]));
    let what = "2 spans have no parent, of web and another service.";
    check(&spans, FindingKind::SeveralRoots, what, &[1, 5]);
}

#[test]
fn clocks_that_differ() {
    let mut spans = whole();
    spans[2].start = Timestamp::from_unix_nanos(1_007_000_000);
    let what = "cart says that it worked up to 3.0ms before or after web called and waited for it.";
    check(&spans, FindingKind::ClockSkew, what, &[3]);
    // Less than a clock is exact, and what nobody waits for.
    spans[2].start = Timestamp::from_unix_nanos(1_009_500_000);
    assert_eq!(findings_of(&spans), []);
    spans[2].kind = SpanKind::Consumer;
    spans[2].end = Timestamp::from_unix_nanos(9_000_000_000);
    assert_eq!(findings_of(&spans), []);
}

#[test]
fn a_sampled_flag_that_was_lost_on_the_way() {
    let mut spans = whole();
    // Of SDKs that fill in no flags but this, nothing is known.
    spans[2].flags = 0x100;
    assert_eq!(findings_of(&spans), []);
    let header = format!("00-{}-{}-00", spans[2].trace_id, span_id(2));
    let key = "http.request.header.traceparent";
    spans[2]
        .attributes
        .push(clew_model::KeyValue::new(key, header.as_str()));
    // A sender that leaves all flags at zero says nothing.
    spans[3].flags = 0;
    let what = "A span of cart was told that the trace is not sampled.";
    check(&spans, FindingKind::SampledFlagLost, what, &[3]);
}

#[test]
fn different_spans_of_one_id() {
    let mut spans = whole();
    spans.push(timed("cart", 4, Some(3), Internal, [20, 21]));
    let what = "A span of cart has the id of another span.";
    check(&spans, FindingKind::SharedSpanId, what, &[4]);
}

#[test]
fn examples_are_bounded_and_memory_is_counted() {
    let orphans: Vec<Span> = (1..=50)
        .map(|id| timed("web", id, Some(99), Server, [id, id + 1]))
        .collect();
    let [finding] = <[Finding; 1]>::try_from(findings_of(&orphans)).unwrap();
    assert_eq!(
        (finding.spans, finding.examples.len()),
        (50, Finding::EXAMPLES_MAX)
    );

    let poor = QueryContext::new(Duration::from_hours(1), 10 * SEEN_BYTES);
    let mut findings = Findings::new(&poor);
    let outcome = orphans.iter().try_for_each(|span| findings.add(span));
    assert!(
        matches!(outcome, Err(StoreError::LimitExceeded { .. })),
        "{outcome:?}"
    );
}
