//! [`Level::Deduplicated`](super::Level::Deduplicated): spans that are sent again are recognised.

use clew_model::{Span, TimeRange};

use super::spans::{lasting, span};
use super::{Subject, complete, snapshot, spans_of, store_with};
use crate::{Aggregate, Field, Measure, Predicate, Values, ValuesOf};

/// Promise Q1.
pub async fn q1_resent_spans_are_one_span<S: Subject>(subject: &S) {
    let spans = [span(1, 1), lasting(span(1, 2), 1, 2)];
    let [first, second] = spans.clone();
    // As they were, within one batch, and one of them among others.
    let within = [second.clone(), second.clone(), first];
    let store = store_with(subject, &[&spans, &spans, &within, &[span(2, 1), second]]).await;
    assert_eq!(spans_of(&store, 1).await, spans);
    assert_eq!(spans_of(&store, 2).await, [span(2, 1)]);
}

/// Numbers are about the spans that there are.
pub async fn resent_spans_are_counted_once<S: Subject>(subject: &S) {
    let spans = [span(1, 1), span(1, 2)];
    let store = store_with(subject, &[&spans, &spans]).await;
    let snapshot = snapshot(&store).await;
    let aggregate = Aggregate {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        by: Vec::new(),
        step: None,
        measure: Measure::Duration,
        exemplars_max: 0,
        series_max: 1,
    };
    let series = complete(snapshot.aggregate(&aggregate).await.expect("reads"));
    assert_eq!(series[0].cells[0].count, 2);
    let values = Values {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        of: ValuesOf::Field(Field::service()),
        limit: 10,
    };
    let values = complete(snapshot.values(&values).await.expect("reads"));
    assert_eq!(values.values[0].spans, 2);
}

/// NaN, too, is what it was.
pub async fn resent_spans_are_one_span_whatever_their_values<S: Subject>(subject: &S) {
    let sent = [Span {
        attributes: super::typed::attributes(),
        ..span(1, 1)
    }];
    let store = store_with(subject, &[&sent, &sent]).await;
    assert_eq!(spans_of(&store, 1).await.len(), 1);
}
