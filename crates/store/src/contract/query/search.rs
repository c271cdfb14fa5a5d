//! Traces are found by what holds of one of their spans.

use std::sync::Arc;
use std::time::Duration;

use clew_model::{
    Event, KeyValue, Resource, Scope, Span, SpanKind, Status, StatusCode, TimeRange, TraceId, Value,
};

use crate::contract::spans::{at_ms, in_text_form, lasting, service, span, trace_id};
use crate::contract::{Subject, append, store_with};
use crate::{AttributeFilter, SpanFilter, TraceQuery, TraceStore};

pub(super) async fn run<S: Subject>(new: &impl Fn() -> S) {
    an_empty_filter_finds_all_newest_first(&new()).await;
    each_condition_holds_alone(&new()).await;
    durations_include_their_bounds(&new()).await;
    conditions_hold_of_one_span_together(&new()).await;
    attributes_are_found_wherever_they_stand(&new()).await;
    attributes_are_compared_by_their_text(&new()).await;
    the_time_range_is_of_the_span_that_fits(&new()).await;
    traces_come_whole(&new()).await;
    the_limit_keeps_the_newest(&new()).await;
    a_late_span_that_began_earlier_moves_its_trace(&new()).await;
}

fn query(span: SpanFilter) -> TraceQuery {
    TraceQuery {
        time: TimeRange::ALL,
        span,
        limit: 100,
    }
}

fn filter() -> SpanFilter {
    SpanFilter::default()
}

fn attribute(key: &str, value: &str) -> SpanFilter {
    SpanFilter {
        attributes: vec![AttributeFilter {
            key: key.to_owned(),
            value: value.to_owned(),
        }],
        ..filter()
    }
}

/// The query finds these traces, in this order.
async fn check(store: &impl TraceStore, query: TraceQuery, expected: &[u8]) {
    let found = store.search(&query).await.expect("reads");
    let found: Vec<TraceId> = found.iter().map(|trace| trace.id).collect();
    let expected: Vec<TraceId> = expected.iter().map(|&id| trace_id(id)).collect();
    assert_eq!(found, expected, "{query:?}");
}

async fn an_empty_filter_finds_all_newest_first<S: Subject>(subject: &S) {
    check(&subject.open().await, query(filter()), &[]).await;
    let spans = [
        lasting(span(1, 1), 20, 30),
        lasting(span(2, 2), 40, 50),
        lasting(span(3, 3), 10, 90),
        lasting(span(2, 4), 15, 16),
    ];
    let store = store_with(subject, &[&spans]).await;
    check(&store, query(filter()), &[1, 2, 3]).await;
}

async fn each_condition_holds_alone<S: Subject>(subject: &S) {
    let failed = Status {
        code: StatusCode::Error,
        message: String::new(),
    };
    let spans = [
        Span {
            resource: service("shop"),
            ..lasting(span(1, 1), 1, 2)
        },
        Span {
            name: "GET /".to_owned(),
            ..lasting(span(2, 1), 2, 3)
        },
        Span {
            kind: SpanKind::Client,
            ..lasting(span(3, 1), 3, 4)
        },
        Span {
            status: failed,
            ..lasting(span(4, 1), 4, 5)
        },
        lasting(span(5, 1), 5, 500),
        Span {
            attributes: vec![KeyValue::new("user.id", "7")],
            ..lasting(span(6, 1), 6, 7)
        },
    ];
    let store = store_with(subject, &[&spans]).await;

    let service = |name: &str| SpanFilter {
        service: Some(name.to_owned()),
        ..filter()
    };
    check(&store, query(service("shop")), &[1]).await;
    check(&store, query(service("cart")), &[6, 5, 4, 3, 2]).await;
    check(&store, query(service("car")), &[]).await;
    let name = |name: &str| SpanFilter {
        name: Some(name.to_owned()),
        ..filter()
    };
    check(&store, query(name("GET /")), &[2]).await;
    check(&store, query(name("get /")), &[]).await;
    let kind = |kind| SpanFilter {
        kind: Some(kind),
        ..filter()
    };
    check(&store, query(kind(SpanKind::Client)), &[3]).await;
    check(&store, query(kind(SpanKind::Producer)), &[]).await;
    let status = |status| SpanFilter {
        status: Some(status),
        ..filter()
    };
    check(&store, query(status(StatusCode::Error)), &[4]).await;
    check(&store, query(status(StatusCode::Ok)), &[]).await;
    check(&store, query(attribute("user.id", "7")), &[6]).await;
    check(&store, query(attribute("user.id", "")), &[]).await;
    check(&store, query(attribute("user", "7")), &[]).await;
}

