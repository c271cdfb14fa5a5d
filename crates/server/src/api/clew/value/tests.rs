use super::*;

#[track_caller]
fn check(value: impl Into<Value>, expected: &str) {
    let value = value.into();
    assert_eq!(serde_json::to_string(&AnyValue(&value)).unwrap(), expected);
}

#[test]
fn every_type_is_told() {
    check(Value::Empty, "{}");
    check("a\"b", r#"{"stringValue":"a\"b"}"#);
    check(true, r#"{"boolValue":true}"#);
    check(i64::MIN, r#"{"intValue":"-9223372036854775808"}"#);
    check(0.5, r#"{"doubleValue":0.5}"#);
    check(f64::NAN, r#"{"doubleValue":"NaN"}"#);
    check(f64::NEG_INFINITY, r#"{"doubleValue":"-Infinity"}"#);
    check(Value::Bytes(vec![1, 2]), r#"{"bytesValue":"AQI="}"#);
    check(
        Value::Array(vec![1.into(), Value::Empty]),
        r#"{"arrayValue":{"values":[{"intValue":"1"},{}]}}"#,
    );
    check(
        Value::Map(vec![KeyValue::new("k", "v")]),
        r#"{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}"#,
    );
}
