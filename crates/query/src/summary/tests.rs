use clew_model::{Status, StatusCode};
use clew_testkit::{service, span, span_id, trace_id};

use super::*;

fn lasting(span: Span, start: u64, end: u64) -> Span {
    Span {
        start: Timestamp::from_unix_nanos(start),
        end: Timestamp::from_unix_nanos(end),
        ..span
    }
}

fn child(parent: u64, span: Span) -> Span {
    Span {
        parent_span_id: Some(span_id(parent)),
        ..span
    }
}

fn failed(span: Span) -> Span {
    Span {
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..span
    }
}

fn summary_of(spans: &[Span]) -> Option<TraceSummary> {
    let mut summarizer = Summarizer::new(trace_id(1));
    for span in spans {
        summarizer.add(span);
    }
    summarizer.finish()
}

#[test]
fn a_whole_trace() {
    let [web, cart] = ["web", "cart"].map(service);
    let spans = [
        lasting(span(&web, 1, 1), 10, 100),
        failed(child(1, lasting(span(&cart, 1, 2), 20, 130))),
        child(2, lasting(span(&cart, 1, 3), 30, 40)),
    ];
    let name = |name: &str| Some(name.to_owned());
    let expected = TraceSummary {
        id: trace_id(1),
        root: Root {
            service: name("web"),
            name: spans[0].name.clone(),
            is_missing: false,
        },
        start: Timestamp::from_unix_nanos(10),
        duration: Duration::from_nanos(120),
        spans: 3,
        errors: 1,
        services: vec![
            ServiceSummary {
                name: name("web"),
                spans: 1,
                errors: 0,
            },
            ServiceSummary {
                name: name("cart"),
                spans: 2,
                errors: 1,
            },
        ],
        services_left_out: 0,
    };
    assert_eq!(summary_of(&spans), Some(expected));
}

#[test]
fn a_root_that_starts_late_is_the_root_and_without_one_the_first_span_stands_for_it() {
    let web = service("web");
    let early = child(1, lasting(span(&web, 1, 2), 5, 6));
    let late = Span {
        name: "root".to_owned(),
        ..lasting(span(&web, 1, 1), 10, 20)
    };
    let whole = summary_of(&[early.clone(), late]).unwrap().root;
    assert_eq!((whole.name.as_str(), whole.is_missing), ("root", false));
    let without = summary_of(std::slice::from_ref(&early)).unwrap().root;
    assert_eq!((without.name, without.is_missing), (early.name, true));
}

#[test]
fn a_span_that_ends_before_it_starts_takes_no_time() {
    let jumped = lasting(span(&service("web"), 1, 1), 10, 5);
    assert_eq!(summary_of(&[jumped]).unwrap().duration, Duration::ZERO);
}

#[test]
fn services_are_bounded_and_counted() {
    let spans: Vec<Span> = (0..150)
        .map(|number| span(&service(&format!("s{number}")), 1, number + 1))
        .collect();
    let summary = summary_of(&spans).unwrap();
    assert_eq!(summary.services.len(), TraceSummary::SERVICES_MAX);
    assert_eq!(summary.services_left_out, 50);
}

#[test]
fn no_span_no_summary() {
    assert_eq!(summary_of(&[]), None);
}
