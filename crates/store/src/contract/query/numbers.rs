//! Values, aggregates and edges.

use std::time::Duration;

use clew_model::{KeyValue, Resource, Span, SpanKind, Status, StatusCode, TimeRange, Timestamp};

use super::super::spans::{at_ms, lasting, service, span, span_id};
use super::super::{Subject, complete, snapshot, store_with};
use crate::{
    Aggregate, AttributeScope, EdgeKind, Edges, Field, Intrinsic, Measure, Predicate, Scalar,
    Series, StoreError, TopValues, TraceStore, Values, ValuesOf,
};

async fn values<S: TraceStore>(store: &S, question: &Values) -> Vec<(String, u64)> {
    let values = top_values(store, question).await;
    let values = values.values.into_iter();
    values.map(|it| (it.value.to_string(), it.spans)).collect()
}

async fn top_values<S: TraceStore>(store: &S, question: &Values) -> TopValues {
    let values = snapshot(store).await.values(question).await;
    complete(values.expect("reads"))
}

fn all(of: ValuesOf) -> Values {
    Values {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        of,
        limit: 100,
    }
}

fn counts(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    let counts = expected.iter();
    counts
        .map(|&(value, count)| (value.to_owned(), count))
        .collect()
}

fn of_service(name: &str, span: Span) -> Span {
    Span {
        resource: service(name),
        ..span
    }
}

/// Spans whose resource names none are of no service.
pub async fn services_are_counted<S: Subject>(subject: &S) {
    let nameless = Span {
        resource: Resource::default().into(),
        ..span(1, 9)
    };
    let spans = [
        of_service("shop", lasting(span(1, 1), 10, 20)),
        of_service("shop", lasting(span(2, 1), 20, 30)),
        of_service("Zoo", lasting(span(1, 2), 10, 20)),
        of_service("cart", lasting(span(1, 3), 10, 20)),
        nameless,
    ];
    let store = store_with(subject, &[&spans[..2], &spans[2..]]).await;
    let services = all(ValuesOf::Field(Field::service()));
    let expected = counts(&[("shop", 2), ("Zoo", 1), ("cart", 1)]);
    assert_eq!(values(&store, &services).await, expected);

    let early = Values {
        time: TimeRange {
            start: Timestamp::MIN,
            end: at_ms(15),
        },
        ..services.clone()
    };
    let expected = counts(&[("Zoo", 1), ("cart", 1), ("shop", 1)]);
    assert_eq!(values(&store, &early).await, expected);

    let one = Values {
        limit: 1,
        ..services.clone()
    };
    let top = top_values(&store, &one).await;
    assert!(top.has_more && top.values.len() == 1, "{top:?}");
    assert!(!top_values(&store, &services).await.has_more);
}

/// Of one service, of one kind.
pub async fn names_are_those_of_the_spans_asked_for<S: Subject>(subject: &S) {
    let named = |name: &str, kind, span: Span| Span {
        name: name.to_owned(),
        kind,
        ..span
    };
    let spans = [
        named("GET /", SpanKind::Server, span(1, 1)),
        named("GET /", SpanKind::Client, span(1, 2)),
        named("query", SpanKind::Client, span(1, 3)),
        of_service("shop", named("buy", SpanKind::Server, span(1, 4))),
    ];
    let store = store_with(subject, &[&spans]).await;
    let of = |spans| Values {
        spans,
        ..all(ValuesOf::Field(Intrinsic::Name.into()))
    };
    let cart = || Predicate::equal(Field::service(), "cart");
    let client = Predicate::equal(Intrinsic::Kind, Scalar::Kind(SpanKind::Client));
    let nobody = Predicate::equal(Field::service(), "nobody");
    for (predicate, expected) in [
        (cart(), &[("GET /", 2), ("query", 1)][..]),
        (
            Predicate::All(vec![cart(), client]),
            &[("GET /", 1), ("query", 1)],
        ),
        (nobody, &[]),
    ] {
        assert_eq!(values(&store, &of(predicate)).await, counts(expected));
    }
}

