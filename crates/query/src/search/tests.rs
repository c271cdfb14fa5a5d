use std::time::Duration;

use clew_model::{Span, TimeRange, Timestamp};
use clew_store::{Predicate, QueryContext, ReferenceStore, TraceStore as _};
use clew_testkit::{batch_of, service, span};

use super::*;

/// Traces 1 to 5, of as many spans as their number says, the latter the newer.
async fn store() -> ReferenceStore {
    let store = ReferenceStore::new();
    for id in 1..=5 {
        let spans: Vec<Span> = (1..=5)
            .filter(|number| *number >= id)
            .map(|number| Span {
                start: Timestamp::from_unix_nanos(number * 100 + id),
                ..span(&service("web"), number.into(), id)
            })
            .collect();
        store.append(batch_of(&spans)).await.unwrap();
    }
    store
}

fn search(after: Option<Cursor>, limit: usize) -> Search {
    Search {
        scan: Scan::newest(TimeRange::ALL, Predicate::TRUE),
        after,
        limit,
    }
}

#[tokio::test]
async fn pages_have_summaries_of_whole_traces() {
    let store = store().await;
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.snapshot(context).await.unwrap();
    let mut sizes = Vec::new();
    let mut after = None;
    loop {
        let page = search(after, 2).run(&*snapshot).await.unwrap();
        assert_eq!(page.coverage, Coverage::Complete);
        sizes.push(page.traces.iter().map(|it| it.spans).collect::<Vec<_>>());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [vec![5, 4], vec![3, 2], vec![1]]);
}

#[tokio::test]
async fn a_page_that_is_just_full_is_the_last_one() {
    let store = store().await;
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    let snapshot = store.snapshot(context).await.unwrap();
    for (limit, has_next) in [(4, true), (5, false), (6, false)] {
        let page = search(None, limit).run(&*snapshot).await.unwrap();
        assert_eq!(page.next.is_some(), has_next, "{limit}");
        assert_eq!(page.traces.len(), limit.min(5));
    }
}

#[tokio::test]
async fn what_the_store_refuses_is_refused() {
    let store = store().await;
    let late = QueryContext::new(Duration::ZERO, usize::MAX);
    let snapshot = store.snapshot(late).await.unwrap();
    let outcome = search(None, 1).run(&*snapshot).await;
    assert!(matches!(outcome, Err(StoreError::Deadline)), "{outcome:?}");
}
