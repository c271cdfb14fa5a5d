use serde_json::json;

use super::*;

/// A record as the backend tells it, with its resource and its scope.
fn told(body: &Json, attributes: &Json) -> Json {
    json!({
        "timeUnixNano": "1680172441000000005",
        "observedTimeUnixNano": "1680172442000000000",
        "severityNumber": 17,
        "severityText": "ERROR",
        "level": "error",
        "body": body,
        "attributes": attributes,
        "flags": 1,
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "pay"}},
        ]},
        "scope": {"name": "cards", "version": "2", "attributes": []},
    })
}

fn parse(told: &Json) -> Record {
    Record::parse_event(&told.to_string()).expect("it is a log record")
}

#[test]
fn a_record_is_an_object_of_plain_values() {
    let attributes = json!([
        {"key": "zone", "value": {"kvlistValue": {"values": [
            {"key": "a", "value": {"intValue": "-5"}},
            {"key": "b", "value": {"arrayValue": {"values": [{"boolValue": true}, {}]}}},
        ]}}},
        {"key": "ratio", "value": {"doubleValue": 0.5}},
        {"key": "none", "value": {"doubleValue": "NaN"}},
    ]);
    let record = parse(&told(&json!({"stringValue": "refused"}), &attributes));
    assert_eq!(
        record.to_json().unwrap(),
        concat!(
            r#"{"time":"2023-03-30T10:34:01.000000005Z","severity":"error","severityText":"ERROR","#,
            r#""service":"pay","body":"refused","#,
            r#""attributes":{"zone":{"a":-5,"b":[true,null]},"ratio":0.5,"none":"NaN"},"#,
            r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","#,
            r#""resource":{"service.name":"pay"},"scope":{"name":"cards","version":"2"}}"#,
        )
    );
}

#[test]
fn no_terminal_acts_upon_the_json() {
    let text = "\u{1b}[31m\u{9b}31m\u{7f}\u{202e}\u{e0001}é";
    let record = parse(&told(&json!({"stringValue": text}), &json!([])));
    let printed = record.to_json().unwrap();
    let expected = r#""body":"\u001b[31m\u009b31m\u007f\u202e\udb40\udc01é""#;
    assert!(printed.contains(expected), "{printed}");
    let read: Json = serde_json::from_str(&printed).unwrap();
    assert_eq!(read["body"], text);
}

#[test]
fn a_time_that_is_not_known_is_that_of_the_observation() {
    let mut told = told(&json!({}), &json!([]));
    told["timeUnixNano"] = json!("0");
    let record = parse(&told);
    let time = record.time.expect("it was observed");
    assert_eq!(time.as_nanosecond(), 1_680_172_442_000_000_000);
    assert_eq!(record.body, Json::Null);
    told["observedTimeUnixNano"] = json!("0");
    let record = parse(&told);
    assert_eq!(record.time, None);
    assert!(record.to_json().unwrap().starts_with(r#"{"time":null,"#));
}

#[test]
fn the_newest_of_a_page_is_the_last_and_what_is_too_deep_is_left_out() {
    let of = |text: &str, resource: usize| {
        let mut told = told(&json!({"stringValue": text}), &json!([]));
        told["resource"] = json!(resource);
        told["scope"] = json!(0);
        told.to_string()
    };
    let deep = format!(
        "{}{}",
        r#"{"arrayValue":{"values":["#.repeat(50),
        "]}}".repeat(50)
    );
    let deep = of("deep", 0).replace(r#"{"stringValue":"deep"}"#, &deep);
    let page = format!(
        r#"{{"records":[{},{deep},{},{}],"resources":[{{"attributes":[]}}],"scopes":[
            {{"name":"","version":""}}],"next":"1-2-3","partial":"a segment is damaged"}}"#,
        of("new", 0),
        of("of nobody", 7),
        of("old", 0),
    );
    let page = Page::parse(page.as_bytes()).unwrap();
    let bodies: Vec<_> = page.records.iter().map(|record| &record.body).collect();
    assert_eq!(bodies, ["old", "new"]);
    assert_eq!(page.unreadable, 2);
    assert!(page.next.is_some());
    assert_eq!(page.partial.as_deref(), Some("a segment is damaged"));
}

#[test]
fn other_json_is_no_page() {
    assert!(Page::parse(b"{\"data\":[]}").is_err());
    assert!(Page::parse(b"<html>").is_err());
}

#[test]
fn equal_records_have_one_identity() {
    let told_one = told(&json!({"stringValue": "one"}), &json!([]));
    let one = parse(&told_one).identity();
    assert_eq!(one, parse(&told_one).identity());
    let other = told(&json!({"stringValue": "other"}), &json!([]));
    assert_ne!(one, parse(&other).identity());
}
