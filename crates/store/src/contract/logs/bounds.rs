//! Every question about log records ends in time, when nobody waits any more, and before it takes too
//! much (R1).

use std::time::Duration;

use clew_model::{LogRecord, TimeRange};

use super::records::record;
use super::{LogSubject, everything, store_with};
use crate::{
    Intrinsic, LogCounts, LogSnapshot, LogStore, Predicate, QueryContext, StoreError, Values,
    ValuesOf,
};

/// What came of each of the three questions.
async fn ask_all(snapshot: &dyn LogSnapshot) -> [Result<(), StoreError>; 3] {
    let time = TimeRange::ALL;
    let records = snapshot.records(&everything(), None, 1000).await;
    let counts = LogCounts {
        time,
        records: Predicate::TRUE,
        step: Some(Duration::from_millis(1)),
    };
    let counts = snapshot.counts(&counts).await;
    let values = Values {
        time,
        spans: Predicate::TRUE,
        of: ValuesOf::Field(Intrinsic::Body.into()),
        limit: 1000,
    };
    let values = snapshot.values(&values).await;
    [records.map(drop), counts.map(drop), values.map(drop)]
}

async fn store<S: LogSubject>(subject: &S) -> S::Store {
    let records: Vec<LogRecord> = (1..=50)
        .map(|number| record(&number.to_string(), number))
        .collect();
    store_with(subject, &[&records]).await
}

/// Whichever question it is.
pub async fn a_log_query_ends_at_its_deadline<S: LogSubject>(subject: &S) {
    let store = store(subject).await;
    let late = QueryContext::new(Duration::ZERO, usize::MAX);
    let snapshot = store.log_snapshot(late).await.expect("reads");
    for outcome in ask_all(&*snapshot).await {
        assert!(matches!(outcome, Err(StoreError::Deadline)), "{outcome:?}");
    }
}

/// Whichever question it is.
pub async fn a_log_query_ends_when_it_is_cancelled<S: LogSubject>(subject: &S) {
    let store = store(subject).await;
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.log_snapshot(context.clone()).await.expect("reads");
    for outcome in ask_all(&*snapshot).await {
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    drop(context.cancel_on_drop());
    for outcome in ask_all(&*snapshot).await {
        assert!(matches!(outcome, Err(StoreError::Cancelled)), "{outcome:?}");
    }
}

/// Whichever question it is.
pub async fn a_log_query_is_bounded_in_memory<S: LogSubject>(subject: &S) {
    let store = store(subject).await;
    let small = QueryContext::new(Duration::from_hours(1), 100);
    let snapshot = store.log_snapshot(small).await.expect("reads");
    for outcome in ask_all(&*snapshot).await {
        let is_refused = matches!(outcome, Err(StoreError::LimitExceeded { .. }));
        assert!(is_refused, "{outcome:?}");
    }
}
