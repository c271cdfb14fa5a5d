use std::fmt::Write as _;

use clew_model::StatusCode;
use clew_testkit::{service, span, span_id, trace_id};

use super::*;

/// A span of `web`, from one millisecond to another.
fn timed(id: u64, parent: Option<u64>, name: &str, ms: [u64; 2]) -> Span {
    let at = |ms: u64| Timestamp::from_unix_nanos(1_000_000_000 + ms * 1_000_000);
    Span {
        parent_span_id: parent.map(span_id),
        name: name.to_owned(),
        start: at(ms[0]),
        end: at(ms[1]),
        ..span(&service("web"), 1, id)
    }
}

fn trace(number: u128, spans: Vec<Span>) -> Trace {
    Trace {
        id: trace_id(number),
        spans,
    }
}

fn compared(before: Vec<Span>, after: Vec<Span>) -> Comparison {
    let context = QueryContext::new(Duration::from_hours(1), usize::MAX);
    Comparison::new(&trace(1, before), &trace(2, after), &context).unwrap()
}

/// A line for each row: the change, the name, and the ids of both ends.
fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for row in &comparison.rows {
        let id = |end: &Option<ComparedSpan>| match end {
            Some(end) => u64::from_str_radix(&end.id.to_string(), 16).unwrap(),
            None => 0,
        };
        let indent = "  ".repeat(row.depth);
        let (change, name) = (row.change.name(), &row.name);
        let (before, after) = (id(&row.before), id(&row.after));
        writeln!(text, "{indent}{name} {change} {before} {after}").unwrap();
    }
    text
}

#[track_caller]
fn check(before: Vec<Span>, after: Vec<Span>, expected: &str) {
    assert_eq!(text(&compared(before, after)), expected);
}

#[test]
fn a_trace_is_the_same_as_itself() {
    let spans = || {
        vec![
            timed(1, None, "GET /", [0, 100]),
            timed(2, Some(1), "read", [10, 20]),
        ]
    };
    let comparison = compared(spans(), spans());
    assert_eq!(
        text(&comparison),
        "GET / same 1 1\n  read same 2 2\n",
        "rows"
    );
    assert_eq!(comparison.totals.same, 2);
    assert_eq!(comparison.explanations, []);
    assert_eq!(comparison.before.duration, Duration::from_millis(100));
    assert_eq!(comparison.before.spans, 2);
    let read = comparison.rows[1].after.unwrap();
    assert_eq!(read.offset, Duration::from_millis(10));
    let root = comparison.rows[0].before.unwrap();
    assert_eq!(root.self_time, Duration::from_millis(90));
}

#[test]
fn spans_are_new_gone_slower_and_faster() {
    check(
        vec![
            timed(1, None, "GET /", [0, 100]),
            timed(2, Some(1), "first", [0, 10]),
            timed(3, Some(1), "old", [10, 20]),
            timed(4, Some(3), "older", [10, 12]),
            timed(5, Some(1), "last", [30, 90]),
        ],
        vec![
            timed(1, None, "GET /", [0, 110]),
            timed(2, Some(1), "first", [0, 20]),
            timed(3, Some(1), "young", [20, 30]),
            timed(4, Some(3), "younger", [20, 30]),
            timed(5, Some(1), "last", [30, 31]),
            timed(6, Some(1), "later", [31, 32]),
        ],
        "\
GET / same 1 1
  first slower 2 2
  old gone 3 0
    older gone 4 0
  young new 0 3
    younger new 0 4
  last faster 5 5
  later new 0 6
",
    );
}

#[test]
fn what_differs_is_judged_alike_in_both_directions() {
    let of = |micros: u64| {
        let mut span = timed(1, None, "GET /", [0, 0]);
        span.end = Timestamp::from_unix_nanos(span.start.unix_nanos() + micros * 1_000);
        vec![span]
    };
    for (short, long, differ) in [
        (100, 1_100, false),
        (100, 1_101, true),
        (100_000, 125_000, false),
        (100_000, 125_001, true),
        (0, 0, false),
    ] {
        let change = compared(of(short), of(long)).rows[0].change;
        let back = compared(of(long), of(short)).rows[0].change;
        let expected = if differ {
            (Change::Slower, Change::Faster)
        } else {
            (Change::Same, Change::Same)
        };
        assert_eq!((change, back), expected, "{short} {long}");
    }
}

