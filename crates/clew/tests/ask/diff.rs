//! `clew diff`, as a shell sees it: what comes out, and the exit code.

use clew_model::{Span, SpanKind, Timestamp};
use clew_testkit::{SPAN_START, service, span, span_id, trace_id};
use clew_testkit_server::Backend;

use crate::support::{clew, export, not_found};

/// Exit code, standard output and standard error.
fn diff(backend: &Backend, arguments: &[&str]) -> (Option<i32>, String, String) {
    clew(backend.http(), &[&["diff"], arguments].concat())
}

/// A page that asks the database so many times, for 65 ms each.
fn page(trace: u128, queries: u64) -> Vec<Span> {
    let at = |ms: u64| Timestamp::from_unix_nanos(SPAN_START.unix_nanos() + ms * 1_000_000);
    let mut spans = vec![Span {
        end: at(queries * 65 + 5),
        ..span(&service("shop"), trace, 1)
    }];
    spans.extend((0..queries).map(|number| Span {
        parent_span_id: Some(span_id(1)),
        name: "SELECT".to_owned(),
        kind: SpanKind::Client,
        start: at(number * 65),
        end: at((number + 1) * 65),
        ..span(&service("shop"), trace, number + 2)
    }));
    spans
}

#[tokio::test(flavor = "multi_thread")]
async fn two_traces_are_compared() {
    let backend = Backend::start();
    export(&backend, &page(5, 100)).await;
    export(&backend, &page(6, 1)).await;
    let (code, out, _) = diff(&backend, &["5", "6"]);
    for expected in [
        &format!("Trace {}  →  {}", trace_id(5), trace_id(6)),
        "6.51 s → 70 ms, 93 times faster",
        "101 → 2 spans: 99 gone, 1 faster, 1 alike",
        "− shop SELECT  99 spans  −6.44 s",
        "↓ shop GET /",
        "−   shop SELECT",
        "−   … 98 more like it",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    assert!(out.lines().count() < 12, "{out}");
    assert_eq!(code, Some(0));

    let (code, out, _) = diff(&backend, &["5", "6", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON on one line");
    assert_eq!(json["totals"]["gone"], 99);
    assert_eq!(json["before"]["durationNano"], "6505000000");
    assert_eq!((code, out.lines().count()), (Some(0), 1));

    let (code, out, _) = diff(&backend, &["5", "5"]);
    assert!(out.contains("6.51 s → 6.51 s, as long as before"), "{out}");
    assert!(out.contains("… 101 spans alike"), "{out}");
    assert_eq!(code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_said() {
    let backend = Backend::start();
    export(&backend, &page(5, 1)).await;
    for arguments in [["5", "7"], ["7", "5"]] {
        let (code, out, error) = diff(&backend, &arguments);
        assert!(error.ends_with(&not_found("7")), "{error}");
        assert_eq!((code, &*out), (Some(1), ""));
    }
    let (code, _, error) = diff(&backend, &["5", "nonsense"]);
    assert!(error.contains("32 hexadecimal digits"), "{error}");
    assert_eq!(code, Some(2));
}
