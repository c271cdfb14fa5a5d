//! Which traces a scan finds, and in which order.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use clew_model::{
    Event, KeyValue, Link, Resource, Scope, Span, SpanKind, StatusCode, TimeRange, TraceId, Value,
};

use super::super::spans::{at_ms, lasting, service, span, span_id, trace_id};
use super::super::{Subject, append, complete, found, snapshot, store_with};
use crate::{
    Anchoring, AttributeScope, Candidate, Comparison, Cursor, Field, Intrinsic, Order, OrderKey,
    Pattern, Predicate, Scalar, Scan, StoreError,
};

/// Every trace, the newest first.
pub(in crate::contract) fn everything() -> Scan {
    Scan::newest(TimeRange::ALL, Predicate::TRUE)
}

fn of_spans(predicate: Predicate) -> Scan {
    Scan::newest(TimeRange::ALL, predicate)
}

fn named(name: &str) -> Predicate {
    Predicate::equal(Intrinsic::Name, name)
}

fn of_service(name: &str) -> Predicate {
    Predicate::equal(Field::service(), name)
}

fn with_name(name: &str, span: Span) -> Span {
    Span {
        name: name.to_owned(),
        ..span
    }
}

/// Three traces whose starts, ends and durations are in three orders.
fn three() -> [Span; 3] {
    [
        lasting(span(1, 1), 30, 40),
        lasting(span(2, 1), 10, 90),
        lasting(span(3, 1), 20, 50),
    ]
}

/// By their last start.
pub async fn the_newest_traces_come_first<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&three()]).await;
    assert_eq!(found(&store, &everything()).await, [1, 3, 2]);
}

/// By their first start.
pub async fn the_oldest_traces_come_first<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&three()]).await;
    let scan = Scan {
        order: Order::Oldest,
        ..everything()
    };
    assert_eq!(found(&store, &scan).await, [2, 3, 1]);
}

/// By their longest span.
pub async fn the_slowest_traces_come_first<S: Subject>(subject: &S) {
    let [first, second, third] = three();
    let short = lasting(span(2, 2), 10, 11);
    let store = store_with(subject, &[&[first, second], &[short, third]]).await;
    let scan = Scan {
        order: Order::Slowest,
        ..everything()
    };
    assert_eq!(found(&store, &scan).await, [2, 3, 1]);
}

/// In every order, and only if they were asked for.
pub async fn late_spans_only_move_a_trace_towards_the_beginning<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&three()]).await;
    let scan = |order| Scan {
        order,
        ..of_spans(of_service("cart"))
    };
    let late = [
        lasting(span(2, 2), 5, 6),
        lasting(span(2, 3), 35, 36),
        Span {
            resource: service("shop"),
            ..lasting(span(3, 2), 1, 1000)
        },
    ];
    for span in late {
        append(subject, &store, &[span]).await;
    }
    assert_eq!(found(&store, &scan(Order::Newest)).await, [2, 1, 3]);
    assert_eq!(found(&store, &scan(Order::Oldest)).await, [2, 3, 1]);
    assert_eq!(found(&store, &scan(Order::Slowest)).await, [2, 3, 1]);
}

/// Both ends included; whatever else the trace has.
pub async fn the_time_range_is_of_the_spans_that_were_asked_for<S: Subject>(subject: &S) {
    let spans = [
        lasting(span(1, 1), 10, 90),
        lasting(span(2, 1), 20, 21),
        with_name("late", lasting(span(1, 2), 30, 31)),
    ];
    let store = store_with(subject, &[&spans]).await;
    let within = |start, end, predicate| Scan {
        time: TimeRange {
            start: at_ms(start),
            end: at_ms(end),
        },
        ..of_spans(predicate)
    };
    for (start, end, predicate, expected) in [
        (10, 20, Predicate::TRUE, &[2, 1][..]),
        (11, 19, Predicate::TRUE, &[]),
        (20, 30, Predicate::TRUE, &[1, 2]),
        (31, 1000, Predicate::TRUE, &[]),
        (30, 30, named("late"), &[1]),
        (0, 29, named("late"), &[]),
        // The order is that of the spans in the range alone.
        (0, 25, Predicate::TRUE, &[2, 1]),
    ] {
        let found = found(&store, &within(start, end, predicate)).await;
        assert_eq!(found, expected, "{start} to {end}");
    }
}