async fn durations_include_their_bounds<S: Subject>(subject: &S) {
    let spans = [
        lasting(span(1, 1), 10, 20),
        lasting(span(2, 1), 20, 40),
        lasting(span(3, 1), 30, 60),
        // It ends before it starts, which counts as no time.
        lasting(span(4, 1), 40, 5),
    ];
    let store = store_with(subject, &[&spans]).await;
    let between = |min, max| SpanFilter {
        duration_min: Some(Duration::from_millis(min)),
        duration_max: Some(Duration::from_millis(max)),
        ..filter()
    };
    check(&store, query(between(10, 20)), &[2, 1]).await;
    check(&store, query(between(11, 19)), &[]).await;
    check(&store, query(between(20, 1000)), &[3, 2]).await;
    check(&store, query(between(0, 10)), &[4, 1]).await;
}

async fn conditions_hold_of_one_span_together<S: Subject>(subject: &S) {
    let get = Span {
        name: "GET /".to_owned(),
        ..span(1, 1)
    };
    let user = Span {
        attributes: vec![KeyValue::new("user.id", "7")],
        ..span(1, 2)
    };
    let both = Span {
        span_id: get.span_id,
        trace_id: trace_id(2),
        name: get.name.clone(),
        ..user.clone()
    };
    let store = store_with(subject, &[&[get, user, both]]).await;
    let asked = SpanFilter {
        name: Some("GET /".to_owned()),
        ..attribute("user.id", "7")
    };
    check(&store, query(asked), &[2]).await;
}

async fn attributes_are_found_wherever_they_stand<S: Subject>(subject: &S) {
    let attributes = || vec![KeyValue::new("other", "x"), KeyValue::new("place", "here")];
    let event = Event {
        time: at_ms(1),
        name: "event".to_owned(),
        attributes: attributes(),
        dropped_attributes_count: 0,
    };
    let scope = Scope {
        attributes: attributes(),
        ..Scope::default()
    };
    let resource = Resource {
        attributes: attributes(),
        ..Resource::default()
    };
    let spans = [
        Span {
            attributes: attributes(),
            ..lasting(span(1, 1), 1, 2)
        },
        Span {
            events: vec![event],
            ..lasting(span(2, 1), 2, 3)
        },
        Span {
            scope: Arc::new(scope),
            ..lasting(span(3, 1), 3, 4)
        },
        Span {
            resource: Arc::new(resource),
            ..lasting(span(4, 1), 4, 5)
        },
        lasting(span(5, 1), 5, 6),
    ];
    let store = store_with(subject, &[&spans]).await;
    check(&store, query(attribute("place", "here")), &[4, 3, 2, 1]).await;
    check(&store, query(attribute("place", "x")), &[]).await;
}

