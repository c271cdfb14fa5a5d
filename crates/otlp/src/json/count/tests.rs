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
