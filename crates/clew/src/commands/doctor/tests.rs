use serde_json::json;

use super::answer::Answer;
use super::report::report;

fn text_of(answer: &serde_json::Value) -> String {
    let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
    let lines = report("7", &answer.trace, 72);
    lines.iter().map(|line| line.text() + "\n").collect()
}

fn hop() -> serde_json::Value {
    json!({
        "caller": {"service": "web", "name": "GET"},
        "callerSpanId": "00000000000000aa",
        "callee": {"service": "cart", "name": "GET /cart"},
        "traceparent": {"value": "00-07-aa-01", "source": "reconstructed"},
        "tracestate": {"value": "foo=bar", "source": "recorded"},
        "problems": [],
    })
}

#[test]
fn a_trace_without_problems_is_well() {
    let answer = json!({"hops": [hop()], "findings": [], "partial": null});
    let expected = "\
Trace 7  1 hop between processes

web GET  →  cart GET /cart
    traceparent  00-07-aa-01
    tracestate   foo=bar
    (traceparent reconstructed, tracestate recorded)
    ✓ the context arrived
";
    assert_eq!(text_of(&answer), expected);
    let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
    assert!(answer.trace.is_well());
}

#[test]
fn what_is_wrong_comes_with_its_cause() {
    let mut ignored = hop();
    ignored["caller"] = json!(null);
    ignored["callerSpanId"] = json!(null);
    ignored["callee"]["service"] = json!(null);
    ignored["tracestate"] = json!(null);
    ignored["problems"] = json!([{
        "kind": "contextIgnored",
        "what": "cart was sent the trace 8, and is in another.",
        "likelyCause": "It does not read `traceparent`.",
        "otherTraceId": "8",
    }]);
    let mut dead_end = hop();
    dead_end["callee"] = json!(null);
    let findings = json!([
        {"kind": "severalRoots", "what": "2 spans have no parent.", "likelyCause": "Somewhere."},
        {"kind": "clockSkew", "what": "That is said of the hop.", "likelyCause": "Clocks."},
    ]);
    let answer = json!({"hops": [ignored, dead_end], "findings": findings, "partial": "Not all."});
    let expected = "\
Trace 7  2 hops between processes
    Not all.

nobody who has a span  →  a service without a name GET /cart
    traceparent  00-07-aa-01
    (reconstructed)
    ✗ cart was sent the trace 8, and is in another.
      It does not read traceparent.
      clew doctor 8

web GET  →  nobody who has a span
    traceparent  00-07-aa-01
    tracestate   foo=bar
    (traceparent reconstructed, tracestate recorded)
    ✓ the context arrived

    ✗ 2 spans have no parent.
      Somewhere.
";
    assert_eq!(text_of(&answer), expected);
    let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
    assert!(!answer.trace.is_well());
}

#[test]
fn a_trace_of_one_process_says_so() {
    let answer = json!({"hops": [], "findings": [], "partial": null});
    let expected = "\
Trace 7  0 hops between processes
    It is of one process alone: no context came in, as far as was
    recorded, and none went out.
";
    assert_eq!(text_of(&answer), expected);
}

#[test]
fn what_failed_is_said_and_is_no_problem_of_the_context() {
    let failed_of = |spans: u64, message: &str| {
        json!({"hops": [], "findings": [], "partial": null, "failed": {"spans": spans, "first": {
            "service": "pay", "name": "POST /pay", "message": message,
            "startTimeUnixNano": "1700000000001000000", "endTimeUnixNano": "1700000000013345678",
        }}})
    };
    for (spans, message, expected) in [
        (
            3,
            "card declined",
            "3 spans failed; the first: pay POST /pay: card declined (after 12.3 ms)",
        ),
        (1, "", "1 span failed: pay POST /pay (after 12.3 ms)"),
    ] {
        let answer = failed_of(spans, message);
        let text = text_of(&answer);
        let (_, last) = text.split_once("\n\n").expect("it stands apart");
        let words = last.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words, expected);
        let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
        assert!(answer.trace.is_well());
    }
    let none =
        json!({"hops": [], "findings": [], "failed": {"spans": 0, "first": null}, "partial": null});
    assert!(!text_of(&none).contains("failed"));
    let hostile = failed_of(1, "a\u{1b}[2J\u{202e}b\nc");
    assert!(!text_of(&hostile).contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn nothing_steers_the_terminal() {
    let mut hostile = hop();
    hostile["callee"]["name"] = json!("a\u{1b}[2J\u{202e}b\nc");
    let answer = json!({"hops": [hostile], "findings": [], "partial": null});
    assert!(!text_of(&answer).contains(['\u{1b}', '\u{202e}']));
    let answer = Answer::parse(answer.to_string().as_bytes()).unwrap();
    assert!(!answer.json.contains(['\u{1b}', '\u{202e}', '\n']));
    let again: serde_json::Value = serde_json::from_str(&answer.json).unwrap();
    assert_eq!(again["hops"][0]["callee"]["name"], "a\u{1b}[2J\u{202e}b\nc");
}
