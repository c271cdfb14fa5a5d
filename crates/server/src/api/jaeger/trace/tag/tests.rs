use super::*;

fn check(value: impl Into<Value>, expected: &str) {
    let attribute = KeyValue::new("key", value);
    let text = serde_json::to_string(&Tag::attribute(&attribute)).unwrap();
    assert_eq!(text, format!(r#"{{"key":"key",{expected}}}"#));
}

#[test]
fn plain_values_keep_their_type() {
    check("GET", r#""type":"string","value":"GET""#);
    check("", r#""type":"string","value":"""#);
    check("\"<b>\u{0}", r#""type":"string","value":"\"<b>\u0000""#);
    check(true, r#""type":"bool","value":true"#);
    check(200, r#""type":"int64","value":200"#);
    check(0.5, r#""type":"float64","value":0.5"#);
    check(
        Value::Bytes(vec![0, 255, 16]),
        r#""type":"binary","value":"AP8Q""#,
    );
    check(Value::Empty, r#""type":"string","value":"""#);
}

#[test]
fn integers_that_javascript_would_round_are_text() {
    check(
        9_007_199_254_740_991,
        r#""type":"int64","value":9007199254740991"#,
    );
    check(
        -9_007_199_254_740_991,
        r#""type":"int64","value":-9007199254740991"#,
    );
    check(
        9_007_199_254_740_992,
        r#""type":"int64","value":"9007199254740992""#,
    );
    check(i64::MIN, r#""type":"int64","value":"-9223372036854775808""#);
}

#[test]
fn numbers_that_json_cannot_write_are_text() {
    check(f64::NAN, r#""type":"float64","value":"NaN""#);
    check(f64::INFINITY, r#""type":"float64","value":"Infinity""#);
    check(f64::NEG_INFINITY, r#""type":"float64","value":"-Infinity""#);
}

#[test]
fn lists_and_maps_are_json_in_text() {
    let list = Value::Array(vec![
        "a".into(),
        1.into(),
        0.5.into(),
        true.into(),
        f64::NAN.into(),
        Value::Empty,
        Value::Bytes(vec![255]),
    ]);
    check(
        list.clone(),
        r#""type":"string","value":"[\"a\",1,0.5,true,\"NaN\",null,\"/w==\"]""#,
    );
    let map = Value::Map(vec![KeyValue::new("z", list), KeyValue::new("a", i64::MAX)]);
    check(
        map,
        r#""type":"string","value":"{\"z\":[\"a\",1,0.5,true,\"NaN\",null,\"/w==\"],\"a\":9223372036854775807}""#,
    );
    check(Value::Array(vec![]), r#""type":"string","value":"[]""#);
}
