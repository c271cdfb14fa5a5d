//! [`Level::Isolated`](super::Level::Isolated): a snapshot stays as it is.

use super::query::everything;
use super::spans::{service, span, trace_id};
use super::{Subject, append, complete, load, snapshot, store_with};
use crate::{Position, Scan};

/// Neither appends nor what the store does with them change it.
pub async fn a_snapshot_stays_as_it_is<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&[span(1, 1)]]).await;
    let before = snapshot(&store).await;
    for number in 1..=100 {
        let mut late = span(number, 2);
        late.resource = service("shop");
        append(subject, &store, &[late]).await;
    }
    let traces = load(&*before, &[trace_id(1), trace_id(2)]).await;
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].spans, [span(1, 1)]);
    let scan = everything();
    let candidates = before.candidates(&scan, None, 10).await.expect("reads");
    assert_eq!(complete(candidates).len(), 1);
    let now = snapshot(&store).await.candidates(&scan, None, 1000).await;
    assert_eq!(complete(now.expect("reads")).len(), 100);
}

/// So that whoever asked once can ask for what is new.
pub async fn a_snapshot_knows_where_it_ends<S: Subject>(subject: &S) {
    let store = subject.open().await;
    assert_eq!(snapshot(&store).await.end(), Position::START);
    let first = append(subject, &store, &[span(1, 1)]).await;
    let end = snapshot(&store).await.end();
    assert_eq!((first, end), (Position::START, first.next()));
    append(subject, &store, &[span(2, 1)]).await;
    let after = snapshot(&store).await;
    let new = Scan {
        arrived: Some(end..after.end()),
        ..everything()
    };
    let candidates = complete(after.candidates(&new, None, 10).await.expect("reads"));
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0].id, trace_id(2));
}
