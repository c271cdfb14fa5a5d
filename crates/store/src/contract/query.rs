//! [`Level::Query`](super::Level::Query): spans are kept and found.

mod search;

use std::sync::Arc;

use clew_model::{Event, KeyValue, Link, Resource, Scope, Span, SpanKind, Status, StatusCode};

use super::spans::{at_ms, in_text_form, lasting, service, span, span_id, trace_id};
use super::{Subject, append, store_with};
use crate::{Operation, TraceStore};

pub(super) async fn run<S: Subject>(new: &impl Fn() -> S) {
    an_empty_store_has_nothing(&new()).await;
    a_batch_without_spans_changes_nothing(&new()).await;
    q1_a_span_is_found_by_the_next_query(&new()).await;
    a_span_keeps_all_that_it_had(&new()).await;
    a_trace_is_put_together_from_batches_in_any_order(&new()).await;
    q1_resent_spans_are_one_span(&new()).await;
    different_spans_of_one_id_are_all_kept(&new()).await;
    services_are_named_once_and_in_order(&new()).await;
    operations_are_those_of_the_service(&new()).await;
    search::run(new).await;
}

/// The spans of the trace, as far as this level goes.
async fn spans_of<S: TraceStore>(store: &S, trace: u8) -> Vec<Span> {
    let id = trace_id(trace);
    let trace = store.trace(id).await.expect("reads");
    let trace = trace.expect("the trace was kept");
    assert_eq!(trace.id, id);
    in_text_form(&trace.spans)
}

async fn an_empty_store_has_nothing<S: Subject>(subject: &S) {
    let store = subject.open().await;
    assert_eq!(store.trace(trace_id(1)).await.expect("reads"), None);
    assert!(store.services().await.expect("reads").is_empty());
    let operations = store.operations("cart", None).await.expect("reads");
    assert!(operations.is_empty());
}

async fn a_batch_without_spans_changes_nothing<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&[], &[span(1, 1)], &[]]).await;
    assert_eq!(spans_of(&store, 1).await, [span(1, 1)]);
}

async fn q1_a_span_is_found_by_the_next_query<S: Subject>(subject: &S) {
    let store = subject.open().await;
    for id in 1..=20 {
        append(subject, &store, &[span(id, id)]).await;
        assert_eq!(spans_of(&store, id).await, [span(id, id)]);
    }
    assert_eq!(store.trace(trace_id(21)).await.expect("reads"), None);
}

async fn a_span_keeps_all_that_it_had<S: Subject>(subject: &S) {
    let attributes = vec![KeyValue::new("a", "1"), KeyValue::new("a", "2")];
    let full = Span {
        parent_span_id: Some(span_id(9)),
        trace_state: "foo=bar".to_owned(),
        flags: 0xffff_fd01,
        name: "GET /bands/{id}".to_owned(),
        kind: SpanKind::Server,
        attributes: attributes.clone(),
        dropped_attributes_count: 1,
        events: vec![Event {
            time: at_ms(50),
            name: "exception".to_owned(),
            attributes: attributes.clone(),
            dropped_attributes_count: 2,
        }],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id: Some(trace_id(8)),
            span_id: Some(span_id(8)),
            trace_state: "a=b".to_owned(),
            attributes: attributes.clone(),
            dropped_attributes_count: 4,
            flags: 5,
        }],
        dropped_links_count: 6,
        status: Status {
            code: StatusCode::Error,
            message: "no such band".to_owned(),
        },
        resource: Arc::new(Resource {
            attributes: attributes.clone(),
            dropped_attributes_count: 7,
            schema_url: "https://example.com/resource".to_owned(),
        }),
        scope: Arc::new(Scope {
            name: "http".to_owned(),
            version: "1.2.3".to_owned(),
            attributes,
            dropped_attributes_count: 8,
            schema_url: "https://example.com/scope".to_owned(),
        }),
        ..span(1, 1)
    };
    let store = store_with(subject, &[&[full.clone(), span(1, 2)]]).await;
    assert_eq!(spans_of(&store, 1).await, [full, span(1, 2)]);
}