async fn attributes_are_compared_by_their_text<S: Subject>(subject: &S) {
    let values: [(Value, &str); 7] = [
        (true.into(), "true"),
        (42.into(), "42"),
        ("42".into(), "42"),
        (0.5.into(), "0.5"),
        (Value::Bytes(vec![1, 2]), "AQI="),
        (Value::Array(vec![1.into(), "a".into()]), r#"[1,"a"]"#),
        (
            Value::Map(vec![KeyValue::new("k", Value::Empty)]),
            r#"{"k":null}"#,
        ),
    ];
    let store = subject.open().await;
    for (id, (value, _)) in (1..).zip(&values) {
        let key_value = KeyValue::new("key", value.clone());
        let span = Span {
            attributes: vec![key_value],
            ..span(id, 1)
        };
        append(subject, &store, &[lasting(span, u64::from(id), 100)]).await;
    }
    for (id, (_, text)) in (1..).zip(&values) {
        let expected: &[u8] = if *text == "42" { &[3, 2] } else { &[id] };
        check(&store, query(attribute("key", text)), expected).await;
    }
}

async fn the_time_range_is_of_the_span_that_fits<S: Subject>(subject: &S) {
    let spans = [
        lasting(span(1, 1), 10, 90),
        lasting(span(2, 1), 20, 21),
        // The trace begins before the range, and a span of it within.
        Span {
            name: "late".to_owned(),
            ..lasting(span(1, 2), 30, 31)
        },
    ];
    let store = store_with(subject, &[&spans]).await;
    let within = |start, end, span| TraceQuery {
        time: TimeRange {
            start: at_ms(start),
            end: at_ms(end),
        },
        ..query(span)
    };
    check(&store, within(10, 20, filter()), &[2, 1]).await;
    check(&store, within(11, 19, filter()), &[]).await;
    check(&store, within(20, 30, filter()), &[2, 1]).await;
    check(&store, within(31, 1000, filter()), &[]).await;
    let late = SpanFilter {
        name: Some("late".to_owned()),
        ..filter()
    };
    check(&store, within(30, 30, late.clone()), &[1]).await;
    check(&store, within(0, 29, late), &[]).await;
}

async fn traces_come_whole<S: Subject>(subject: &S) {
    let spans = [
        lasting(span(1, 1), 0, 90),
        Span {
            name: "GET /".to_owned(),
            resource: service("shop"),
            ..lasting(span(1, 2), 10, 20)
        },
    ];
    let store = store_with(subject, &[&spans]).await;
    let asked = SpanFilter {
        service: Some("shop".to_owned()),
        name: Some("GET /".to_owned()),
        ..filter()
    };
    let found = store.search(&query(asked)).await.expect("reads");
    assert_eq!(found.len(), 1);
    assert_eq!(in_text_form(&found[0].spans), spans);
}

async fn the_limit_keeps_the_newest<S: Subject>(subject: &S) {
    let spans: Vec<Span> = (1..=5)
        .map(|id| lasting(span(id, 1), u64::from(id), 100))
        .collect();
    let store = store_with(subject, &[&spans]).await;
    for (limit, expected) in [
        (0, &[][..]),
        (1, &[5]),
        (3, &[5, 4, 3]),
        (9, &[5, 4, 3, 2, 1]),
    ] {
        check(
            &store,
            TraceQuery {
                limit,
                ..query(filter())
            },
            expected,
        )
        .await;
    }
}

async fn a_late_span_that_began_earlier_moves_its_trace<S: Subject>(subject: &S) {
    let of_shop = |id, start_ms| Span {
        resource: service("shop"),
        ..lasting(span(2, id), start_ms, start_ms + 1)
    };
    let spans = [lasting(span(1, 1), 10, 11), lasting(span(2, 1), 20, 21)];
    let store = store_with(subject, &[&spans]).await;
    check(&store, query(filter()), &[2, 1]).await;
    // Earlier and earlier, and once between.
    for late in [of_shop(2, 5), of_shop(3, 2), of_shop(4, 3)] {
        append(subject, &store, &[late]).await;
        check(&store, query(filter()), &[1, 2]).await;
        for (service, expected) in [("cart", &[1, 2][..]), ("shop", &[2])] {
            let service = Some(service.to_owned());
            check(
                &store,
                query(SpanFilter {
                    service,
                    ..filter()
                }),
                expected,
            )
            .await;
        }
    }
}
