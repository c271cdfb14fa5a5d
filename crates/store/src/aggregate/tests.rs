use std::time::Duration;

use super::*;
use crate::Intrinsic;

const BYTES_MAX: usize = 1 << 20;

/// A question by name that may find two series, and its context.
fn question() -> (Aggregate, QueryContext) {
    let question = Aggregate {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        by: vec![Intrinsic::Name.into()],
        step: None,
        measure: Measure::Duration,
        exemplars_max: 0,
        series_max: 2,
    };
    (
        question,
        QueryContext::new(Duration::from_hours(1), BYTES_MAX),
    )
}

fn named(name: &str) -> Vec<Option<Scalar>> {
    vec![Some(Scalar::from(name))]
}

#[test]
fn what_a_question_took_that_failed_is_given_back() {
    let (question, context) = question();
    let mut fold = AggregateFold::new(&question, &context);
    for name in ["one", "two"] {
        let series = fold.series(named(name)).unwrap();
        fold.add_all(series, Timestamp::MIN, &[1.0]).unwrap();
    }
    assert!(matches!(
        fold.series(named("three")),
        Err(StoreError::LimitExceeded { .. })
    ));
    assert!(context.take(BYTES_MAX).is_err());
    drop(fold);
    assert!(context.take(BYTES_MAX).is_ok());
}

#[test]
fn what_was_found_stays_a_part_of_the_querys_memory() {
    let (question, context) = question();
    let mut fold = AggregateFold::new(&question, &context);
    let series = fold.series(named("one")).unwrap();
    fold.add_all(series, Timestamp::MIN, &[1.0]).unwrap();
    assert_eq!(fold.finish().len(), 1);
    assert!(context.take(BYTES_MAX).is_err());
}

#[test]
fn the_texts_of_series_are_a_part_of_the_querys_memory() {
    let (question, context) = question();
    let mut fold = AggregateFold::new(&question, &context);
    let long = "x".repeat(BYTES_MAX);
    assert!(matches!(
        fold.series(named(&long)),
        Err(StoreError::LimitExceeded { .. })
    ));
}
