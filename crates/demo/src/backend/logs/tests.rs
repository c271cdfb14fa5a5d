use super::*;

const ANSWER: &str = r#"{
    "records": [
        {"timeUnixNano": "1700000000000000001", "observedTimeUnixNano": "1", "severityNumber": 9,
         "level": "info", "body": {"stringValue": "asking for a band"}, "attributes": [],
         "flags": 1, "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
         "resource": 0, "scope": 0},
        {"timeUnixNano": "0", "observedTimeUnixNano": "1700000000000000002", "severityNumber": 0,
         "level": null, "body": {"intValue": "7"}, "attributes": [], "flags": 0,
         "resource": 1, "scope": 0}
    ],
    "resources": [
        {"attributes": [{"key": "service.name", "value": {"stringValue": "client"}}]},
        {"attributes": [{"key": "process.pid", "value": {"intValue": "7"}}]}
    ],
    "scopes": [{"name": "client", "version": ""}],
    "next": null,
    "partial": null
}"#;

#[test]
fn log_records_are_understood() {
    let lines = parse(ANSWER.as_bytes()).unwrap().unwrap();
    let asking = LogLine {
        time: Timestamp::from_unix_nanos(1_700_000_000_000_000_001),
        level: Some(SeverityLevel::Info),
        service: "client".to_owned(),
        text: "asking for a band".to_owned(),
        span_id: Some("b7ad6b7169203331".parse().unwrap()),
    };
    assert_eq!(lines[0], asking);
    let bare = LogLine {
        time: Timestamp::from_unix_nanos(1_700_000_000_000_000_002),
        level: None,
        service: String::new(),
        text: String::new(),
        span_id: None,
    };
    assert_eq!(lines[1], bare);
    assert!(are_of(&lines, &["client"]));
    assert!(!are_of(&lines, &["client", "bands-api"]));
}

#[test]
fn other_backends_keep_none() {
    for answer in ["<!doctype html>", "", r#"{"data": null}"#] {
        assert_eq!(parse(answer.as_bytes()).unwrap(), None, "{answer}");
    }
    assert!(parse(br#"{"records": 1}"#).is_err());
}
