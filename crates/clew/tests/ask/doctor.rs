//! `clew doctor`, as a shell sees it: what comes out, and the exit code.

use clew_model::{Span, SpanKind, Status, StatusCode};
use clew_testkit::{service, span, span_id, trace_id};
use clew_testkit_server::Backend;

use crate::support::{clew, export, not_found};

/// Exit code, standard output and standard error.
fn doctor(backend: &Backend, arguments: &[&str]) -> (Option<i32>, String, String) {
    clew(backend.http(), &[&["doctor"], arguments].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_followed_from_process_to_process() {
    let backend = Backend::start();
    let call = Span {
        kind: SpanKind::Client,
        name: "GET".to_owned(),
        ..span(&service("web"), 5, 1)
    };
    let answer = Span {
        kind: SpanKind::Server,
        status: Status {
            code: StatusCode::Error,
            message: "no such cart".to_owned(),
        },
        name: "GET /cart".to_owned(),
        parent_span_id: Some(span_id(1)),
        ..span(&service("cart"), 5, 2)
    };
    export(&backend, &[call.clone(), answer]).await;
    let trace = trace_id(5).to_string();
    let (code, out, _) = doctor(&backend, &[&trace]);
    let header = format!("00-{trace}-{}-01", span_id(1));
    for expected in [
        "1 hop",
        "web GET  →  cart GET /cart",
        &header,
        "✓",
        "1 span failed: cart GET /cart: no such cart (after ",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    assert_eq!(code, Some(0));

    let lonely = Span {
        trace_id: trace_id(6),
        ..call
    };
    export(&backend, &[lonely]).await;
    let (code, out, _) = doctor(&backend, &["6"]);
    assert!(
        out.contains("✗ Nobody whom web called here has a span."),
        "{out}"
    );
    assert_eq!(code, Some(1));
    let (code, out, _) = doctor(&backend, &["6", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON on one line");
    assert_eq!(json["hops"][0]["problems"][0]["kind"], "calleeMissing");
    assert_eq!(code, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_followed_is_said() {
    let backend = Backend::start();
    let (code, out, error) = doctor(&backend, &["7"]);
    assert!(error.ends_with(&not_found("7")), "{error}");
    assert_eq!((code, &*out), (Some(1), ""));
    let whole = trace_id(7).to_string();
    let (code, _, error) = doctor(&backend, &[&whole]);
    assert!(
        error.ends_with(&format!("trace {whole} not found\n")),
        "{error}"
    );
    assert_eq!(code, Some(1));
    let (code, _, error) = doctor(&backend, &["nonsense"]);
    assert!(error.contains("32 hexadecimal digits"), "{error}");
    assert_eq!(code, Some(2));
}
