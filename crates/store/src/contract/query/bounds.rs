//! Every question ends in time, when nobody waits any more, and before it takes too much (R1).

use std::sync::Arc;
use std::time::Duration;

use clew_model::{Span, TimeRange};

use super::super::spans::{span, trace_id};
use super::super::{Subject, store_with, unbounded};
use super::scan::everything;
use crate::{
    Aggregate, Collect, Columns, Edges, Intrinsic, Measure, Predicate, QueryContext, StoreError,
    TraceKey, TraceSnapshot, TraceStore, Values, ValuesOf,
};

/// What came of each of the five questions.
async fn ask_all(snapshot: &dyn TraceSnapshot) -> [Result<(), StoreError>; 5] {
    let (time, spans) = (TimeRange::ALL, Predicate::TRUE);
    let candidates = snapshot.candidates(&everything(), None, 1000).await;
    let keys: Vec<_> = (1..=50)
        .map(|number| TraceKey::from(trace_id(number)))
        .collect();
    let mut traces = Collect::new(&unbounded());
    let loaded = snapshot.load(&keys, &Columns::ALL, &mut traces).await;
    let aggregate = Aggregate {
        time,
        spans: spans.clone(),
        by: vec![Intrinsic::TraceId.into()],
        step: None,
        measure: Measure::Duration,
        exemplars_max: 0,
        series_max: 1000,
    };
    let series = snapshot.aggregate(&aggregate).await;
    let of = ValuesOf::Field(Intrinsic::TraceId.into());
    let values = Values {
        time,
        spans,
        of,
        limit: 1000,
    };
    let values = snapshot.values(&values).await;
    let edges = snapshot.edges(&Edges { time }).await;
    [
        candidates.map(drop),
        loaded.map(drop),
        series.map(drop),
        values.map(drop),
        edges.map(drop),
    ]
}

async fn store<S: Subject>(subject: &S) -> S::Store {
    let spans: Vec<Span> = (1..=50).map(|number| span(number, 1)).collect();
    store_with(subject, &[&spans]).await
}

async fn snapshot_for<S: Subject>(
    store: &S::Store,
    context: QueryContext,
) -> Arc<dyn TraceSnapshot> {
    store.snapshot(context).await.expect("reads")
}

/// Whichever question it is.
pub async fn a_query_ends_at_its_deadline<S: Subject>(subject: &S) {
    let store = store(subject).await;
    let late = QueryContext::new(Duration::ZERO, usize::MAX);
    for outcome in ask_all(&*snapshot_for::<S>(&store, late).await).await {
        assert!(matches!(outcome, Err(StoreError::Deadline)), "{outcome:?}");
    }
}

/// Whichever question it is.
pub async fn a_query_ends_when_it_is_cancelled<S: Subject>(subject: &S) {
    let store = store(subject).await;
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = snapshot_for::<S>(&store, context.clone()).await;
    for outcome in ask_all(&*snapshot).await {
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert!(context.spans_scanned() > 0);
    context.cancel();
    for outcome in ask_all(&*snapshot).await {
        assert!(matches!(outcome, Err(StoreError::Cancelled)), "{outcome:?}");
    }
}

/// Whichever question grows with what is stored.
pub async fn a_query_is_bounded_in_memory<S: Subject>(subject: &S) {
    let store = store(subject).await;
    let poor = QueryContext::new(Duration::from_hours(1), 200);
    let [candidates, _, series, values, _] = ask_all(&*snapshot_for::<S>(&store, poor).await).await;
    for outcome in [candidates, series, values] {
        assert!(
            matches!(outcome, Err(StoreError::LimitExceeded { .. })),
            "{outcome:?}"
        );
    }
}
