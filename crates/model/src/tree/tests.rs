use std::sync::Arc;

use super::*;
use crate::{Resource, Scope, SpanKind, Status, StatusCode};

/// A span by its id, its parent's id (0 for none) and its start and end in nanoseconds.
fn span(id: u8, parent: u8, start: u64, end: u64) -> Span {
    let span_id = |id: u8| SpanId::from_bytes([0, 0, 0, 0, 0, 0, 0, id]);
    Span {
        trace_id: trace_id(),
        span_id: span_id(id).unwrap(),
        parent_span_id: span_id(parent),
        trace_state: String::new(),
        flags: 0,
        name: id.to_string(),
        kind: SpanKind::Internal,
        start: Timestamp::from_unix_nanos(start),
        end: Timestamp::from_unix_nanos(end),
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
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
    }
}

fn trace_id() -> crate::TraceId {
    crate::TraceId::from_bytes([1; 16]).unwrap()
}

/// One line per node: its id, indented by its depth, and its self time.
fn drawn(spans: &[Span]) -> String {
    let trace = Trace {
        id: trace_id(),
        spans: spans.to_vec(),
    };
    let line = |node: &SpanNode<'_>| {
        let mark = if node.is_orphan() { "?" } else { "" };
        let indent = " ".repeat(node.depth);
        format!(
            "{indent}{}{mark} {}",
            node.span.name,
            node.self_time.as_nanos()
        )
    };
    let tree = SpanTree::new(&trace);
    tree.nodes().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn children_follow_their_parent_by_start() {
    let spans = [
        span(3, 1, 60, 90),
        span(1, 0, 0, 100),
        span(2, 1, 10, 50),
        span(4, 2, 20, 30),
    ];
    assert_eq!(drawn(&spans), "1 30\n 2 30\n  4 10\n 3 30");
}

#[test]
fn overlapping_children_count_once_and_only_within_their_parent() {
    let spans = [
        span(1, 0, 100, 200),
        span(2, 1, 50, 150),
        span(3, 1, 120, 140),
        span(4, 1, 140, 160),
        span(5, 1, 190, 900),
    ];
    assert_eq!(drawn(&spans), "1 30\n 2 100\n 3 20\n 4 20\n 5 710");
}

#[test]
fn a_span_whose_parent_is_missing_stands_at_the_top() {
    assert_eq!(
        drawn(&[span(2, 9, 10, 20), span(1, 0, 0, 100)]),
        "1 100\n2? 10"
    );
}

#[test]
fn circles_end_and_no_span_is_lost() {
    assert_eq!(drawn(&[span(1, 1, 0, 10)]), "1? 10");
    let circle = [
        span(1, 3, 5, 10),
        span(2, 1, 0, 10),
        span(3, 2, 1, 10),
        span(4, 2, 2, 3),
    ];
    assert_eq!(drawn(&circle), "2? 1\n 3 4\n  1 5\n 4 1");
}

#[test]
fn spans_that_share_an_id_are_all_there() {
    let spans = [span(1, 0, 0, 10), span(1, 0, 1, 9), span(2, 1, 2, 3)];
    assert_eq!(drawn(&spans), "1 9\n 2 1\n1 8");
}

#[test]
fn a_span_that_ends_before_it_starts_takes_no_time() {
    assert_eq!(drawn(&[span(1, 0, 10, 5), span(2, 1, 6, 8)]), "1 0\n 2 2");
}

#[test]
fn depth_is_bounded_by_memory_alone() {
    let chain: Vec<Span> = (0..100_000_u64)
        .map(|depth| Span {
            span_id: SpanId::from_bytes((depth + 1).to_be_bytes()).unwrap(),
            parent_span_id: SpanId::from_bytes(depth.to_be_bytes()),
            ..span(1, 0, depth, 200_000)
        })
        .collect();
    let trace = Trace {
        id: trace_id(),
        spans: chain,
    };
    assert_eq!(SpanTree::new(&trace).nodes()[99_999].depth, 99_999);
}
