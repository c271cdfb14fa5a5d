use std::time::Duration;

use clew_terminal::Line;
use serde_json::{Value, json};

use super::Since;
use super::answer::{Answer, Found, Map, Metrics, Range};
use super::figures::{Cell, rate, share, sparkline};
use super::report::{Traces, map_report, service_report};

const SECOND: u64 = 1_000_000_000;

fn last_hour() -> Since {
    Since {
        text: "1h".to_owned(),
        length: Duration::from_hours(1),
    }
}

fn text_of(lines: &[Line], width: usize) -> String {
    assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
    let lines = lines.iter().map(|line| line.text().trim_end().to_owned());
    lines.map(|line| line + "\n").collect()
}

fn map_text(map: &Value, width: usize) -> String {
    let answer: Answer<Map> = Answer::parse(map.to_string().as_bytes()).unwrap();
    text_of(&map_report(&answer.value, &last_hour(), width), width)
}

fn metrics_text(metrics: &Value, width: usize) -> String {
    let answer: Answer<Metrics> = Answer::parse(metrics.to_string().as_bytes()).unwrap();
    let failed = json!({"traces": [{"traceId": "c3", "startTimeUnixNano": "1"}], "next": null, "partial": null});
    let failed: Answer<Found> = Answer::parse(failed.to_string().as_bytes()).unwrap();
    let traces = Traces {
        page: "http://localhost:16686",
        failed: failed.value.traces.into_iter().next(),
    };
    let lines = service_report("cart", &answer.value, &last_hour(), &traces, width);
    text_of(&lines, width)
}

fn nanos(ms: u64) -> String {
    (ms * 1_000_000).to_string()
}

/// An hour in thirty cells, of which the second half has requests: one more in each.
fn map() -> Value {
    let cells = (15..30_u64).map(|cell| {
        json!({
            "startTimeUnixNano": (cell * 120 * SECOND).to_string(),
            "requests": cell - 14, "errors": u64::from(cell == 20),
        })
    });
    json!({
        "startTimeUnixNano": "0", "endTimeUnixNano": (3_600 * SECOND - 1).to_string(),
        "stepNano": (120 * SECOND).to_string(),
        "services": [
            {
                "name": "web", "spans": 120, "requests": 120, "errors": 1,
                "p50Nano": nanos(12), "p95Nano": nanos(120), "p99Nano": nanos(1_200),
                "cells": cells.collect::<Vec<_>>(),
            },
            {
                "name": "cron", "spans": 5, "requests": 0, "errors": 0,
                "p50Nano": null, "p95Nano": null, "p99Nano": null, "cells": [],
            },
        ],
        "edges": [
            {
                "caller": "web", "called": "kafka", "kind": "messaging", "calls": 7_200,
                "errors": 7_200, "p50Nano": nanos(1), "p95Nano": nanos(2), "p99Nano": nanos(3),
            },
            {
                "caller": "cron", "called": "web", "kind": "service", "calls": 3, "errors": 0,
                "p50Nano": nanos(1), "p95Nano": nanos(2), "p99Nano": nanos(3),
            },
        ],
        "unresolvedCalls": 2,
        "partial": "A segment is damaged.",
    })
}

#[test]
fn services_come_with_their_requests_over_time() {
    let expected = "\
2 services  in the last 1h
A segment is damaged.

service  requests  errors    p50     p95    p99
web      2.00/min   0.8 %  12 ms  120 ms  1.2 s  ···············▁▂▂▃▃▄▄▅▅▆▆▇▇██
cron            –       –      –       –      –  ······························

caller → called           calls  errors   p95
web → kafka (messaging)  2.00/s   100 %  2 ms
cron → web               3.00/h     0 %  2 ms

2 calls came from spans that are not here.
";
    assert_eq!(map_text(&map(), 80), expected);
}

#[test]
fn what_has_no_room_is_left_out() {
    let narrow = map_text(&map(), 40);
    assert!(
        narrow.contains("service  requests  errors    p50\n"),
        "{narrow}"
    );
    assert!(!narrow.contains('·'), "{narrow}");
    let wide = map_text(&map(), 120);
    assert!(wide.contains(&"·".repeat(30)), "{wide}");
}

#[test]
fn the_busiest_calls_come_first_and_equal_ones_by_name() {
    let mut map = map();
    let edge = |called: &str, calls: u64| {
        let mut edge = map["edges"][1].clone();
        edge["called"] = json!(called);
        edge["calls"] = json!(calls);
        edge
    };
    map["edges"] = json!([edge("a", 3), edge("b", 9), edge("c", 3)]);
    let text = map_text(&map, 80);
    let starts = text.lines().filter_map(|line| line.strip_prefix("cron → "));
    let called: String = starts.filter_map(|line| line.chars().next()).collect();
    assert_eq!(called, "bac");
}

