use std::time::Duration;

use clew_model::{KeyValue, Span, SpanKind, Timestamp};
use clew_store::{QueryContext, ReferenceStore, TraceStore as _};
use clew_testkit::{batch_of, service, span, span_id, trace_id};

use super::super::{Hop, Hops, ProblemKind};

/// A span of a trace, from and to so many milliseconds, with what it says of its request.
struct Told {
    trace: u64,
    span: Span,
}

fn told(
    trace: u64,
    service_name: &str,
    parent: Option<u64>,
    kind: SpanKind,
    ms: [u64; 2],
    attributes: &[(&str, &str)],
) -> Told {
    let at = |ms: u64| Timestamp::from_unix_nanos(1_000_000_000_000 + ms * 1_000_000);
    let id = trace * 100 + ms[0];
    let attributes = attributes
        .iter()
        .map(|&(key, value)| KeyValue::new(key, value));
    let span = Span {
        parent_span_id: parent.map(span_id),
        kind,
        start: at(ms[0]),
        end: at(ms[1]),
        attributes: attributes.collect(),
        ..span(&service(service_name), trace.into(), id)
    };
    Told { trace, span }
}

use SpanKind::{Client, Server};

const CALL: &[(&str, &str)] = &[
    ("http.request.method", "GET"),
    ("url.full", "http://localhost:8080/reviews?band=7"),
];
const ANSWER: &[(&str, &str)] = &[("http.request.method", "GET"), ("url.path", "/reviews")];

/// The hops of trace 1, of which the spans of other traces are in the store too.
async fn hops_of_first<const N: usize>(spans: [Told; N]) -> Vec<Hop> {
    hops_within(Duration::from_hours(1), spans).await
}

/// The same, if they have to be found in so much time.
async fn hops_within<const N: usize>(time: Duration, spans: [Told; N]) -> Vec<Hop> {
    let store = ReferenceStore::new();
    let all: Vec<Span> = spans.iter().map(|it| it.span.clone()).collect();
    store.append(batch_of(&all)).await.unwrap();
    let context = QueryContext::new(time, usize::MAX);
    let mut hops = Hops::new(trace_id(1), &context);
    for it in spans.iter().filter(|it| it.trace == 1) {
        hops.add(&it.span).unwrap();
    }
    let snapshot = store.snapshot(context).await.unwrap();
    let (mut hops, loose_ends) = hops.finish().unwrap();
    loose_ends.find(&mut hops, &*snapshot).await.unwrap();
    hops
}

/// What is said of the only problem of the only hop, and the trace that it leads to.
#[track_caller]
fn only(hops: &[Hop]) -> (ProblemKind, &str, Option<clew_model::TraceId>) {
    let [hop] = hops else { panic!("{hops:?}") };
    let [problem] = &hop.problems[..] else {
        panic!("{hop:?}")
    };
    (problem.kind, &problem.what, problem.other_trace)
}

#[tokio::test]
async fn who_was_called_and_began_a_trace_of_its_own_is_found() {
    let hops = hops_of_first([
        told(1, "web", None, Client, [0, 50], CALL),
        told(2, "reviews", None, Server, [2, 48], ANSWER),
    ]);
    let what = "While web waited, reviews began a trace of its own: the span";
    let hops = hops.await;
    let (kind, said, other) = only(&hops);
    assert_eq!(
        (kind, other),
        (ProblemKind::TraceRestarted, Some(trace_id(2)))
    );
    let name = span(&service("reviews"), 2, 2).name;
    assert_eq!(said, what.replace("the span", &name) + ".");
    assert!(hops[0].callee.is_none() && hops[0].caller.is_some());
}

#[tokio::test]
async fn who_called_in_another_trace_is_found() {
    let hops = hops_of_first([
        told(1, "reviews", None, Server, [2, 48], ANSWER),
        told(2, "web", None, Client, [0, 50], CALL),
    ]);
    let hops = hops.await;
    let (kind, said, other) = only(&hops);
    assert_eq!(
        (kind, other),
        (ProblemKind::TraceRestarted, Some(trace_id(2)))
    );
    assert!(
        said.starts_with("reviews began this trace while web called it in another: "),
        "{said}"
    );
    assert!(hops[0].callee.is_some() && hops[0].caller.is_none());
}