/// Not of one and the same, nor of spans that came together.
pub async fn each_predicate_holds_of_some_span_of_the_trace<S: Subject>(subject: &S) {
    let store = store_with(
        subject,
        &[
            &[
                with_name("a", lasting(span(1, 1), 10, 11)),
                with_name("a", span(2, 1)),
            ],
            &[
                with_name("b", span(3, 1)),
                with_name("b", lasting(span(1, 2), 5, 6)),
            ],
        ],
    )
    .await;
    let scan = |spans| Scan {
        spans,
        ..everything()
    };
    for (spans, expected) in [
        (vec![named("a"), named("b")], &[1][..]),
        (vec![named("a"), named("a")], &[1, 2]),
        (vec![named("b")], &[1, 3]),
        (vec![], &[1, 2, 3]),
        (vec![named("a"), named("c")], &[]),
        (vec![Predicate::All(vec![named("a"), named("b")])], &[]),
    ] {
        assert_eq!(found(&store, &scan(spans)).await, expected);
    }
    // The key is of all spans that were asked for, and the hint of some.
    let both = scan(vec![named("a"), named("b")]);
    let candidates = snapshot(&store).await.candidates(&both, None, 1).await;
    let candidates = complete(candidates.expect("reads"));
    assert_eq!(candidates[0].key, OrderKey(at_ms(10).unix_nanos()));
    let hint = candidates[0].time;
    assert!(hint.start >= at_ms(5) && hint.end <= at_ms(10), "{hint:?}");
}

/// In place of a wrong answer.
pub async fn too_many_predicates_are_refused<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&[span(1, 1)]]).await;
    let scan = |count| Scan {
        spans: vec![Predicate::TRUE; count],
        ..everything()
    };
    assert_eq!(found(&store, &scan(Scan::PREDICATES_MAX)).await, [1]);
    let snapshot = snapshot(&store).await;
    let refused = snapshot
        .candidates(&scan(Scan::PREDICATES_MAX + 1), None, 1)
        .await;
    assert!(
        matches!(refused, Err(StoreError::LimitExceeded { .. })),
        "{refused:?}"
    );
}

/// The ids of all pages of this size, in order.
async fn pages<S: Subject>(store: &S::Store, scan: &Scan, size: usize) -> Vec<TraceId> {
    let snapshot = snapshot(store).await;
    let mut ids = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = snapshot.candidates(scan, cursor.as_ref(), size).await;
        let page = complete(page.expect("reads"));
        assert!(page.len() <= size, "{page:?}");
        let Some(last) = page.last() else { return ids };
        cursor = Some(last.cursor());
        ids.extend(page.iter().map(|it| it.id));
    }
}

/// In every order, also where many traces have one key.
pub async fn pages_follow_each_other_without_gap_and_repetition<S: Subject>(subject: &S) {
    let mut batches: Vec<Vec<Span>> = Vec::new();
    for round in 0..4 {
        let spans = (1..=40).map(|number| {
            let start = u64::from(number) / 4 * 10 + round;
            lasting(
                span(number, 1 + u8::try_from(round).unwrap_or(0)),
                start,
                start + 3 * round,
            )
        });
        batches.push(spans.collect());
    }
    let batches: Vec<&[Span]> = batches.iter().map(Vec::as_slice).collect();
    let store = store_with(subject, &batches).await;
    for order in [Order::Newest, Order::Oldest, Order::Slowest] {
        let scan = Scan {
            order,
            ..everything()
        };
        let all = pages::<S>(&store, &scan, 1000).await;
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 40);
        for size in [1, 3, 7, 40] {
            assert_eq!(
                pages::<S>(&store, &scan, size).await,
                all,
                "{order:?} {size}"
            );
        }
    }
    let none = snapshot(&store)
        .await
        .candidates(&everything(), None, 0)
        .await;
    assert_eq!(complete(none.expect("reads")), []);
}

