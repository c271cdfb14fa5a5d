//! `clew services`, as a shell sees it: what comes out, and the exit code.

use std::time::SystemTime;

use clew_model::{KeyValue, Span, SpanKind, Status, StatusCode, Timestamp};
use clew_testkit::{service, span, span_id, trace_id};
use clew_testkit_server::Backend;

use crate::support::{clew, export};

const MINUTE: u64 = 60_000;

/// Exit code, standard output and standard error.
fn services(backend: &Backend, arguments: &[&str]) -> (Option<i32>, String, String) {
    clew(backend.http(), &[&["services"], arguments].concat())
}

/// A span of ten minutes ago that took so many milliseconds.
fn recent(service_name: &str, trace: u128, id: u64, took_ms: u64) -> Span {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = u64::try_from(now.expect("it is after 1970").as_millis()).expect("it is before 2500");
    let at = |ms: u64| Timestamp::from_unix_nanos(ms * 1_000_000);
    let start = now - 10 * MINUTE;
    Span {
        start: at(start),
        end: at(start + took_ms),
        ..span(&service(service_name), trace, id)
    }
}

/// `web` answers twice, of which one calls `cart`, which asks a database and fails.
async fn shop(backend: &Backend) {
    let add = Span {
        name: "add".to_owned(),
        parent_span_id: Some(span_id(1)),
        status: Status {
            code: StatusCode::Error,
            message: String::new(),
        },
        ..recent("cart", 2, 2, 32)
    };
    let select = Span {
        name: "SELECT".to_owned(),
        kind: SpanKind::Client,
        parent_span_id: Some(span_id(2)),
        attributes: vec![KeyValue::new("db.system.name", "postgresql")],
        ..recent("cart", 2, 3, 16)
    };
    let lost = Span {
        parent_span_id: Some(span_id(9)),
        ..recent("web", 3, 1, 64)
    };
    let cron = Span {
        kind: SpanKind::Internal,
        name: "tick".to_owned(),
        ..recent("cron", 4, 1, 5)
    };
    let spans = [recent("web", 2, 1, 65), lost, add, select, cron];
    export(backend, &spans).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_listed_with_who_calls_whom() {
    let backend = Backend::start();
    let (code, out, _) = services(&backend, &[]);
    assert!(out.contains("No spans in the last 1h."), "{out}");
    assert_eq!(code, Some(0));

    shop(&backend).await;
    let (code, out, _) = services(&backend, &[]);
    for expected in [
        "3 services  in the last 1h",
        "service  requests  errors",
        "web        2.00/h     0 %",
        "cart       1.00/h   100 %",
        "cron            –       –",
        "web → cart",
        "cart → postgresql (database)",
        "1 call came from a span that is not here.",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert_eq!(code, Some(0));

    let (_, out, _) = services(&backend, &["--since", "5m"]);
    assert!(out.contains("No spans in the last 5m."), "{out}");

    let (code, out, _) = services(&backend, &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON on one line");
    assert_eq!(json["edges"][0]["kind"], "database");
    assert_eq!((code, out.lines().count()), (Some(0), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_shown_with_its_span_names() {
    let backend = Backend::start();
    shop(&backend).await;
    let (code, out, _) = services(&backend, &["web", "--since=30m"]);
    let url = format!("http://{}/trace/{}", backend.http(), trace_id(2));
    for expected in [
        "web  in the last 30m",
        "slowest 65 ms  trace",
        &url,
        "GET /",
        "4.00/h",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    assert_eq!(code, Some(0));

    assert!(!out.contains("failed"), "{out}");

    let (code, out, _) = services(&backend, &["cart"]);
    let failed = format!("newest ✗ failed  trace {}", trace_id(2));
    assert!(out.contains(&failed), "{out}");
    assert_eq!(code, Some(0));

    // It serves nothing, and so its own spans are shown.
    let (code, out, _) = services(&backend, &["cron"]);
    assert!(out.contains("tick internal"), "{out}");
    assert_eq!(code, Some(0));

    let (code, out, _) = services(&backend, &["web", "--since=5m"]);
    assert!(out.contains("has no spans in the last 5m"), "{out}");
    assert_eq!(code, Some(0));

    let (_, out, _) = services(&backend, &["cart", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON on one line");
    assert_eq!(json["names"][0]["name"], "add");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_said() {
    let backend = Backend::start();
    let (code, _, error) = services(&backend, &["web"]);
    assert!(error.contains("nothing has sent spans yet"), "{error}");
    assert_eq!(code, Some(1));

    shop(&backend).await;
    let (code, out, error) = services(&backend, &["we/b"]);
    assert!(error.contains("there is no service we/b"), "{error}");
    assert!(error.contains("there are: "), "{error}");
    assert!(error.contains("cart"), "{error}");
    assert_eq!((code, &*out), (Some(1), ""));

    for wrong in ["--since=nonsense", "--since=0s", "--since=-1h", ""] {
        let (code, _, error) = services(&backend, &[wrong]);
        assert_eq!(code, Some(2), "{error}");
    }
}
