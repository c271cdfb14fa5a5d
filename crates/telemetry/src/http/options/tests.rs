use super::*;

fn options(variables: &[(&str, &str)]) -> HttpOptions {
    HttpOptions::from_lookup(Side::Server, &|name| {
        let found = variables.iter().find(|(key, _)| *key == name)?;
        Some(found.1.to_owned())
    })
}

#[test]
fn secret_values_of_a_query_are_replaced() {
    let options = options(&[]);
    assert_eq!(
        options.redacted("a=1&sig=s%3Dcret&b&AWSAccessKeyId=AKIA&Signature=x=y&X-Goog-Signature="),
        "a=1&sig=REDACTED&b&AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED"
    );
    // Keys are told apart by case, as the convention has it.
    assert_eq!(options.redacted("Sig=1&signature=2"), "Sig=1&signature=2");
}

#[test]
fn an_encoded_key_is_as_secret_as_a_plain_one() {
    let mut options = options(&[]);
    options.redact_query_keys(["pass word", "q%2B"]);
    assert_eq!(
        options.redacted("%73ig=1&s%69%67=2&X%2dGoog%2DSignature=3&pass%20word=4&q%2b=5&q+=6"),
        "%73ig=REDACTED&s%69%67=REDACTED&X%2dGoog%2DSignature=REDACTED&pass%20word=REDACTED\
         &q%2b=REDACTED&q+=REDACTED"
    );
    // What is no escape, or is one twice over, is another key.
    for other in [
        "%73i=1&%zzsig=%73&sig%=2&%=3",
        "%2573ig=1",
        "%ff=%FF&%53ig=",
    ] {
        assert_eq!(options.redacted(other), other);
    }
}

#[test]
fn more_keys_may_be_secret() {
    let mut options = options(&[]);
    options.redact_query_keys(["token"]);
    assert_eq!(
        options.redacted("token=x&sig=y"),
        "token=REDACTED&sig=REDACTED"
    );
}

#[test]
fn headers_are_recorded_only_if_they_are_named() {
    let headers: HeaderMap = [
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
        ("cookie", "c"),
    ]
    .into_iter()
    .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
    .collect();
    assert_eq!(options(&[]).captured_request(&headers).count(), 0);

    let variable = "OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS";
    let options = options(&[(variable, "TraceParent, tracestate")]);
    let captured: Vec<KeyValue> = options.captured_request(&headers).collect();
    let lines = vec!["a=1".into(), "b=2".into()];
    assert_eq!(
        captured,
        [KeyValue::new(
            "http.request.header.tracestate",
            Value::Array(Array::String(lines))
        )]
    );
    assert_eq!(options.captured_response(&headers).count(), 0);
}

#[test]
fn the_known_methods_may_be_named() {
    let search: Method = "SEARCH".parse().unwrap();
    assert!(options(&[]).is_known(&Method::PATCH));
    assert!(!options(&[]).is_known(&search));
    let named = options(&[("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,SEARCH")]);
    assert!(named.is_known(&search));
    assert!(!named.is_known(&Method::PATCH));
}