/// A trace that was shown has moved before the cursor, or stayed.
pub async fn no_page_shows_a_trace_again_that_has_grown<S: Subject>(subject: &S) {
    let spans: Vec<Span> = (1..=6)
        .map(|number| lasting(span(number, 1), 10 * u64::from(number), 100))
        .collect();
    let store = store_with(subject, &[&spans]).await;
    let first = snapshot(&store)
        .await
        .candidates(&everything(), None, 3)
        .await;
    let first = complete(first.expect("reads"));
    let cursor = first.last().map(Candidate::cursor);
    // Of a trace that was shown comes an early span, of one that was not a late one.
    append(
        subject,
        &store,
        &[lasting(span(6, 2), 1, 2), lasting(span(1, 2), 99, 100)],
    )
    .await;

    let rest = snapshot(&store)
        .await
        .candidates(&everything(), cursor.as_ref(), 10)
        .await;

    let numbers: Vec<u8> = complete(rest.expect("reads"))
        .iter()
        .map(|it| it.id.to_bytes()[0])
        .collect();
    assert_eq!(
        numbers,
        [3, 2],
        "6 was shown, and 1 stands before the cursor now"
    );
}

/// The live tail.
pub async fn only_spans_that_arrived_in_a_range_count<S: Subject>(subject: &S) {
    let store = subject.open().await;
    let first = append(subject, &store, &[span(1, 1), lasting(span(2, 1), 50, 60)]).await;
    let second = append(subject, &store, &[lasting(span(1, 2), 20, 30)]).await;
    let third = append(subject, &store, &[lasting(span(3, 1), 90, 95)]).await;
    for (arrived, expected) in [
        (first..second, &[2, 1][..]),
        (second..third, &[1]),
        (second..third.next(), &[3, 1]),
        (third.next()..third.next().next(), &[]),
        (third..second, &[]),
    ] {
        let scan = Scan {
            arrived: Some(arrived.clone()),
            ..everything()
        };
        assert_eq!(found(&store, &scan).await, expected, "{arrived:?}");
    }
}

/// Of users, with failures, with links.
fn spans_of_all_sorts() -> [Span; 5] {
    let user = |number, user: &str| Span {
        attributes: vec![KeyValue::new("user", user)],
        ..span(number, 1)
    };
    let mut failed = user(4, "bert");
    failed.status.code = StatusCode::Error;
    failed.kind = SpanKind::Server;
    failed.parent_span_id = Some(span_id(9));
    let mut linked = span(5, 1);
    linked.links = vec![Link {
        trace_id: Some(trace_id(1)),
        span_id: None,
        trace_state: String::new(),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        flags: 0,
    }];
    [
        user(1, "anna"),
        user(2, "anna-maria"),
        span(3, 1),
        failed,
        linked,
    ]
}

/// Each kind of predicate on its way through the store; the details are in the tests of
/// [`Predicate`].
pub async fn a_predicate_finds_what_it_holds_of<S: Subject>(subject: &S) {
    let store = store_with(subject, &[&spans_of_all_sorts()]).await;
    let field = || Field::attribute(AttributeScope::Span, "user");
    let not = |predicate| Predicate::Not(Box::new(predicate));
    let equal = |user: &str| Predicate::equal(field(), user);
    let matches = |pattern, anchoring| {
        let pattern = Pattern::new(pattern, anchoring).expect("it is a pattern");
        Predicate::Matches(field(), pattern)
    };
    for (predicate, expected) in [
        (equal("anna"), &[1][..]),
        (
            Predicate::Compare(field(), Comparison::NotEqual, "anna".into()),
            &[2, 4],
        ),
        (not(equal("anna")), &[2, 3, 4, 5]),
        (Predicate::Exists(field()), &[1, 2, 4]),
        (not(Predicate::Exists(field())), &[3, 5]),
        (Predicate::Any(vec![equal("anna"), equal("bert")]), &[1, 4]),
        (Predicate::All(vec![equal("anna"), equal("bert")]), &[]),
        (Predicate::Any(vec![]), &[]),
        (Predicate::Contains(field(), "nna".to_owned()), &[1, 2]),
        (Predicate::HasWord(field(), "maria".to_owned()), &[2]),
        (matches("a.*a", Anchoring::Whole), &[1, 2]),
        (matches("n+a$", Anchoring::Within), &[1]),
        (
            Predicate::equal(Intrinsic::Status, Scalar::Status(StatusCode::Error)),
            &[4],
        ),
        (
            Predicate::equal(Intrinsic::Kind, Scalar::Kind(SpanKind::Server)),
            &[4],
        ),
        (Predicate::Exists(Intrinsic::ParentSpanId.into()), &[4]),
        (
            Predicate::equal(Intrinsic::LinkTraceId, Scalar::TraceId(trace_id(1))),
            &[5],
        ),
        (
            Predicate::equal(Intrinsic::TraceId, Scalar::TraceId(trace_id(3))),
            &[3],
        ),
        (of_service("cart"), &[1, 2, 3, 4, 5]),
        (of_service("shop"), &[]),
        (not(of_service("shop")), &[1, 2, 3, 4, 5]),
        (named("work"), &[1, 2, 3, 4, 5]),
    ] {
        let found = found(&store, &of_spans(predicate.clone())).await;
        assert_eq!(found, expected, "{predicate:?}");
    }
}

