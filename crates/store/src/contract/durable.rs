//! [`Level::Durable`](super::Level::Durable): what was kept is there when the store is opened
//! again.

use super::query::everything;
use super::spans::span;
use super::{Subject, append, found, spans_of, store_with};

/// Promise W1, as far as a test without a crash goes.
pub async fn w1_spans_are_there_after_opening_again<S: Subject>(subject: &S) {
    let spans = [span(1, 1), span(1, 2)];
    drop(store_with(subject, &[&spans[..1], &spans[1..]]).await);

    let store = subject.open().await;
    assert_eq!(spans_of(&store, 1).await, spans);
    assert_eq!(found(&store, &everything()).await, [1]);
}

/// And they are kept with what was there.
pub async fn a_store_that_was_opened_again_takes_more<S: Subject>(subject: &S) {
    for id in 1..=3 {
        let store = subject.open().await;
        append(subject, &store, &[span(1, id)]).await;
        assert_eq!(spans_of(&store, 1).await.len(), usize::from(id));
    }
}

/// Exporters send again what was acknowledged just before the end, and not heard.
pub async fn resent_spans_are_recognised_after_opening_again<S: Subject>(subject: &S) {
    for _ in 0..2 {
        let store = store_with(subject, &[&[span(1, 1)]]).await;
        assert_eq!(spans_of(&store, 1).await.len(), 1);
    }
}