#[tokio::test]
async fn a_service_that_the_caller_names_is_found_without_a_path() {
    let hops = hops_of_first([
        told(
            1,
            "web",
            None,
            Client,
            [0, 50],
            &[("peer.service", "reviews")],
        ),
        told(2, "reviews", None, Server, [2, 48], &[]),
    ]);
    assert_eq!(only(&hops.await).2, Some(trace_id(2)));
}

#[tokio::test]
async fn the_old_conventions_are_understood() {
    let old_call = [
        ("http.method", "GET"),
        ("http.url", "http://localhost/reviews?band=7"),
    ];
    let old_answer = [("http.method", "GET"), ("http.target", "/reviews?band=7")];
    let hops = hops_of_first([
        told(1, "web", None, Client, [0, 50], &old_call),
        told(2, "reviews", None, Server, [2, 48], &old_answer),
    ]);
    assert_eq!(only(&hops.await).2, Some(trace_id(2)));
}

#[tokio::test]
async fn of_several_the_closest_is_told() {
    let hops = hops_of_first([
        told(1, "web", None, Client, [0, 50], CALL),
        told(2, "reviews", None, Server, [9, 48], ANSWER),
        told(3, "reviews", None, Server, [2, 48], ANSWER),
    ]);
    let hops = hops.await;
    let (_, said, other) = only(&hops);
    assert_eq!(other, Some(trace_id(3)));
    assert!(
        said.ends_with("Another trace fits as well by time and request."),
        "{said}"
    );
}

#[tokio::test]
async fn what_cannot_be_the_other_end_is_none() {
    let call = || told(1, "web", None, Client, [100, 200], CALL);
    let not_get = [("http.request.method", "POST"), ("url.path", "/reviews")];
    let elsewhere = [("http.request.method", "GET"), ("url.path", "/reviews/7")];
    for (why, other) in [
        (
            "it has a parent",
            told(2, "reviews", Some(9), Server, [102, 198], ANSWER),
        ),
        (
            "it is no server",
            told(2, "reviews", None, Client, [102, 198], ANSWER),
        ),
        (
            "it was asked otherwise",
            told(2, "reviews", None, Server, [102, 198], &not_get),
        ),
        (
            "it was asked for something else",
            told(2, "reviews", None, Server, [102, 198], &elsewhere),
        ),
        (
            "it says nothing of a request",
            told(2, "reviews", None, Server, [102, 198], &[]),
        ),
        (
            "it ended too late",
            told(2, "reviews", None, Server, [102, 251], ANSWER),
        ),
        (
            "it began too early",
            told(2, "reviews", None, Server, [49, 198], ANSWER),
        ),
    ] {
        let hops = hops_of_first([call(), other]).await;
        assert_eq!(only(&hops).0, ProblemKind::CalleeMissing, "{why}");
    }
}

#[tokio::test]
async fn a_call_that_was_answered_in_its_own_trace_is_not_ours() {
    let hops = hops_of_first([
        told(1, "reviews", None, Server, [2, 48], ANSWER),
        told(2, "web", None, Client, [0, 50], CALL),
        told(2, "reviews", Some(200), Server, [3, 47], ANSWER),
    ]);
    assert_eq!(hops.await, []);
}

#[tokio::test]
async fn hops_are_told_though_there_is_no_time_to_look_elsewhere() {
    let spans = || {
        [
            told(1, "web", None, Client, [0, 50], CALL),
            told(2, "reviews", None, Server, [2, 48], ANSWER),
        ]
    };
    let hops = hops_within(Duration::ZERO, spans()).await;
    assert_eq!(only(&hops).0, ProblemKind::CalleeMissing);
    let hops = hops_within(Duration::from_hours(1), spans()).await;
    assert_eq!(only(&hops).0, ProblemKind::TraceRestarted);
}