/// A span has a key or a value once, however often it does.
pub async fn keys_and_values_of_attributes_are_counted<S: Subject>(subject: &S) {
    let with = |number, attributes| Span {
        attributes,
        ..span(number, 1)
    };
    let spans = [
        with(
            1,
            vec![KeyValue::new("user", "anna"), KeyValue::new("user", "anna")],
        ),
        with(
            2,
            vec![KeyValue::new("user", "bert"), KeyValue::new("path", "/")],
        ),
        with(3, vec![KeyValue::new("user", "anna")]),
        with(4, vec![]),
    ];
    let store = store_with(subject, &[&spans]).await;
    for (of, expected) in [
        (
            ValuesOf::Keys(AttributeScope::Span),
            &[("user", 3), ("path", 1)][..],
        ),
        (
            ValuesOf::Keys(AttributeScope::Resource),
            &[("service.name", 4)],
        ),
        (ValuesOf::Keys(AttributeScope::Event), &[]),
        (
            ValuesOf::Field(Field::attribute(AttributeScope::Span, "user")),
            &[("anna", 2), ("bert", 1)],
        ),
        (ValuesOf::Field(Intrinsic::Kind.into()), &[("internal", 4)]),
    ] {
        assert_eq!(
            values(&store, &all(of.clone())).await,
            counts(expected),
            "{of:?}"
        );
    }
}

fn durations(by: Vec<Field>) -> Aggregate {
    Aggregate {
        time: TimeRange::ALL,
        spans: Predicate::TRUE,
        by,
        step: None,
        measure: Measure::Duration,
        exemplars_max: 1,
        series_max: 10,
    }
}

async fn series<S: TraceStore>(store: &S, question: &Aggregate) -> Vec<Series> {
    let series = snapshot(store).await.aggregate(question).await;
    complete(series.expect("reads"))
}

/// Count, sum, extremes, percentiles, and an example of the greatest.
pub async fn spans_are_measured_in_groups_and_over_time<S: Subject>(subject: &S) {
    const MS: f64 = 1e6;
    let spans = [
        lasting(span(1, 1), 0, 10),
        lasting(span(1, 2), 5, 35),
        lasting(span(2, 1), 1000, 1020),
        of_service("shop", lasting(span(3, 1), 0, 50)),
    ];
    let store = store_with(subject, &[&spans[2..], &spans[..2]]).await;

    let mut question = durations(vec![Field::service()]);
    let [cart, shop] = <[Series; 2]>::try_from(series(&store, &question).await).expect("two");
    assert_eq!(
        (cart.by, shop.by),
        (vec![Some("cart".into())], vec![Some("shop".into())])
    );
    let cell = &cart.cells[0];
    assert_eq!(
        (cart.cells.len(), cell.start, cell.count),
        (1, Timestamp::MIN, 3)
    );
    for (found, expected) in [(cell.sum, 60.0), (cell.min, 10.0), (cell.max, 30.0)] {
        assert!(
            (found - expected * MS).abs() < 0.5,
            "{found} in place of {expected} ms"
        );
    }
    let median = cell.histogram.quantile(0.5).expect("there are values");
    assert!((median / (20.0 * MS) - 1.0).abs() < 0.04, "{median}");
    assert_eq!(cell.exemplars.len(), 1);
    assert_eq!(cell.exemplars[0].span_id, span_id(2));

    question.step = Some(Duration::from_secs(1));
    question.spans = Predicate::equal(Field::service(), "cart");
    let over_time = series(&store, &question).await;
    let cells: Vec<_> = over_time[0]
        .cells
        .iter()
        .map(|it| (it.start, it.count))
        .collect();
    assert_eq!(cells, [(at_ms(0), 2), (at_ms(1000), 1)]);

    // Nobody has this attribute.
    question.by = vec![Field::attribute(AttributeScope::Span, "user")];
    assert_eq!(series(&store, &question).await[0].by, [None]);
    question.measure = Measure::Field(Field::attribute(AttributeScope::Span, "user"));
    assert_eq!(series(&store, &question).await, []);
}