#[test]
fn of_several_of_one_name_the_first_is_the_first() {
    let before = vec![
        timed(1, None, "GET /", [0, 100]),
        timed(2, Some(1), "read", [20, 30]),
        timed(3, Some(1), "read", [10, 20]),
        timed(4, Some(1), "read", [30, 40]),
    ];
    let after = vec![
        timed(1, None, "GET /", [0, 100]),
        timed(7, Some(1), "read", [20, 30]),
        timed(8, Some(1), "read", [0, 10]),
    ];
    let expected = "GET / same 1 1\n  read same 3 8\n  read same 2 7\n  read gone 4 0\n";
    check(before, after, expected);
}

#[test]
fn names_with_ids_match_where_nobody_else_is_left() {
    let one = |id, parent| {
        vec![
            timed(1, None, "GET /", [0, 100]),
            timed(2, Some(1), &format!("user {id}"), [10, 20]),
            timed(3, parent, &format!("order {id}"), [20, 30]),
        ]
    };
    let comparison = compared(one(5, Some(2)), one(6, Some(2)));
    assert_eq!(
        text(&comparison),
        "GET / same 1 1\n  user 6 same 2 2\n    order 6 same 3 3\n"
    );
    let name_before = comparison.rows[1].name_before.as_deref();
    assert_eq!(name_before, Some("user 5"));
    assert_eq!(comparison.rows[0].name_before, None);

    // Two on each side: which is which is anybody's guess.
    let expected = "\
GET / same 1 1
  user 5 gone 2 0
  order 5 gone 3 0
  user 6 new 0 2
  order 6 new 0 3
";
    check(one(5, Some(1)), one(6, Some(1)), expected);
}

#[test]
fn another_service_or_kind_is_another_span() {
    let before = vec![timed(1, None, "GET /", [0, 100])];
    let of_kind = |kind| Span {
        kind,
        ..timed(2, None, "GET /", [0, 100])
    };
    let gone = "GET / gone 1 0\nGET / new 0 2\n";
    check(before.clone(), vec![of_kind(SpanKind::Client)], gone);
    let elsewhere = Span {
        resource: service("cart"),
        ..of_kind(SpanKind::Server)
    };
    check(before, vec![elsewhere], gone);
}

#[test]
fn spans_without_their_parent_are_at_the_top() {
    let orphan = |id| timed(id, Some(99), "late", [50, 60]);
    let root = || timed(1, None, "GET /", [0, 100]);
    check(
        vec![root(), orphan(2)],
        vec![orphan(3), root()],
        "GET / same 1 1\nlate same 2 3\n",
    );
}

#[test]
fn circles_end() {
    let circle = || {
        vec![
            timed(1, Some(2), "hen", [0, 100]),
            timed(2, Some(1), "egg", [10, 90]),
            timed(3, Some(3), "self", [20, 30]),
        ]
    };
    let expected = "self same 3 3\nhen same 1 1\n  egg same 2 2\n";
    check(circle(), circle(), expected);
    let gone = "self gone 3 0\nhen gone 1 0\n  egg gone 2 0\n";
    check(circle(), vec![], gone);
    check(vec![], vec![], "");
}

#[test]
fn errors_appear_and_go_away() {
    let failed = |mut span: Span| {
        span.status.code = StatusCode::Error;
        span
    };
    let root = || timed(1, None, "GET /", [0, 100]);
    let read = |id| timed(id, Some(1), "read", [0, 10]);
    let comparison = compared(
        vec![root(), failed(read(2)), read(3)],
        vec![failed(root()), read(2), read(3), failed(read(4))],
    );
    let changes: Vec<_> = comparison
        .rows
        .iter()
        .map(ComparedRow::error_change)
        .collect();
    let (appeared, went) = (Some(ErrorChange::Appeared), Some(ErrorChange::WentAway));
    assert_eq!(changes, [appeared, went, None, appeared]);
    assert_eq!(comparison.totals.errors_appeared, 2);
    assert_eq!(comparison.totals.errors_went_away, 1);
}

