use std::time::Duration;

use clew_model::{Span, Status, TimeRange, Timestamp};
use clew_store::{EdgeKind, QueryContext, ReferenceStore, TraceStore as _};
use clew_testkit::{batch_of, service, span, span_id, trace_id};

use super::*;

const SECOND: u64 = 1_000_000_000;

/// A span of a service that starts after so many seconds and takes so many nanoseconds.
fn spent(service_name: &str, trace: u128, id: u64, second: u64, nanos: u64) -> Span {
    Span {
        start: Timestamp::from_unix_nanos(second * SECOND),
        end: Timestamp::from_unix_nanos(second * SECOND + nanos),
        ..span(&service(service_name), trace, id)
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

/// A client that calls `web` at 10, 11 and 25 seconds, which calls `cart` the first time, which fails.
fn shop() -> Vec<Span> {
    let mut spans = Vec::new();
    for (trace, second, nanos) in [(1, 10, 1024), (2, 11, 2048), (3, 25, 4096)] {
        let call = spent("client", trace, 1, second, nanos);
        let request = spent("web", trace, 2, second, nanos);
        spans.push(Span {
            kind: SpanKind::Client,
            name: "get".to_owned(),
            ..call
        });
        spans.push(Span {
            parent_span_id: Some(span_id(1)),
            ..request
        });
    }
    spans.push(failed(Span {
        parent_span_id: Some(span_id(2)),
        name: "add".to_owned(),
        ..spent("cart", 1, 3, 10, 512)
    }));
    spans
}

async fn snapshot(spans: &[Span]) -> std::sync::Arc<dyn TraceSnapshot> {
    let store = ReferenceStore::new();
    store.append(batch_of(spans)).await.unwrap();
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    store.snapshot(context).await.unwrap()
}

/// Durations are found within half a bucket, which is a 32nd at the most.
fn assert_near(found: Option<Duration>, nanos: u64) {
    let found = u64::try_from(found.unwrap().as_nanos()).unwrap();
    assert!(found.abs_diff(nanos) * 32 <= nanos, "{found}, {nanos}");
}

#[tokio::test]
async fn a_map_has_the_requests_of_services_and_the_calls_between_them() {
    let snapshot = snapshot(&shop()).await;
    let question = MapQuestion {
        time: TimeRange::ALL,
        step: Some(Duration::from_secs(10)),
    };
    let map = question.run(&*snapshot).await.unwrap();
    assert_eq!(map.coverage, Coverage::Complete);
    let services = map.services.iter().map(|it| {
        let requests = &it.requests.whole;
        (&*it.name, it.spans, requests.spans, requests.errors)
    });
    let expected = [("web", 3, 3, 0), ("cart", 1, 1, 1), ("client", 3, 0, 0)];
    assert!(services.eq(expected), "{:?}", map.services);
    let web = &map.services[0].requests;
    assert_near(web.whole.quantile(0.5), 2048);
    assert_near(web.whole.quantile(0.99), 4096);
    assert_eq!(map.services[2].requests.whole.quantile(0.5), None);
    let cells = web.cells.iter().map(|it| (it.start, it.figures.spans));
    let at = |second| Timestamp::from_unix_nanos(second * SECOND);
    assert!(cells.eq([(at(10), 2), (at(20), 1)]), "{:?}", web.cells);

    let edges = map.calls.edges.iter().map(|it| {
        let names = (&*it.caller, &*it.called);
        (names, it.kind, it.calls, it.errors)
    });
    assert!(edges.eq([
        (("client", "web"), EdgeKind::Service, 3, 0),
        (("web", "cart"), EdgeKind::Service, 1, 1),
    ]));
    assert_eq!(map.calls.unresolved, 0);
}

#[tokio::test]
async fn a_map_is_of_the_range_that_was_asked_for() {
    let snapshot = snapshot(&shop()).await;
    let question = MapQuestion {
        time: TimeRange {
            start: Timestamp::from_unix_nanos(20 * SECOND),
            end: Timestamp::MAX,
        },
        step: None,
    };
    let map = question.run(&*snapshot).await.unwrap();
    let services = map.services.iter().map(|it| (&*it.name, it.spans));
    assert!(services.eq([("web", 1), ("client", 1)]));
    assert_eq!(map.calls.edges.len(), 1);
}

fn question_of(service: &str) -> ServiceQuestion {
    ServiceQuestion {
        service: service.to_owned(),
        time: TimeRange::ALL,
        kinds: Some(CALLED_KINDS.to_vec()),
        step: Some(Duration::from_secs(10)),
    }
}

#[tokio::test]
async fn a_service_has_figures_in_total_and_by_name_and_kind() {
    let mut spans = shop();
    spans.push(failed(Span {
        name: "POST /".to_owned(),
        kind: SpanKind::Consumer,
        ..spent("web", 4, 1, 12, 8192)
    }));
    spans.push(Span {
        kind: SpanKind::Internal,
        ..spent("web", 4, 2, 12, 1)
    });
    let snapshot = snapshot(&spans).await;
    let web = question_of("web").run(&*snapshot).await.unwrap();
    assert_eq!((web.total.whole.spans, web.total.whole.errors), (4, 1));
    assert!(!web.has_more_names);
    let names = web.names.iter().map(|it| {
        let whole = &it.figures.whole;
        (&*it.name, it.kind, whole.spans, whole.errors)
    });
    assert!(names.eq([
        ("GET /", SpanKind::Server, 3, 0),
        ("POST /", SpanKind::Consumer, 1, 1),
    ]));
    let cell = &web.total.cells[0];
    assert_eq!((cell.figures.spans, cell.figures.errors), (3, 1));
    // The longest of those that failed and those that did not.
    let examples = cell.examples.iter().map(|it| {
        assert_eq!(it.span_id, span_id(if it.failed { 1 } else { 2 }));
        (it.trace_id, it.duration.as_nanos(), it.failed)
    });
    assert!(examples.eq([
        (trace_id(4), 8192, true),
        (trace_id(2), 2048, false),
        (trace_id(1), 1024, false),
    ]));

    let every_kind = ServiceQuestion {
        kinds: None,
        ..question_of("client")
    };
    let client = every_kind.run(&*snapshot).await.unwrap();
    assert_eq!(client.names[0].name, "get");
    assert_eq!(client.total.whole.spans, 3);
    let nobody = question_of("nobody").run(&*snapshot).await.unwrap();
    assert_eq!(nobody.total, FiguresSeries::default());
}

#[tokio::test]
async fn names_of_few_spans_are_left_out_and_counted_in_the_total() {
    // Those are found with all others, and those are more than one question may find.
    for count in [NAMES_MAX + 1, FEW_SERIES_MAX + 1] {
        let last = count as u64;
        let names = (1..last).map(|number| Span {
            name: format!("GET /{number}"),
            ..spent("web", number.into(), 1, 1, number)
        });
        let mut spans: Vec<Span> = names.collect();
        for id in [1, 2] {
            spans.push(spent("web", last.into(), id, 1, 1));
        }
        let snapshot = snapshot(&spans).await;
        let web = question_of("web").run(&*snapshot).await.unwrap();
        assert_eq!(web.total.whole.spans, last + 1);
        let examples = web.total.cells[0].examples.iter();
        let longest = examples.map(|it| it.duration.as_nanos());
        assert!(longest.eq((1..=3).map(|before| u128::from(last) - before)));
        assert!(web.has_more_names);
        assert_eq!(web.names.len(), NAMES_MAX);
        assert_eq!(web.names[0].name, "GET /");
    }
}

fn seconds(windows: &Windows, series: &FiguresSeries) -> Vec<(u64, u64, u64)> {
    let windows = windows.of(series).map(|it| {
        let end = it.end.unix_nanos() / SECOND;
        (end, it.length.as_secs(), it.figures.spans)
    });
    windows.collect()
}

#[tokio::test]
async fn windows_overlap_and_the_last_ends_with_the_range() {
    let at = |second| Timestamp::from_unix_nanos(second * SECOND);
    let [step, length] = [10, 20].map(Duration::from_secs);
    let windows = Windows::new(at(10), at(34), step, length).unwrap();
    assert_eq!((windows.count(), windows.cells()), (3, 2));
    let time = windows.time();
    assert_eq!(
        (time.start, time.end.unix_nanos()),
        (at(0), 34 * SECOND - 1)
    );
    let load = LoadQuestion {
        time,
        spans: Predicate::equal(Field::service(), "web"),
        by: Vec::new(),
        step: Some(step),
        examples_max: 0,
    };
    let load = load.run(&*snapshot(&shop()).await).await.unwrap().value;
    let expected = [(20, 20, 2), (30, 20, 3), (34, 14, 1)];
    assert_eq!(seconds(&windows, &load[0].figures), expected);
    assert_eq!(Windows::new(at(10), at(10), step, length), None);
    assert_eq!(Windows::new(at(10), at(20), Duration::ZERO, length), None);
}