/// An error in place of an answer without end.
pub async fn there_are_no_more_series_than_were_asked_for<S: Subject>(subject: &S) {
    let spans: Vec<Span> = (1..=11).map(|number| span(number, number)).collect();
    let store = store_with(subject, &[&spans]).await;
    let by_trace = durations(vec![Intrinsic::TraceId.into()]);
    let refused = snapshot(&store).await.aggregate(&by_trace).await;
    assert!(
        matches!(refused, Err(StoreError::LimitExceeded { .. })),
        "{refused:?}"
    );
}

fn child(parent: u8, span: Span) -> Span {
    Span {
        parent_span_id: Some(span_id(parent)),
        kind: SpanKind::Server,
        ..span
    }
}

fn failed(span: Span) -> Span {
    Span {
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..span
    }
}

/// Caller, called, kind, calls and errors of each edge, and how many are unresolved.
async fn edges<S: TraceStore>(
    store: &S,
    time: TimeRange,
) -> (Vec<(String, String, EdgeKind, u64, u64)>, u64) {
    let graph = snapshot(store).await.edges(&Edges { time }).await;
    let graph = complete(graph.expect("reads"));
    let edges = graph.edges.into_iter().map(|edge| {
        assert_eq!(edge.durations.count(), edge.calls);
        (edge.caller, edge.called, edge.kind, edge.calls, edge.errors)
    });
    (edges.collect(), graph.unresolved)
}

fn call(
    from: &str,
    to: &str,
    kind: EdgeKind,
    calls: u64,
    errors: u64,
) -> (String, String, EdgeKind, u64, u64) {
    (from.to_owned(), to.to_owned(), kind, calls, errors)
}

/// A span within its parent's service is no call, and one whose parent is missing is unresolved.
pub async fn calls_between_services_are_edges<S: Subject>(subject: &S) {
    let spans = [
        of_service("web", lasting(span(1, 1), 0, 100)),
        child(1, of_service("cart", lasting(span(1, 2), 10, 20))),
        child(1, failed(of_service("cart", lasting(span(1, 3), 30, 40)))),
        child(3, of_service("cart", lasting(span(1, 4), 31, 32))),
        child(99, of_service("shop", lasting(span(1, 5), 50, 60))),
    ];
    let store = store_with(subject, &[&spans]).await;
    let expected = vec![call("web", "cart", EdgeKind::Service, 2, 1)];
    assert_eq!(edges(&store, TimeRange::ALL).await, (expected, 1));
    let early = TimeRange {
        start: at_ms(10),
        end: at_ms(20),
    };
    let expected = vec![call("web", "cart", EdgeKind::Service, 1, 0)];
    assert_eq!(edges(&store, early).await, (expected, 0));
}

/// Wherever the parent came from, and whenever.
pub async fn calls_of_split_traces_are_edges<S: Subject>(subject: &S) {
    let parent = of_service("web", lasting(span(1, 1), 0, 100));
    let called = child(1, of_service("cart", lasting(span(1, 2), 10, 20)));
    let other = child(1, of_service("shop", lasting(span(2, 2), 10, 20)));
    let store = store_with(subject, &[&[called], &[other], &[parent]]).await;
    let expected = vec![call("web", "cart", EdgeKind::Service, 1, 0)];
    assert_eq!(edges(&store, TimeRange::ALL).await, (expected, 1));
}

/// By the attributes of the caller, old ones as well.
pub async fn databases_and_brokers_are_called<S: Subject>(subject: &S) {
    let with = |id, kind, key: &str, system: &str| Span {
        kind,
        attributes: vec![KeyValue::new(key, system)],
        ..span(1, id)
    };
    let spans = [
        with(1, SpanKind::Client, "db.system.name", "postgresql"),
        with(2, SpanKind::Client, "db.system", "redis"),
        with(3, SpanKind::Producer, "messaging.system", "kafka"),
        // It is at the other end.
        with(4, SpanKind::Consumer, "messaging.system", "kafka"),
    ];
    let store = store_with(subject, &[&spans]).await;
    let expected = vec![
        call("cart", "kafka", EdgeKind::Messaging, 1, 0),
        call("cart", "postgresql", EdgeKind::Database, 1, 0),
        call("cart", "redis", EdgeKind::Database, 1, 0),
    ];
    assert_eq!(edges(&store, TimeRange::ALL).await, (expected, 0));
}
