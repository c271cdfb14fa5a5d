use super::*;
use crate::traces::fixtures::{span, trace};

fn drawn(traceparent: Option<&str>, tracestate: Option<&str>) -> Vec<String> {
    lines(traceparent, tracestate, Style::new(), 80)
        .iter()
        .map(Line::text)
        .collect()
}

#[test]
fn the_fields_of_a_traceparent_are_named() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    let expected = [
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
        "                └trace-id                        └parent-id       └flags",
        "tracestate: foo=bar",
    ];
    assert_eq!(drawn(Some(traceparent), Some("foo=bar")), expected);
}

#[test]
fn a_value_is_below_its_name_where_the_terminal_is_narrow() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    let lines = lines(Some(traceparent), None, Style::new(), 60);
    let expected = [
        "traceparent: ",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
        "   └trace-id                        └parent-id       └flags",
        "tracestate: (none)",
    ];
    assert_eq!(lines.iter().map(Line::text).collect::<Vec<_>>(), expected);
}

#[test]
fn what_is_missing_or_broken_is_shown_as_it_is() {
    assert_eq!(
        drawn(None, None),
        ["traceparent: (none)", "tracestate: (none)"]
    );
    assert_eq!(
        drawn(Some("00-\x1b[2J"), None),
        ["traceparent: 00-␛[2J", "tracestate: (none)"]
    );
}

#[test]
fn headers_are_lists_or_plain_text() {
    let recorded = |value: &str| {
        let span = span(1, "s", "GET").tag("http.request.header.tracestate", value);
        let trace = trace(&[span]);
        received(&trace.spans[0], TRACESTATE).map(Cow::into_owned)
    };
    assert_eq!(recorded(r#"["a=1","b=2"]"#).as_deref(), Some("a=1, b=2"));
    assert_eq!(recorded("a=1").as_deref(), Some("a=1"));
    let without = trace(&[span(1, "s", "GET")]);
    assert_eq!(received(&without.spans[0], TRACESTATE), None);
}
