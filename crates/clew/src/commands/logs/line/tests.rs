use serde_json::json;

use super::*;

/// A record that says this, and what else there is of it.
fn record(body: &Json, more: &[(&str, Json)]) -> Record {
    let mut told = json!({
        "timeUnixNano": "1680172441123456789",
        "observedTimeUnixNano": "0",
        "level": "error",
        "body": body,
        "attributes": [
            {"key": "card.id", "value": {"intValue": "5"}},
            {"key": "long", "value": {"stringValue": "x".repeat(40)}},
            {"key": "try", "value": {"intValue": "2"}},
        ],
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "pay"}},
        ]},
        "scope": {"name": "", "version": ""},
    });
    for (key, value) in more {
        told[key] = value.clone();
    }
    Record::parse_event(&told.to_string()).expect("it is a log record")
}

fn shown(record: &Record, cells: Option<usize>) -> String {
    line(record, &mut Palette::default(), cells).text()
}

#[test]
fn a_line_says_when_how_severe_who_and_what() {
    let trace = ("traceId", json!("0af7651916cd43dd8448eb211c80319c"));
    let record = record(&json!({"stringValue": "refused"}), &[trace]);
    let start = "2023-03-30T10:34:01.123Z  ERROR  pay  refused";
    for (cells, attributes) in [
        (None, format!("  card.id=5  long={}  try=2", "x".repeat(40))),
        (Some(112), "  card.id=5  try=2  +1".to_owned()),
        (Some(102), "  card.id=5  +2".to_owned()),
        (Some(64), "  +3".to_owned()),
    ] {
        let expected = format!("{start}{attributes}  trace 0af7651916cd43dd8448eb211c80319c");
        assert_eq!(shown(&record, cells), expected, "{cells:?}");
    }
}

#[test]
fn what_is_missing_takes_no_room_but_that_of_the_level() {
    let record = record(
        &json!({}),
        &[
            ("level", Json::Null),
            ("attributes", json!([])),
            ("resource", json!({"attributes": []})),
            ("eventName", json!("card.refused")),
        ],
    );
    assert_eq!(
        shown(&record, None),
        "2023-03-30T10:34:01.123Z         card.refused"
    );
}

#[test]
fn a_time_that_nobody_told_is_not_that_of_1970() {
    let time = ("timeUnixNano", json!("0"));
    let record = record(&json!({"stringValue": "refused"}), &[time]);
    let expected = format!("{:<24}  ERROR  pay  refused", "–");
    assert!(shown(&record, None).starts_with(&expected));
}

#[test]
fn other_values_than_text_are_json() {
    let body = json!({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "1"}}]}});
    let record = record(&body, &[("attributes", json!([]))]);
    assert!(shown(&record, None).ends_with(r#"pay  {"a":1}"#));
}

#[test]
fn nothing_of_a_record_moves_the_cursor() {
    let evil = "a\nb\u{1b}[2J\u{9b}2J\u{202e}";
    let record = record(
        &json!({"stringValue": evil}),
        &[
            ("level", Json::Null),
            ("severityText", json!(evil)),
            (
                "attributes",
                json!([{"key": evil, "value": {"stringValue": evil}}]),
            ),
            (
                "resource",
                json!({"attributes": [
                    {"key": "service.name", "value": {"stringValue": evil}},
                ]}),
            ),
            ("traceId", json!(evil)),
        ],
    );
    let line = line(&record, &mut Palette::default(), None);
    let text = line.text();
    assert!(text.contains("a␊b␛[2J�2J�"), "{text}");
    assert_eq!(text, clew_terminal::text::harmless(&text));
    // The only escapes are those of the styles.
    assert!(!line.to_string().contains("\u{1b}[2J"));
}

#[test]
fn levels_have_colours() {
    let colours = ["fatal", "error", "warn", "info", "debug", "trace"].map(|name| {
        let record = record(&json!({}), &[("level", json!(name))]);
        level(&record).to_string()
    });
    assert_eq!(colours[1], "\u{1b}[31mERROR\u{1b}[0m");
    for (index, colour) in colours.iter().enumerate() {
        assert!(!colours[..index].contains(colour));
    }
}
