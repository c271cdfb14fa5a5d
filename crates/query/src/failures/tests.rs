use std::time::Duration;

use clew_model::{Status, StatusCode, Timestamp};
use clew_testkit::{service, span, span_id};

use super::*;

/// A span that ended after so many milliseconds; it failed if there is a message.
fn ended(id: u64, parent: Option<u64>, ms: u64, message: Option<&str>) -> Span {
    let code = message.map_or(StatusCode::Unset, |_| StatusCode::Error);
    let template = span(&service("shop"), 1, id);
    Span {
        parent_span_id: parent.map(span_id),
        end: Timestamp::from_unix_nanos(template.start.unix_nanos() + ms * 1_000_000),
        status: Status {
            code,
            message: message.unwrap_or_default().to_owned(),
        },
        ..template
    }
}

fn failed(spans: &[Span]) -> Failed {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let mut failures = Failures::new(&context);
    for span in spans {
        failures.add(span).unwrap();
    }
    failures.finish()
}

#[track_caller]
fn check(spans: &[Span], count: u64, first: Option<(u64, &str)>) {
    let failed = failed(spans);
    let found = failed.first.as_ref();
    let found = found.map(|it| (it.span.id, it.message.as_str()));
    let first = first.map(|(id, message)| (span_id(id), message));
    assert_eq!((failed.spans, found), (count, first));
}

#[test]
fn a_failure_began_at_the_deepest_span_that_ended_first() {
    check(&[ended(1, None, 9, None)], 0, None);
    let spans = [
        // It gave up before what it called had failed.
        ended(1, None, 5, Some("timeout")),
        ended(2, Some(1), 9, Some("card declined")),
        ended(3, Some(2), 4, None),
        ended(4, Some(1), 12, Some("later")),
    ];
    check(&spans, 3, Some((2, "card declined")));
    // Between two that failed there is one that did not say so.
    let told_further_up = [
        ended(1, None, 5, Some("gave up")),
        ended(2, Some(1), 9, None),
        ended(3, Some(2), 8, Some("disk full")),
    ];
    check(&told_further_up, 2, Some((3, "disk full")));
    let circle = [
        ended(1, Some(2), 7, Some("late")),
        ended(2, Some(1), 6, Some("")),
    ];
    check(&circle, 2, Some((2, "")));
}

#[test]
fn long_reasons_are_cut_and_take_of_the_memory_of_their_query() {
    let long = ended(1, None, 5, Some(&"x".repeat(1 << 20)));
    let first = failed(std::slice::from_ref(&long)).first.unwrap();
    assert!(first.message.len() < 2_000 && first.message.ends_with("x…"));
    let context = QueryContext::new(Duration::from_hours(1), 1_000);
    let added = Failures::new(&context).add(&long);
    assert!(matches!(added, Err(StoreError::LimitExceeded { .. })));
}
