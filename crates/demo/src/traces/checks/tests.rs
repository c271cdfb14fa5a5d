use super::*;
use crate::traces::fixtures::{faulty_call, span, trace, traceparent};

#[track_caller]
fn passes(check: &Check) {
    assert_eq!(check.problem, None, "{}", check.claim);
}

#[track_caller]
fn fails(check: &Check, problem: &str) {
    assert_eq!(check.problem.as_deref(), Some(problem), "{}", check.claim);
}

const ALL: [&str; 3] = ["client", "bands-api", "reviews-api"];

#[test]
fn a_call_through_all_services_passes_every_check() {
    let trace = trace(&faulty_call());
    passes(&services(&trace, &ALL));
    passes(&unbroken(&trace));
    passes(&continues(&trace, "client", "bands-api"));
    passes(&continues(&trace, "bands-api", "reviews-api"));
    passes(&header_matches(&trace, "bands-api"));
    passes(&header_matches(&trace, "reviews-api"));
    passes(&tracestate(&trace, "foo=bar"));
    passes(&root_attribute(&trace, "demo.step", "7"));
}

#[test]
fn services_are_exactly_those_expected() {
    let trace = trace(&faulty_call());
    let check = services(&trace, &["client", "bands-api"]);
    assert_eq!(check.claim, "one trace, with spans of client and bands-api");
    fails(&check, "its spans are of bands-api, client and reviews-api");
}

#[test]
fn a_missing_parent_breaks_a_trace() {
    let mut spans = faulty_call();
    spans.remove(3);
    fails(&unbroken(&trace(&spans)), "the parent of GET is missing");
}

#[test]
fn a_second_root_breaks_a_trace() {
    let mut spans = faulty_call();
    spans.push(span(9, "client", "again"));
    fails(&unbroken(&trace(&spans)), "it has 2 roots");
}

#[test]
fn a_service_that_begins_anew_does_not_continue() {
    let alone = trace(&[span(1, "bands-api", "GET /bands/{id}")]);
    fails(
        &continues(&alone, "client", "bands-api"),
        "it has no parent",
    );
    fails(
        &continues(&alone, "bands-api", "reviews-api"),
        "there is no span of reviews-api",
    );
    let of_itself = trace(&[span(1, "b", "one"), span(2, "c", "two").parent(1)]);
    fails(&continues(&of_itself, "a", "c"), "its parent is of b");
}

#[test]
fn a_header_names_the_trace_and_the_span() {
    let check = |header: &str, problem: &str| {
        let call = span(1, "client", "GET");
        let served = span(2, "bands-api", "GET /bands/{id}")
            .parent(1)
            .serves(header);
        fails(
            &header_matches(&trace(&[call, served]), "bands-api"),
            problem,
        );
    };
    check(&traceparent(9), "it names the span 0000000000000009");
    let other = "00-11111111111111111111111111111111-0000000000000001-03";
    check(other, "it names the trace 11111111111111111111111111111111");

    let unrecorded = trace(&[span(2, "bands-api", "GET").tag("span.kind", "server")]);
    fails(
        &header_matches(&unrecorded, "bands-api"),
        "no header was recorded",
    );
    let of_nobody = "bands-api has no span of kind server";
    fails(
        &header_matches(&trace(&[span(1, "client", "GET")]), "bands-api"),
        of_nobody,
    );
}

#[test]
fn a_tracestate_is_on_every_span_or_not() {
    let mut spans = faulty_call();
    spans[6] = span(7, "reviews-api", "get_reviews_by_band_id")
        .parent(6)
        .tag("w3c.tracestate", "");
    let problem = "get_reviews_by_band_id of reviews-api has \"\"";
    fails(&tracestate(&trace(&spans), "foo=bar"), problem);
}

#[test]
fn the_root_says_which_step_it_is() {
    let trace = trace(&faulty_call());
    fails(&root_attribute(&trace, "demo.step", "5"), "there it is 7");
    fails(
        &root_attribute(&trace, "demo.leap", "5"),
        "it has no such attribute",
    );
}

#[test]
fn a_lonely_root_is_one_span_without_a_parent() {
    let root = || span(1, "bands-api", "GET");
    passes(&lonely_root(&trace(&[root()]), "bands-api"));
    fails(
        &lonely_root(&trace(&[root()]), "client"),
        "it is of bands-api",
    );
    fails(
        &lonely_root(&trace(&[root().parent(9)]), "bands-api"),
        "it has a parent",
    );
    let two = trace(&[root(), span(2, "bands-api", "get_reviews").parent(1)]);
    fails(&lonely_root(&two, "bands-api"), "it has 2 spans");
}

#[test]
fn lists_read_as_prose() {
    assert_eq!(list(&[]), "nobody");
    assert_eq!(list(&["a"]), "a");
    assert_eq!(list(&["a", "b", "c"]), "a, b and c");
}