async fn a_trace_is_put_together_from_batches_in_any_order<S: Subject>(subject: &S) {
    let spans = [
        lasting(span(1, 7), 0, 90),
        lasting(span(1, 3), 10, 20),
        lasting(span(1, 5), 10, 30),
        lasting(span(1, 1), 40, 35),
    ];
    let [first, second, third, fourth] = spans.clone();
    let batches: [&[Span]; 3] = [&[fourth, span(2, 1)], &[third, first], &[second]];
    let store = store_with(subject, &batches).await;
    assert_eq!(
        spans_of(&store, 1).await,
        spans,
        "by start, then by span id"
    );
    assert_eq!(spans_of(&store, 2).await, [span(2, 1)]);
}

async fn q1_resent_spans_are_one_span<S: Subject>(subject: &S) {
    let spans = [span(1, 1), lasting(span(1, 2), 1, 2)];
    let [first, second] = spans.clone();
    // As they were, within one batch, and one of them among others.
    let within = [second.clone(), second.clone(), first];
    let store = store_with(subject, &[&spans, &spans, &within, &[span(2, 1), second]]).await;
    assert_eq!(spans_of(&store, 1).await, spans);
    assert_eq!(spans_of(&store, 2).await, [span(2, 1)]);
}

async fn different_spans_of_one_id_are_all_kept<S: Subject>(subject: &S) {
    let base = span(1, 1);
    let variants = [
        Span {
            kind: SpanKind::Client,
            ..base.clone()
        },
        Span {
            resource: service("shop"),
            ..base.clone()
        },
        Span {
            name: "other work".to_owned(),
            ..base.clone()
        },
        Span {
            parent_span_id: Some(span_id(2)),
            ..base.clone()
        },
        Span {
            end: at_ms(101),
            ..base.clone()
        },
        Span {
            attributes: vec![KeyValue::new("a", "b")],
            ..base.clone()
        },
        Span {
            trace_state: "a=b".to_owned(),
            ..base.clone()
        },
        Span {
            flags: 1,
            ..base.clone()
        },
        base,
    ];
    let store = store_with(subject, &[&variants[..4], &variants, &variants[4..]]).await;
    let kept = spans_of(&store, 1).await;
    assert_eq!(kept.len(), variants.len());
    for variant in variants {
        assert!(kept.contains(&variant), "{variant:?} is missing");
    }
}

async fn services_are_named_once_and_in_order<S: Subject>(subject: &S) {
    let of = |id, resource| Span {
        resource,
        ..span(1, id)
    };
    let spans = [
        of(1, service("shop")),
        of(2, service("cart")),
        of(3, Arc::new(Resource::default())),
        of(4, service("Zoo")),
        of(5, service("cart")),
    ];
    let store = store_with(subject, &[&spans[..3], &spans[3..]]).await;
    let services = store.services().await.expect("reads");
    assert_eq!(services, ["Zoo", "cart", "shop"]);
}

async fn operations_are_those_of_the_service<S: Subject>(subject: &S) {
    let of = |id, name: &str, kind| Span {
        name: name.to_owned(),
        kind,
        ..span(1, id)
    };
    let spans = [
        of(1, "b", SpanKind::Server),
        of(2, "a", SpanKind::Client),
        of(3, "b", SpanKind::Internal),
        of(4, "b", SpanKind::Server),
        Span {
            resource: service("shop"),
            ..of(5, "c", SpanKind::Server)
        },
    ];
    let store = store_with(subject, &[&spans]).await;
    let operation = |name: &str, kind| Operation {
        name: name.to_owned(),
        kind,
    };

    let all = store.operations("cart", None).await.expect("reads");
    let expected = [
        operation("a", SpanKind::Client),
        operation("b", SpanKind::Internal),
        operation("b", SpanKind::Server),
    ];
    assert_eq!(all, expected);
    let servers = store.operations("cart", Some(SpanKind::Server)).await;
    assert_eq!(servers.expect("reads"), expected[2..]);
    let none = store.operations("no such service", None).await;
    assert_eq!(none.expect("reads"), []);
}
