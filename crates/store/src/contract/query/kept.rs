//! Spans are kept as they came, and loaded as traces.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use clew_model::{Event, KeyValue, Link, Resource, Scope, Span, SpanKind, Status, StatusCode};

use super::super::spans::{at_ms, lasting, service, span, span_id, trace_id};
use super::super::{
    Subject, append, complete, load, snapshot, spans_of, store_with, trace, unbounded,
};
use crate::{Collect, Columns, TraceKey, TracePart, TraceSink};

/// A store without spans has no trace.
pub async fn an_empty_store_has_nothing<S: Subject>(subject: &S) {
    let store = subject.open().await;
    assert_eq!(trace(&store, 1).await, None);
    let found = super::super::found(&store, &super::scan::everything()).await;
    assert!(found.is_empty(), "{found:?}");
}

/// Nor does a batch without spans.
pub async fn a_batch_without_spans_changes_nothing<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&[], &[span(1, 1)], &[]]).await;
    assert_eq!(spans_of(&store, 1).await, [span(1, 1)]);
}

/// Promise Q1.
pub async fn q1_a_span_is_found_by_the_next_query<S: Subject>(subject: &S) {
    let store = subject.open().await;
    for id in 1..=20 {
        append(subject, &store, &[span(id, id)]).await;
        assert_eq!(spans_of(&store, id).await, [span(id, id)]);
    }
    assert_eq!(trace(&store, 21).await, None);
}

/// Every part of a span comes back.
pub async fn a_span_keeps_all_that_it_had<S: Subject>(subject: &S) {
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

/// In the order of their start, whenever they came.
pub async fn a_trace_is_put_together_from_batches_in_any_order<S: Subject>(subject: &S) {
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

/// Whatever differs.
pub async fn different_spans_of_one_id_are_all_kept<S: Subject>(subject: &S) {
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

/// Parts of bounded size, one trace after the other in the order asked for.
pub async fn a_trace_is_loaded_in_parts_and_others_apart<S: Subject>(subject: &S) {
    #[derive(Default)]
    struct Parts(Vec<(u8, usize, bool)>);

    #[async_trait]
    impl TraceSink for Parts {
        async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
            let number = part.id.to_bytes()[0];
            self.0.push((number, part.spans.len(), part.is_last));
            ControlFlow::Continue(())
        }
    }

    let long: Vec<Span> = (0..1200).map(|number| numbered(1, number)).collect();
    let store = store_with(subject, &[&long[600..], &[span(2, 1)], &long[..600]]).await;
    let keys = [3, 2, 1].map(|number| TraceKey::from(trace_id(number)));
    let mut parts = Parts::default();
    let loaded = snapshot(&store)
        .await
        .load(&keys, &Columns::ALL, &mut parts)
        .await;
    complete(loaded.expect("reads"));
    assert_eq!(parts.0[0], (2, 1, true));
    let of_long = &parts.0[1..];
    assert!(
        of_long
            .iter()
            .all(|&(number, len, _)| number == 1 && len <= TracePart::SPANS_MAX)
    );
    assert_eq!(of_long.iter().map(|&(_, len, _)| len).sum::<usize>(), 1200);
    let last: Vec<bool> = of_long.iter().map(|&(.., is_last)| is_last).collect();
    assert_eq!(
        last.iter().position(|&is_last| is_last),
        Some(last.len() - 1)
    );
    let loaded = load(&*snapshot(&store).await, &[trace_id(1)]).await;
    assert_eq!(loaded[0].spans, long);
}

/// A span of more than the suite's other traces have.
fn numbered(trace: u8, number: u16) -> Span {
    let mut id = [1; 8];
    id[..2].copy_from_slice(&number.to_be_bytes());
    Span {
        span_id: clew_model::SpanId::from_bytes(id).expect("its bytes are not zero"),
        ..lasting(span(trace, 1), u64::from(number) / 2, 2000)
    }
}

/// What a caller does not need is not read.
pub async fn columns_that_are_not_wanted_are_empty<S: Subject>(subject: &S) {
    let full = Span {
        attributes: vec![KeyValue::new("a", "1")],
        events: vec![Event {
            time: at_ms(1),
            name: "event".to_owned(),
            attributes: Vec::new(),
            dropped_attributes_count: 0,
        }],
        ..span(1, 1)
    };
    let store = store_with(subject, &[std::slice::from_ref(&full)]).await;
    let only_events = Columns {
        events: true,
        ..Columns::SUMMARY
    };
    for (columns, expected) in [
        (Columns::SUMMARY, span(1, 1)),
        (
            only_events,
            Span {
                attributes: Vec::new(),
                ..full.clone()
            },
        ),
        (Columns::ALL, full),
    ] {
        let mut traces = Collect::new(&unbounded());
        let key = TraceKey::from(trace_id(1));
        let loaded = snapshot(&store)
            .await
            .load(&[key], &columns, &mut traces)
            .await;
        complete(loaded.expect("reads"));
        assert_eq!(
            traces.into_traces().expect("there is room")[0].spans,
            [expected]
        );
    }
}

/// So that an answer that nobody reads is not made.
pub async fn a_sink_that_has_enough_ends_the_loading<S: Subject>(subject: &S) {
    struct One(usize);

    #[async_trait]
    impl TraceSink for One {
        async fn take(&mut self, _: TracePart) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Break(())
        }
    }

    let store = store_with(subject, &[&[span(1, 1), span(2, 1)]]).await;
    let keys = [1, 2].map(|number| TraceKey::from(trace_id(number)));
    let mut one = One(0);
    let loaded = snapshot(&store)
        .await
        .load(&keys, &Columns::ALL, &mut one)
        .await;
    complete(loaded.expect("reads"));
    assert_eq!(one.0, 1);
}
