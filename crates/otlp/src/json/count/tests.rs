use super::*;

#[test]
fn log_records_of_every_scope_count() {
    let request = r#"{"resourceLogs":[
        {"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}},{}]},{"scope":{}}]},
        {"scopeLogs":[{"logRecords":[{}]}]},
        {"resource":{}}]}"#;
    assert_eq!(count_log_records_json(request.into()).unwrap(), 3);
    assert_eq!(count_log_records_json("{}".into()).unwrap(), 0);
}

#[test]
fn data_points_of_every_kind_count() {
    let request = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"a","gauge":{"dataPoints":[{},{}]}},
        {"name":"b","sum":{"dataPoints":[{"asInt":"1"}],"isMonotonic":true}},
        {"name":"c","histogram":{"dataPoints":[{}]}},
        {"name":"d","exponentialHistogram":{"dataPoints":[{}]}},
        {"name":"e","summary":{"dataPoints":[{}]}},
        {"name":"f","gauge":null}]}]}]}"#;
    assert_eq!(count_data_points_json(request.into()).unwrap(), 6);
}

#[test]
fn what_is_no_json_is_refused() {
    assert!(count_log_records_json(r#"{"resourceLogs":1}"#.into()).is_err());
    assert!(count_data_points_json("[".into()).is_err());
}

#[test]
fn a_list_in_place_of_a_message_is_refused_with_its_place() {
    let place = |error: JsonError| {
        let error = error.to_string();
        assert!(error.contains("sequence, expected an object"), "{error}");
        error.rsplit_once("column ").unwrap().1.to_owned()
    };
    let logs = |request: String| place(count_log_records_json(request.into()).unwrap_err());
    for before in [
        "",
        r#"{"resourceLogs":["#,
        r#"{"resourceLogs":[{"scopeLogs":["#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":["#,
    ] {
        assert_eq!(
            logs(format!("{before}[[]]")),
            (before.len() + 1).to_string()
        );
    }
    let metrics = |request: String| place(count_data_points_json(request.into()).unwrap_err());
    for before in [
        "",
        r#"{"resourceMetrics":["#,
        r#"{"resourceMetrics":[{"scopeMetrics":["#,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":["#,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":"#,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":["#,
    ] {
        assert_eq!(
            metrics(format!("{before}[[]]")),
            (before.len() + 1).to_string()
        );
    }
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    let logs = count_log_records_json(r#"{"resourceLogs":[],"resourceLogs":[]}"#.into());
    let error = logs.unwrap_err().to_string();
    assert!(error.contains("duplicate field `resourceLogs`"), "{error}");
}

#[test]
fn an_error_repeats_the_beginning_of_a_text() {
    let text = "x".repeat(100_000);
    for request in [
        format!(r#""{text}""#),
        format!(r#"{{"resourceLogs":"{text}"}}"#),
        format!(r#"{{"resourceLogs":["{text}"]}}"#),
    ] {
        let error = count_log_records_json(request.into()).unwrap_err();
        let error = error.to_string();
        assert!(error.len() < 200 && error.contains("xx…"), "{error}");
    }
}

#[test]
fn half_a_surrogate_pair_costs_nothing() {
    let request =
        r#"{"\ud83d":"\ud83d","resourceLogs":[{"scopeLogs":[{"logRecords":[{"\ud83d":1}]}]}]}"#;
    assert_eq!(count_log_records_json(request.into()).unwrap(), 1);
}