#[test]
fn without_services_it_says_what_to_do() {
    let mut empty = map();
    empty["services"] = json!([]);
    let text = map_text(&empty, 60);
    for expected in [
        "No spans in the last 1h.",
        "clew demo",
        "--since",
        "A segment",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

fn metrics() -> Value {
    let cell = |second: u64, took_ms: u64, id: &str| {
        json!({
            "startTimeUnixNano": (second * SECOND).to_string(), "spans": 2, "errors": 0,
            "p50Nano": nanos(1), "p95Nano": nanos(1), "p99Nano": nanos(1),
            "exemplars": [
                {"traceId": id, "spanId": "1", "durationNano": nanos(took_ms), "isError": true},
                {"traceId": "9", "spanId": "1", "durationNano": nanos(1), "isError": false},
            ],
        })
    };
    let figures = json!({
        "spans": 4, "errors": 0,
        "p50Nano": nanos(1), "p95Nano": nanos(1), "p99Nano": nanos(1),
        "cells": [cell(0, 64, "a1"), cell(1_800, 9, "b2")],
    });
    let named = |name: &str, kind: u32| {
        let mut named = figures.clone();
        named["name"] = json!(name);
        named["kind"] = json!(kind);
        named
    };
    json!({
        "startTimeUnixNano": "0", "endTimeUnixNano": (3_600 * SECOND - 1).to_string(),
        "stepNano": (600 * SECOND).to_string(),
        "total": figures,
        "names": [named("GET /cart", 2), named("orders", 5)],
        "hasMoreNames": true,
        "partial": null,
    })
}

#[test]
fn a_service_comes_with_its_names_the_slowest_trace_and_one_that_failed() {
    let expected = "\
cart  in the last 1h

spans              rate  errors   p50   p95   p99
all              4.00/h     0 %  1 ms  1 ms  1 ms  █··█··
  slowest 64 ms ✗ failed  trace a1
  http://localhost:16686/trace/a1
  newest ✗ failed  trace c3
  http://localhost:16686/trace/c3
GET /cart        4.00/h     0 %  1 ms  1 ms  1 ms  █··█··
orders consumer  4.00/h     0 %  1 ms  1 ms  1 ms  █··█··
There are more names, of fewer spans.
";
    assert_eq!(metrics_text(&metrics(), 80), expected);
}

#[test]
fn no_rate_reads_as_nothing() {
    let day = Range {
        start: 0,
        end: 86_400 * SECOND,
        step: SECOND,
    };
    for (count, expected) in [
        (0, "–"),
        (1, "1.00/day"),
        (23, "23.0/day"),
        (24, "1.00/h"),
        (1_440, "1.00/min"),
        (86_399, "60.0/min"),
        (86_400, "1.00/s"),
        (864_000, "10.0/s"),
        (8_640_000_000, "100000/s"),
    ] {
        assert_eq!(rate(count, day).text(), expected, "{count}");
    }
    let ten_days = Range {
        end: 864_000 * SECOND,
        ..day
    };
    assert_eq!(rate(9, ten_days).text(), "< 1/day");
    let instant = Range { end: 0, ..day };
    assert!(rate(1, instant).text().ends_with("/s"));
}

#[test]
fn no_error_is_rounded_away() {
    for (errors, all, expected) in [
        (0, 0, "–"),
        (0, 9, "0 %"),
        (9, 9, "100 %"),
        (1, 10_000, "< 0.1 %"),
        (9_999, 10_000, "> 99.9 %"),
        (1, 8, "12.5 %"),
    ] {
        assert_eq!(share(errors, all).text(), expected, "{errors} of {all}");
    }
}

fn drawn(counts: &[(u64, u64)], range: Range, room: usize) -> String {
    let cells = counts.iter().map(|&(start, count)| Cell {
        start,
        count,
        errors: 0,
    });
    sparkline(&cells.collect::<Vec<_>>(), range, room).text()
}

/// A range seldom begins and ends with a cell: the ends have fewer requests for that alone.
#[test]
fn ends_of_a_range_are_drawn_to_scale() {
    let range = Range {
        start: 195,
        end: 449,
        step: 100,
    };
    let steady = [(100, 5), (200, 100), (300, 100), (400, 50)];
    assert_eq!(drawn(&steady, range, 30), "███");
    assert_eq!(drawn(&[(300, 8), (400, 1)], range, 30), "·█▂");
    // Two cells for each part.
    assert_eq!(drawn(&steady, range, 2).chars().count(), 2);
}

#[test]
fn no_range_is_too_strange_to_draw() {
    let strange = [
        (0, u64::MAX, 0),
        (0, u64::MAX, 1),
        (u64::MAX, 0, u64::MAX),
        (5, 5, 5),
    ];
    for (start, end, step) in strange {
        let range = Range { start, end, step };
        let cells = [(0, u64::MAX), (u64::MAX, u64::MAX), (5, 1)];
        assert!(drawn(&cells, range, 30).chars().count() <= 30);
        assert!(drawn(&cells, range, 0).chars().count() <= 1);
    }
}

#[test]
fn what_failed_is_red() {
    let range = Range {
        start: 0,
        end: 19,
        step: 10,
    };
    let cell = |start, errors| Cell {
        start,
        count: 1,
        errors,
    };
    let line = sparkline(&[cell(0, 0), cell(10, 1)], range, 30).to_string();
    assert_eq!(line, "█\u{1b}[31m█\u{1b}[0m");
}

#[test]
fn nothing_steers_the_terminal() {
    let hostile = "a\u{1b}[2J\u{202e}b\nc\u{9b}\u{7}";
    let mut map = map();
    map["services"][0]["name"] = json!(hostile);
    map["edges"][0]["caller"] = json!(hostile);
    map["edges"][0]["called"] = json!(hostile);
    map["edges"][0]["kind"] = json!(hostile);
    map["partial"] = json!(hostile);
    let mut metrics = metrics();
    metrics["names"][0]["name"] = json!(hostile);
    metrics["total"]["cells"][0]["exemplars"][0]["traceId"] = json!(hostile);
    let escapes = ['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}'];
    assert!(!map_text(&map, 80).contains(escapes));
    assert!(!metrics_text(&metrics, 80).contains(escapes));
    let answer: Answer<Map> = Answer::parse(map.to_string().as_bytes()).unwrap();
    assert!(!answer.json.contains(escapes) && !answer.json.contains('\n'));
}