/// A request with so many queries, one after the other, each below a span of its own.
fn loop_of(count: u64, query_ms: u64, render_ms: u64) -> Vec<Span> {
    let queries_ms = count * query_ms;
    let mut spans = vec![
        timed(1, None, "GET /", [0, queries_ms + render_ms]),
        timed(2, Some(1), "render", [queries_ms, queries_ms + render_ms]),
    ];
    for number in 0..count {
        let (row, query) = (10 + 2 * number, 11 + 2 * number);
        let ms = [number * query_ms, (number + 1) * query_ms];
        spans.push(timed(row, Some(1), "load", ms));
        spans.push(timed(query, Some(row), "SELECT", ms));
    }
    spans
}

#[test]
fn what_is_done_in_a_loop_is_one_explanation() {
    let comparison = compared(loop_of(100, 60, 3), loop_of(1, 60, 403));
    let [queries, render] = &comparison.explanations[..] else {
        panic!("{:?}", comparison.explanations);
    };
    assert_eq!(
        (queries.rows, queries.difference_nanos),
        (99, -5_940_000_000)
    );
    let example = &comparison.rows[queries.row];
    assert_eq!((&*example.name, example.change), ("SELECT", Change::Gone));
    assert_eq!((render.rows, render.difference_nanos), (1, 400_000_000));
    assert_eq!(comparison.rows[render.row].name, "render");
    assert_eq!(comparison.rows[render.row].change, Change::Slower);
    assert_eq!(comparison.totals.gone, 198);
}

#[test]
fn there_are_a_few_explanations_and_none_of_noise() {
    let of = |nanos_more: u64| {
        let mut spans = vec![timed(1, None, "GET /", [0, 0])];
        for number in 0..10 {
            let mut span = timed(number + 2, Some(1), &format!("step {number}"), [0, 10]);
            let end = span.end.unix_nanos() + nanos_more * (number + 1);
            span.end = Timestamp::from_unix_nanos(end);
            spans.push(span);
        }
        spans
    };
    let explanations = compared(of(0), of(10_000_000)).explanations;
    let differences: Vec<i128> = explanations.iter().map(|it| it.difference_nanos).collect();
    let expected = [100, 90, 80, 70, 60].map(|ms| ms * 1_000_000);
    assert_eq!(differences, expected);
    assert_eq!(compared(of(0), of(99_999)).explanations, []);
}

#[test]
fn as_deep_and_as_wide_as_anybody_sends() {
    const SPANS: u64 = 100_000;
    let chain = || {
        let link = |id: u64| timed(id, (id > 1).then(|| id - 1), "link", [0, 1]);
        (1..=SPANS).map(link).collect::<Vec<_>>()
    };
    let comparison = compared(chain(), chain());
    assert_eq!(comparison.totals.same, 100_000);
    assert_eq!(comparison.rows[99_999].depth, 99_999);

    let wide = |ids: std::ops::Range<u64>| {
        let leaf = |id: u64| timed(id, Some(1), &format!("leaf {id}"), [0, 1]);
        let mut spans = vec![timed(1, None, "GET /", [0, 100])];
        spans.extend(ids.map(leaf));
        spans
    };
    let comparison = compared(wide(2..SPANS), wide(SPANS / 2..SPANS * 3 / 2));
    assert_eq!(comparison.totals.same, 50_001);
    assert_eq!(comparison.totals.gone, 49_998);
    assert_eq!(comparison.totals.new, 50_000);
}

#[test]
fn memory_is_taken_first_and_given_back() {
    let spans = vec![timed(1, None, "GET /", [0, 100])];
    let both = (trace(1, spans.clone()), trace(2, spans));
    let context = QueryContext::new(Duration::from_hours(1), 512);
    let refused = Comparison::new(&both.0, &both.1, &context);
    assert!(matches!(refused, Err(StoreError::LimitExceeded { .. })));

    let bytes = bytes_of(&both.0) + bytes_of(&both.1);
    let context = QueryContext::new(Duration::from_hours(1), bytes);
    for _ in 0..2 {
        Comparison::new(&both.0, &both.1, &context).unwrap();
    }
    context.cancel();
    let cancelled = Comparison::new(&both.0, &both.1, &context);
    assert!(matches!(cancelled, Err(StoreError::Cancelled)));
}
