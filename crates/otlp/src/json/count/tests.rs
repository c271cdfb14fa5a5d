use super::*;

#[test]
fn log_records_of_every_scope_count() {
    let request = br#"{"resourceLogs":[
        {"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}},{}]},{"scope":{}}]},
        {"scopeLogs":[{"logRecords":[{}]}]},
        {"resource":{}}]}"#;
    assert_eq!(count_log_records_json(request).unwrap(), 3);
    assert_eq!(count_log_records_json(b"{}").unwrap(), 0);
}

#[test]
fn data_points_of_every_kind_count() {
    let request = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"a","gauge":{"dataPoints":[{},{}]}},
        {"name":"b","sum":{"dataPoints":[{"asInt":"1"}],"isMonotonic":true}},
        {"name":"c","histogram":{"dataPoints":[{}]}},
        {"name":"d","exponentialHistogram":{"dataPoints":[{}]}},
        {"name":"e","summary":{"dataPoints":[{}]}},
        {"name":"f","gauge":null}]}]}]}"#;
    assert_eq!(count_data_points_json(request).unwrap(), 6);
}

#[test]
fn what_is_no_json_is_refused() {
    assert!(count_log_records_json(b"{\"resourceLogs\":1}").is_err());
    assert!(count_data_points_json(b"[").is_err());
}

#[test]
fn a_list_in_place_of_a_message_is_refused_with_its_place() {
    let place = |error: JsonError| {
        let error = error.to_string();
        assert!(error.contains("sequence, expected an object"), "{error}");
        error.rsplit_once("column ").unwrap().1.to_owned()
    };
    let logs = |request: &str| place(count_log_records_json(request.as_bytes()).unwrap_err());
    for before in [
        "",
        r#"{"resourceLogs":["#,
        r#"{"resourceLogs":[{"scopeLogs":["#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#,
    ] {
        assert_eq!(logs(&format!("{before}[[]]")), before.len().to_string());
    }
    let metrics = |request: &str| place(count_data_points_json(request.as_bytes()).unwrap_err());
    for before in [
        "",
        r#"{"resourceMetrics":["#,
        r#"{"resourceMetrics":[{"scopeMetrics":["#,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":["#,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":"#,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":["#,
    ] {
        assert_eq!(metrics(&format!("{before}[[]]")), before.len().to_string());
    }
}
