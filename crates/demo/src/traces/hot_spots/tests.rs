use super::*;
use crate::traces::fixtures::{faulty_call, span, trace};

fn names(trace: &Trace) -> Vec<(&str, u128)> {
    let spots = hot_spots(trace);
    spots
        .iter()
        .map(|spot| (spot.span.name.as_str(), spot.self_time.as_millis()))
        .collect()
}

#[test]
fn those_who_worked_are_found_among_those_who_waited() {
    let trace = trace(&faulty_call());
    let expected = [("GET /bands/{id}", 5002), ("get_reviews_by_band_id", 1528)];
    assert_eq!(names(&trace), expected);
    assert_eq!(explained_percent(&hot_spots(&trace), &trace), 99);
}

#[test]
fn no_more_spans_are_named_than_are_needed() {
    let even = (1..=10).map(|id| {
        span(id, "s", "piece")
            .parent(99)
            .time((id - 1) * 10, id * 10)
    });
    let mut spans: Vec<_> = even.collect();
    spans.push(span(99, "s", "whole").time(0, 100));
    assert_eq!(names(&trace(&spans)).len(), 9);
}

#[test]
fn a_trace_without_time_has_no_hot_spot() {
    let trace = trace(&[span(1, "s", "moment").time(5, 5)]);
    assert_eq!(names(&trace), []);
    assert_eq!(explained_percent(&[], &trace), 0);
}

#[test]
fn percents_are_rounded_to_the_nearest() {
    let check = |part, whole, expected| {
        assert_eq!(
            percent(Duration::from_millis(part), Duration::from_millis(whole)),
            expected
        );
    };
    check(1, 3, 33);
    check(2, 3, 67);
    check(1, 8, 13);
    check(0, 0, 0);
}
