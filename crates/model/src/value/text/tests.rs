use crate::{KeyValue, Value};

fn check(value: impl Into<Value>, expected: &str) {
    assert_eq!(value.into().to_string(), expected);
}

#[test]
fn scalars_are_written_as_in_json_but_text_is_bare() {
    check(Value::Empty, "");
    check("say \"hi\"", "say \"hi\"");
    check(true, "true");
    check(-42, "-42");
}

#[test]
fn doubles_have_as_few_digits_as_tell_them_apart() {
    check(0.5, "0.5");
    check(1.0, "1");
    check(0.0, "0");
    check(0.1 + 0.2, "0.30000000000000004");
    check(1e20, "100000000000000000000");
    check(1e21, "1e+21");
    check(0.000_001, "0.000001");
    check(-0.000_000_12, "-1.2e-7");
    check(f64::NAN, "NaN");
    check(f64::NEG_INFINITY, "-Infinity");
}

#[test]
fn bytes_are_base64() {
    let examples = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foobar", "Zm9vYmFy"),
    ];
    for (bytes, expected) in examples {
        check(Value::Bytes(bytes.into()), expected);
    }
    check(Value::Bytes(vec![0xfb, 0xff]), "+/8=");
}

#[test]
fn arrays_and_maps_are_json() {
    let members = vec![
        Value::Empty,
        "a\"\\\n\u{1}é".into(),
        2.into(),
        f64::INFINITY.into(),
        Value::Bytes(vec![0]),
        Value::Array(vec![]),
        Value::Map(vec![KeyValue::new("k", true), KeyValue::new("l", 0.5)]),
    ];
    check(
        Value::Array(members),
        r#"[null,"a\"\\\n\u0001é",2,"Infinity","AA==",[],{"k":true,"l":0.5}]"#,
    );
}
