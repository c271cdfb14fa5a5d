use super::*;

#[test]
fn scalars_have_one_order_in_which_nan_has_a_place() {
    let mut scalars = [
        Scalar::Double(f64::NAN),
        Scalar::Int(2),
        Scalar::Double(-1.0),
        Scalar::Bool(true),
        "b".into(),
        Scalar::Int(-2),
        "a".into(),
        Scalar::Double(f64::NAN),
    ];
    scalars.sort();
    let text: Vec<_> = scalars.iter().map(Scalar::to_string).collect();
    assert_eq!(text, ["a", "b", "true", "-2", "2", "-1", "NaN", "NaN"]);
    assert_eq!(scalars[6], scalars[7]);
}

#[test]
fn scalars_read_as_traceql_and_the_collector_write_them() {
    for (scalar, text) in [
        (Scalar::Kind(SpanKind::Server), "server"),
        (Scalar::Kind(SpanKind::Other(9)), "9"),
        (Scalar::Status(StatusCode::Error), "error"),
        (Scalar::Double(1e21), "1e+21"),
        (Scalar::Duration(Duration::from_micros(5)), "5000"),
        (Scalar::Time(Timestamp::from_unix_nanos(7)), "7"),
    ] {
        assert_eq!(scalar.to_string(), text);
    }
}
