//! [`Level::Durable`](super::Level::Durable): what was kept is there when the store is opened
//! again.

use super::spans::{in_text_form, span, trace_id};
use super::{Subject, append, store_with};
use crate::TraceStore;

pub(super) async fn run<S: Subject>(new: &impl Fn() -> S) {
    w1_spans_are_there_after_opening_again(&new()).await;
    a_store_that_was_opened_again_takes_more(&new()).await;
    resent_spans_are_recognised_after_opening_again(&new()).await;
}

async fn w1_spans_are_there_after_opening_again<S: Subject>(subject: &S) {
    let spans = [span(1, 1), span(1, 2)];
    drop(store_with(subject, &[&spans[..1], &spans[1..]]).await);

    let store = subject.open().await;
    let trace = store.trace(trace_id(1)).await.expect("reads");
    let trace = trace.expect("the trace was kept");
    assert_eq!(in_text_form(&trace.spans), spans);
    assert_eq!(store.services().await.expect("reads"), ["cart"]);
}

async fn a_store_that_was_opened_again_takes_more<S: Subject>(subject: &S) {
    for id in 1..=3 {
        let store = subject.open().await;
        append(subject, &store, &[span(1, id)]).await;
        let trace = store.trace(trace_id(1)).await.expect("reads");
        assert_eq!(
            trace.expect("the trace was kept").spans.len(),
            usize::from(id)
        );
    }
}

async fn resent_spans_are_recognised_after_opening_again<S: Subject>(subject: &S) {
    for _ in 0..2 {
        let store = store_with(subject, &[&[span(1, 1)]]).await;
        let trace = store.trace(trace_id(1)).await.expect("reads");
        assert_eq!(trace.expect("the trace was kept").spans.len(), 1);
    }
}
