//! Where callers are looked for, if few or many calls wait for them.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::time::Duration;

use clew_model::{Span, SpanKind, TimeRange, Timestamp};
use clew_store::{Edges, QueryContext, TraceStore as _};
use clew_store_local::{LocalStore, Options};
use clew_testkit::{batch_of, service, span, span_id};

const MINUTE: u64 = 60_000_000_000;

/// When the calls came in that are asked for.
const NOW: u64 = 1_000 * MINUTE;

/// So many spans are one segment.
const HEAD_SPANS: usize = 100;

/// How long a question may take.
const PATIENCE: Duration = Duration::from_mins(1);

fn of_service(name: &str, trace: u128, id: u64, parent: Option<u64>, minutes_before: u64) -> Span {
    let at = Timestamp::from_unix_nanos(NOW - minutes_before * MINUTE);
    Span {
        kind: SpanKind::Server,
        parent_span_id: parent.map(span_id),
        start: at,
        end: at,
        ..span(&service(name), trace, id)
    }
}

/// Who calls at `NOW`, and how many calls have no caller, in a store with a caller of half an hour before,
/// one of three hours before, and so many calls whose callers are not traced.
async fn callers(untraced: u64) -> (Vec<String>, u64) {
    let mut options = Options::default();
    options.head_spans = HEAD_SPANS;
    let store = LocalStore::in_memory(&options).unwrap();
    for (trace, caller, minutes_before) in [(1, "near", 30), (2, "far", 180)] {
        // Each is sealed into a segment of its own: what is not sealed is looked through in any case.
        let mut spans = vec![of_service(caller, trace, 1, None, minutes_before)];
        let filler = |id: u64| of_service("other", trace + 10, id, None, minutes_before);
        spans.extend((1..=HEAD_SPANS as u64).map(filler));
        store.append(batch_of(&spans)).await.unwrap();
    }
    let wanted = [1, 2].map(|trace| of_service("web", trace, 2, Some(1), 0));
    store.append(batch_of(&wanted)).await.unwrap();
    let orphan = |id: u64| of_service("web", 4, id, Some(u64::MAX - id), 0);
    let orphans: Vec<Span> = (1..=untraced).map(orphan).collect();
    store.append(batch_of(&orphans)).await.unwrap();
    let context = QueryContext::new(PATIENCE, usize::MAX);
    let snapshot = store.snapshot(context).await.unwrap();
    let time = TimeRange {
        start: Timestamp::from_unix_nanos(NOW),
        end: Timestamp::from_unix_nanos(NOW),
    };
    let graph = snapshot.edges(&Edges { time }).await.unwrap().value;
    let callers = graph.edges.into_iter().map(|edge| edge.caller);
    (callers.collect(), graph.unresolved)
}

#[tokio::test]
async fn the_callers_of_few_calls_are_looked_for_in_all_that_is_stored() {
    let both = vec!["far".to_owned(), "near".to_owned()];
    assert_eq!(callers(10).await, (both, 10));
}

#[tokio::test]
async fn the_callers_of_many_calls_are_looked_for_within_an_hour() {
    let near = vec!["near".to_owned()];
    assert_eq!(callers(5_000).await, (near, 5_001));
}
