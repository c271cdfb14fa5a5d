use std::sync::Arc;

use clew_model::{KeyValue, Resource, Scope, SpanKind, Status, StatusCode, Timestamp, TraceId};

use super::*;

const MS: u64 = 1_000_000;

fn span_id(id: u64) -> Option<SpanId> {
    SpanId::from_bytes(id.to_be_bytes())
}

/// A span of a service; `parent` 0 is none, `from` and `to` in milliseconds.
fn span(id: u64, parent: u64, service: &str, name: &str, (from, to): (u64, u64)) -> Span {
    Span {
        trace_id: TraceId::from_bytes([1; 16]).unwrap(),
        span_id: span_id(id).unwrap(),
        parent_span_id: span_id(parent),
        trace_state: String::new(),
        flags: 0,
        name: name.to_owned(),
        kind: SpanKind::Internal,
        start: Timestamp::from_unix_nanos(from * MS),
        end: Timestamp::from_unix_nanos(to * MS),
        attributes: vec![],
        dropped_attributes_count: 0,
        events: vec![],
        dropped_events_count: 0,
        links: vec![],
        dropped_links_count: 0,
        status: Status {
            code: StatusCode::Unset,
            message: String::new(),
        },
        resource: Arc::new(Resource {
            attributes: vec![KeyValue::new("service.name", service)],
            ..Resource::default()
        }),
        scope: Arc::new(Scope::default()),
    }
}

fn trace(spans: Vec<Span>) -> Trace {
    Trace {
        id: TraceId::from_bytes([1; 16]).unwrap(),
        spans,
    }
}

fn call() -> Trace {
    trace(vec![
        span(1, 0, "client", "get_band", (0, 7_400)),
        span(2, 1, "client", "GET", (2, 7_399)),
        span(3, 2, "bands-api", "GET /bands/{id}", (4, 7_398)),
        span(4, 3, "bands-api", "debugging", (5, 5_006)),
        span(5, 3, "bands-api", "get_reviews", (5_006, 7_398)),
        span(6, 5, "reviews-api", "GET /reviews", (5_010, 7_396)),
    ])
}

/// The lines as plain text, blanks at their ends left out so that tests can be read.
fn drawn(waterfall: &Waterfall<'_>, width: usize) -> Vec<String> {
    let lines = waterfall.lines(width, &mut Palette::default());
    for line in &lines {
        assert!(line.width() <= width, "{} > {width}", line.width());
    }
    lines
        .iter()
        .map(|line| line.text().trim_end().to_owned())
        .collect()
}

#[test]
fn a_call_across_three_services() {
    let expected = [
        "  service      span                  0        2 s       4 s      6 s        took",
        "  client       get_band              ███████████████████████████████████   7.4 s",
        "  client       └ GET                 ███████████████████████████████████   7.4 s",
        "  bands-api      └ GET /bands/{id}   ███████████████████████████████████  7.39 s",
        "  bands-api        ├ debugging       ███████████████████████▋                5 s",
        "  bands-api        └ get_reviews                            ▐███████████  2.39 s",
        "  reviews-api        └ GET /reviews                         ▕███████████  2.39 s",
    ];
    assert_eq!(drawn(&Waterfall::new(&call()), 80), expected);
}

#[test]
fn narrow_terminals_get_shorter_labels() {
    let expected = [
        "  service      span                  0         5 s      took",
        "  client       get_band              ███████████████   7.4 s",
        "  client       └ GET                 ███████████████   7.4 s",
        "  bands-api      └ GET /bands/{id}   ███████████████  7.39 s",
        "  bands-api        ├ debugging       ██████████▏         5 s",
        "  bands-api        └ get_reviews               █████  2.39 s",
        "  reviews-api        └ GET /reviews            █████  2.39 s",
    ];
    assert_eq!(drawn(&Waterfall::new(&call()), 60), expected);
}

#[test]
fn wide_terminals_get_longer_bars() {
    let lines = drawn(&Waterfall::new(&call()), 200);
    assert_eq!(lines[0].chars().count(), 200);
    assert_eq!(lines[1].matches('█').count(), 155);
    assert_eq!(lines[4].matches('█').count(), 104);
}