/// Where they were asked for, or anywhere.
pub async fn attributes_are_found_wherever_they_stand<S: Subject>(subject: &S) {
    let attributes = || vec![KeyValue::new("other", "x"), KeyValue::new("place", "here")];
    let event = Event {
        time: at_ms(1),
        name: "event".to_owned(),
        attributes: attributes(),
        dropped_attributes_count: 0,
    };
    let link = Link {
        trace_id: None,
        span_id: None,
        trace_state: String::new(),
        attributes: attributes(),
        dropped_attributes_count: 0,
        flags: 0,
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
            ..span(1, 1)
        },
        Span {
            events: vec![event],
            ..span(2, 1)
        },
        Span {
            scope: Arc::new(scope),
            ..span(3, 1)
        },
        Span {
            resource: Arc::new(resource),
            ..span(4, 1)
        },
        Span {
            links: vec![link],
            ..span(5, 1)
        },
        span(6, 1),
    ];
    let store = store_with(subject, &[&spans]).await;
    for (scope, expected) in [
        (AttributeScope::Any, &[1, 2, 3, 4, 5][..]),
        (AttributeScope::Span, &[1]),
        (AttributeScope::Event, &[2]),
        (AttributeScope::Scope, &[3]),
        (AttributeScope::Resource, &[4]),
        (AttributeScope::Link, &[5]),
    ] {
        for (value, expected) in [("here", expected), ("x", &[])] {
            let predicate = Predicate::equal(Field::attribute(scope, "place"), value);
            let found = found(&store, &of_spans(predicate)).await;
            assert_eq!(found, expected, "{scope:?} {value}");
        }
    }
}

/// As Jaeger's tags are.
pub async fn attributes_are_compared_by_their_text<S: Subject>(subject: &S) {
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
        let span = Span {
            attributes: vec![KeyValue::new("key", value.clone())],
            ..span(id, 1)
        };
        append(subject, &store, &[span]).await;
    }
    for (id, (_, text)) in (1..).zip(&values) {
        let expected: &[u8] = if *text == "42" { &[2, 3] } else { &[id] };
        let field = Field::attribute(AttributeScope::Any, "key");
        let predicate = Predicate::TextEquals(field, (*text).to_owned());
        assert_eq!(
            found(&store, &of_spans(predicate)).await,
            expected,
            "{text}"
        );
    }
}

/// A span that ends before it starts took no time.
pub async fn durations_include_their_bounds<S: Subject>(subject: &S) {
    let spans = [
        lasting(span(1, 1), 10, 20),
        lasting(span(2, 1), 10, 30),
        lasting(span(3, 1), 10, 40),
        lasting(span(4, 1), 10, 5),
    ];
    let store = store_with(subject, &[&spans]).await;
    let bound = |comparison, millis| {
        let duration = Scalar::Duration(Duration::from_millis(millis));
        Predicate::Compare(Intrinsic::Duration.into(), comparison, duration)
    };
    let between = |min, max| {
        Predicate::All(vec![
            bound(Comparison::GreaterOrEqual, min),
            bound(Comparison::LessOrEqual, max),
        ])
    };
    for (min, max, expected) in [
        (10, 20, &[1, 2][..]),
        (11, 19, &[]),
        (20, 1000, &[2, 3]),
        (0, 10, &[1, 4]),
    ] {
        let found = found(&store, &of_spans(between(min, max))).await;
        assert_eq!(found, expected, "{min} to {max}");
    }
}
