use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use std::time::Duration;

use clew_model::{Span, SpanKind, SpanRef, StatusCode, Timestamp, Trace};
use clew_otlp::decode_traces;

use super::catalog::SERVICES;
use super::{Corpus, Request, SPANS_PER_REQUEST, SPANS_PER_SECOND};

/// Enough for means to settle.
const SPANS: u64 = 40_000;

fn corpus() -> Corpus {
    Corpus {
        seed: 1,
        start: Timestamp::from_unix_nanos(1_800_000_000_000_000_000),
        slowdown: std::num::NonZeroU32::MIN,
    }
}

/// The first traces, made once for all tests.
fn traces() -> &'static [Trace] {
    static TRACES: LazyLock<Vec<Trace>> = LazyLock::new(|| corpus().traces().take(4000).collect());
    &TRACES
}

/// The spans of a request, as a backend reads them.
fn spans_of(request: Request) -> Vec<Span> {
    let decoded = decode_traces(request.body).unwrap();
    assert_eq!(decoded.rejected.count(), 0);
    let spans: Vec<Span> = decoded.batch.spans().map(SpanRef::to_span).collect();
    assert_eq!(spans.len(), request.spans);
    spans
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[track_caller]
fn check_between(value: f64, low: f64, high: f64) {
    assert!(
        (low..=high).contains(&value),
        "{value} is not {low} to {high}"
    );
}

#[test]
fn traces_have_4_to_60_spans_and_14_on_average() {
    let sizes: Vec<usize> = traces().iter().map(|trace| trace.spans.len()).collect();
    assert_eq!(sizes.iter().min(), Some(&4));
    assert_eq!(sizes.iter().max(), Some(&60));
    check_between(ratio(sizes.iter().sum(), sizes.len()), 13.7, 14.3);
}

#[test]
fn the_wire_carries_about_395_bytes_a_span() {
    let (mut bytes, mut spans) = (0, 0);
    for request in corpus().requests(SPANS) {
        bytes += request.body.len();
        spans += request.spans;
    }
    check_between(ratio(bytes, spans), 393.0, 397.0);
}

#[test]
fn spans_have_7_to_12_attributes_and_resources_9() {
    let mut counts = HashSet::new();
    for span in traces().iter().flat_map(|trace| &trace.spans) {
        counts.insert(span.attributes.len());
        assert_eq!(span.resource.attributes.len(), 9);
        let keys: HashSet<&str> = span.attributes.iter().map(|a| a.key.as_str()).collect();
        assert_eq!(keys.len(), span.attributes.len(), "a key stands twice");
    }
    assert_eq!(counts.iter().min(), Some(&7));
    assert_eq!(counts.iter().max(), Some(&12));
}

#[test]
fn twenty_services_send_all_of_them_requests_of_512_spans() {
    let mut services: HashMap<String, Vec<usize>> = HashMap::new();
    for request in corpus().requests(SPANS).map(spans_of) {
        let service = request[0].service_name().unwrap();
        assert!(
            request
                .iter()
                .all(|span| span.service_name() == Some(service))
        );
        let scopes = request.chunk_by(|a, b| a.scope == b.scope).count();
        assert!(scopes <= 3, "{scopes}");
        services
            .entry(service.to_owned())
            .or_default()
            .push(request.len());
    }
    assert_eq!(services.len(), 20);
    for sizes in services.values() {
        let (last, full) = sizes.split_last().unwrap();
        assert!(full.iter().all(|&size| size == SPANS_PER_REQUEST));
        assert!(*last <= SPANS_PER_REQUEST);
    }
}

#[test]
fn two_traces_of_a_hundred_fail_with_one_exception_and_up_to_the_root() {
    let traces = traces();
    let failed: Vec<&Trace> = traces
        .iter()
        .filter(|trace| trace.spans[0].is_error())
        .collect();
    check_between(ratio(failed.len(), traces.len()), 0.016, 0.024);
    for trace in traces {
        let errors: Vec<&Span> = trace.spans.iter().filter(|span| span.is_error()).collect();
        assert_eq!(errors.is_empty(), !trace.spans[0].is_error());
        let exceptions: Vec<_> = trace.spans.iter().flat_map(|span| &span.events).collect();
        assert_eq!(exceptions.len(), usize::from(!errors.is_empty()));
        assert!(exceptions.iter().all(|event| event.name == "exception"));
        for span in &errors {
            assert!(span.attribute("error.type").is_some());
            let parent = |parent: &&&Span| Some(parent.span_id) == span.parent_span_id;
            assert!(span.parent_span_id.is_none() || errors.iter().any(|p| parent(&p)));
        }
    }
}

#[test]
fn one_trace_of_a_hundred_takes_more_than_half_a_second() {
    let traces = traces();
    let slow = |trace: &&Trace| trace.spans[0].duration() > Duration::from_millis(500);
    check_between(
        ratio(traces.iter().filter(slow).count(), traces.len()),
        0.008,
        0.014,
    );
}

#[test]
fn traces_are_trees_of_servers_clients_and_queries_that_enclose_each_other() {
    for trace in traces() {
        let by_id: HashMap<_, _> = trace
            .spans
            .iter()
            .map(|span| (span.span_id, span))
            .collect();
        assert_eq!(by_id.len(), trace.spans.len(), "a span id stands twice");
        let roots = trace
            .spans
            .iter()
            .filter(|span| span.parent_span_id.is_none());
        assert_eq!(roots.count(), 1);
        for span in &trace.spans {
            assert_eq!(span.trace_id, trace.id);
            assert_eq!(span.status.code == StatusCode::Error, span.is_error());
            let Some(parent) = span.parent_span_id else {
                assert_eq!(span.kind, SpanKind::Server);
                continue;
            };
            let parent = by_id[&parent];
            assert!(parent.start < span.start && span.end < parent.end);
            let remote = parent.kind == SpanKind::Client;
            assert_eq!(span.kind == SpanKind::Server, remote);
            assert!(remote || span.resource == parent.resource);
        }
    }
}

#[test]
fn the_shop_makes_as_many_spans_a_second_as_it_says() {
    let traces = traces();
    let spans = traces.iter().map(|trace| trace.spans.len()).sum::<usize>() as u64;
    let (first, last) = (&traces[0].spans[0], &traces[traces.len() - 1].spans[0]);
    let took = last.start.since(first.start).as_secs_f64();
    check_between(took / Corpus::duration(spans).as_secs_f64(), 0.95, 1.05);
    assert_eq!(
        Corpus::duration(SPANS_PER_SECOND * 3),
        Duration::from_secs(3)
    );
}

/// The same traces fill another time.
#[test]
fn a_slower_shop_makes_the_same_traces_over_a_longer_time() {
    let day = Duration::from_hours(24);
    let slower = Corpus {
        slowdown: Corpus::slowdown_to_fill(day, SPANS),
        ..corpus()
    };
    let mut spans = 0;
    let enough = |trace: &Trace| {
        spans += trace.spans.len() as u64;
        spans < SPANS
    };
    let slow: Vec<Trace> = slower.traces().take_while(enough).collect();
    let names = |trace: &Trace| -> Vec<String> {
        trace.spans.iter().map(|span| span.name.clone()).collect()
    };
    for (slow, shop) in slow.iter().zip(traces()) {
        assert_eq!((slow.id, names(slow)), (shop.id, names(shop)));
    }
    let last = &slow[slow.len() - 1].spans[0];
    let took = last.start.since(slower.start).as_secs_f64();
    check_between(took / day.as_secs_f64(), 0.95, 1.05);
    assert_eq!(Corpus::slowdown_to_fill(Duration::ZERO, 0).get(), 1);
}

#[test]
fn requests_hold_every_span_of_the_traces_once_in_the_order_of_their_ends() {
    let mut made: HashSet<_> = HashSet::new();
    let mut spans = 0;
    for trace in corpus().traces() {
        made.extend(trace.spans.iter().map(|span| (trace.id, span.span_id)));
        spans += trace.spans.len() as u64;
        if spans >= SPANS {
            break;
        }
    }
    let mut newest_sent: HashMap<String, Timestamp> = HashMap::new();
    let mut requests_of: HashMap<_, usize> = HashMap::new();
    for request in corpus().requests(SPANS).map(spans_of) {
        let ends = || request.iter().map(|span| span.end);
        let service = request[0].service_name().unwrap().to_owned();
        let before = newest_sent.insert(service, ends().max().unwrap());
        assert!(before <= ends().min(), "a span was overtaken");
        for span in &request {
            assert!(
                made.remove(&(span.trace_id, span.span_id)),
                "not made, or sent twice"
            );
        }
        for id in request
            .iter()
            .map(|span| span.trace_id)
            .collect::<HashSet<_>>()
        {
            *requests_of.entry(id).or_default() += 1;
        }
    }
    assert!(made.is_empty(), "{} spans were not sent", made.len());
    let spread: usize = requests_of.values().sum();
    check_between(ratio(spread, requests_of.len()), 3.0, 12.0);
}

#[test]
fn paths_users_and_addresses_hardly_repeat_and_routes_do() {
    let traces = traces();
    let distinct = |key: &str| {
        let roots = traces.iter().map(|trace| &trace.spans[0]);
        let values = roots.map(|root| root.attribute(key).unwrap().as_str().unwrap());
        values.collect::<HashSet<_>>().len()
    };
    for key in ["user.id", "client.address"] {
        assert!(distinct(key) > 3000, "{key}: {}", distinct(key));
    }
    assert!(distinct("url.path") > 2500, "{}", distinct("url.path"));
    assert!(distinct("http.route") < 20);
}

/// FNV-1a of the first requests.
fn checksum(corpus: Corpus) -> u64 {
    let requests = corpus.requests(SPANS_PER_SECOND).take(5);
    let bytes = requests.flat_map(|request| request.body);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Should it ever differ, figures taken before and after are of different corpora.
#[test]
fn a_seed_gives_the_same_bytes_for_ever_and_another_one_others() {
    const OF_SEED_1: u64 = 5_419_268_359_674_925_986;
    assert_eq!(checksum(corpus()), OF_SEED_1);
    let other = Corpus {
        seed: 2,
        ..corpus()
    };
    assert_ne!(checksum(other), OF_SEED_1);
}

#[test]
fn every_service_that_is_called_exists() {
    let names: HashSet<&str> = SERVICES.iter().map(|service| service.name).collect();
    assert_eq!(names.len(), SERVICES.len());
    for service in SERVICES {
        assert!(
            service.calls.iter().all(|name| names.contains(name)),
            "{}",
            service.name
        );
    }
}

/// The time between the first and the last request that has a span of a trace, in the shop's time.
fn spread(delay: Duration) -> Vec<u64> {
    let mut sent: HashMap<_, (u64, u64)> = HashMap::new();
    let mut now = 0;
    for request in corpus().requests_delayed(SPANS, delay).map(spans_of) {
        // What has ended by now is what the services can send.
        let ends = request.iter().map(|span| span.end.unix_nanos());
        now = now.max(ends.max().unwrap());
        for span in &request {
            let of_trace = sent.entry(span.trace_id).or_insert((now, now));
            of_trace.1 = now;
        }
    }
    let mut spreads: Vec<u64> = sent.values().map(|(first, last)| last - first).collect();
    spreads.sort_unstable();
    spreads
}

#[test]
fn exporters_that_wait_send_the_spans_of_a_trace_over_seconds() {
    let half_a_second = 500_000_000;
    let median = |spreads: Vec<u64>| spreads[spreads.len() / 2];
    let (at_once, delayed) = (spread(Duration::ZERO), spread(Duration::from_secs(1)));
    assert_eq!(at_once.len(), delayed.len(), "the traces are the same");
    let (at_once, delayed) = (median(at_once), median(delayed));
    assert!(
        delayed > at_once + half_a_second / 2,
        "{at_once} and {delayed} ns"
    );
    assert!(delayed < 4 * half_a_second, "{delayed} ns");
}