#[test]
fn bars_are_to_scale_within_a_cell() {
    let spans = vec![
        span(1, 0, "s", "whole", (0, 800)),
        span(2, 1, "s", "eighths", (0, 110)),
        span(3, 1, "s", "half", (250, 300)),
        span(4, 1, "s", "to half", (250, 450)),
        span(5, 1, "s", "point", (400, 400)),
        span(6, 1, "s", "last", (800, 800)),
    ];
    let expected = [
        "  service  span       0            500 ms     took",
        "  s        whole      ████████████████████  800 ms",
        "  s        ├ eighths  ██▊                   110 ms",
        "  s        ├ half           █▌               50 ms",
        "  s        ├ to half        █████▎          200 ms",
        "  s        ├ point              ▏             0 ns",
        "  s        └ last                        ▕    0 ns",
    ];
    assert_eq!(drawn(&Waterfall::new(&trace(spans)), 50), expected);
}

#[test]
fn errors_orphans_and_missing_services_are_seen() {
    let failed = Span {
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..span(2, 1, "bands-api", "GET", (10, 20))
    };
    let nameless = Span {
        resource: Arc::default(),
        ..span(3, 99, "", "lost", (30, 40))
    };
    let trace = trace(vec![
        span(1, 0, "client", "call", (0, 50)),
        failed,
        nameless,
    ]);
    let expected = [
        "  service          span                   0           20 ms        40 ms    took",
        "  client           call                   ███████████████████████████████  50 ms",
        "  bands-api        └ ✗ GET                      ██████▍                    10 ms",
        "  unknown service  lost (parent missing)                    ▐█████▊        10 ms",
    ];
    assert_eq!(drawn(&Waterfall::new(&trace), 80), expected);
    let lines = Waterfall::new(&trace).lines(80, &mut Palette::default());
    assert!(lines[2].to_string().contains(&format!("{BAD}✗ {BAD:#}GET")));
}

#[test]
fn marked_spans_stand_out() {
    let trace = call();
    let marked = [span_id(4).unwrap()];
    let waterfall = Waterfall::new(&trace).mark(&marked);
    let drawn = drawn(&waterfall, 80);
    let marks: Vec<bool> = drawn.iter().map(|line| line.starts_with('▶')).collect();
    assert_eq!(marks, [false, false, false, false, true, false, false]);
    let lines = waterfall.lines(80, &mut Palette::default());
    assert!(
        lines[1]
            .to_string()
            .contains(&format!("{DIM}get_band{DIM:#}"))
    );
}

#[test]
fn a_hostile_span_does_no_harm() {
    let name = "\x1b[2J\x1b]0;owned\x07\r\nバンド\u{202e}";
    let spans = vec![span(1, 0, "evil\x1b[31m", name, (0, 10))];
    let expected = [
        "  service    span                     0                 5 ms                took",
        "  evil␛[31m  ␛[2J␛]0;owned␇␍␊バンド�  ███████████████████████████████████  10 ms",
    ];
    assert_eq!(drawn(&Waterfall::new(&trace(spans)), 80), expected);
}

#[test]
fn services_and_names_of_any_length_fit() {
    let spans = vec![
        span(1, 0, &"service".repeat(50), &"name".repeat(1000), (0, 10)),
        span(2, 1, &"服务".repeat(50), &"跨度".repeat(1000), (0, 10)),
    ];
    let trace = trace(spans);
    for width in 40..250 {
        drawn(&Waterfall::new(&trace), width);
    }
}

#[test]
fn deep_trees_keep_their_innermost_levels() {
    let chain = (1..=5_000)
        .map(|depth| {
            span(
                depth,
                depth - 1,
                "s",
                &format!("call {depth}"),
                (depth, 9_000),
            )
        })
        .collect();
    let drawn = drawn(&Waterfall::new(&trace(chain)), 60);
    let last = drawn.last().unwrap();
    assert_eq!(
        last,
        "  s        …           └ call 5000            ██████     4 s"
    );
}

#[test]
fn times_from_broken_clocks_are_drawn_too() {
    let forever = Span {
        end: Timestamp::MAX,
        ..span(1, 0, "s", "forever", (0, 0))
    };
    let backwards = span(2, 1, "s", "backwards", (10, 5));
    let trace = trace(vec![forever, backwards]);
    let expected = [
        "  service  span         0           57870 d 9 h  115740 d 18 h              took",
        "  s        forever      ██████████████████████████████████████████████  213504 d",
        "  s        └ backwards  ▏                                                   0 ns",
    ];
    assert_eq!(drawn(&Waterfall::new(&trace), 80), expected);
}

#[test]
fn a_trace_lasts_from_its_first_start_to_its_last_end() {
    let trace = trace(vec![
        span(1, 0, "s", "first", (10, 20)),
        span(2, 1, "s", "late", (15, 40)),
    ]);
    assert_eq!(trace_duration(&trace), Duration::from_millis(30));
}
