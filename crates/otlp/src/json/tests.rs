use bytes::Bytes;
use clew_model::{Span, SpanKind, StatusCode, Value};

use super::{JsonError, decode_traces_json};
use crate::traces::Decoded;

const IDS: &str = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;

fn decode_json(request: &str) -> Result<Decoded, JsonError> {
    decode_traces_json(Bytes::copy_from_slice(request.as_bytes()))
}

fn decode(request: &str) -> Decoded {
    decode_json(request).unwrap_or_else(|error| panic!("{error}: {request}"))
}

/// The span of a request with one span of these fields beside its ids.
fn span(fields: &str) -> Span {
    let spans = format!(r#"{{"spans":[{{{IDS},{fields}}}]}}"#);
    let decoded = decode(&format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{spans}]}}]}}"#
    ));
    assert_eq!(
        (decoded.batch.len(), decoded.rejected.count()),
        (1, 0),
        "{fields}"
    );
    decoded.batch.span(0).unwrap().to_span()
}

fn refuse(fields: &str) -> String {
    let spans = format!(r#"{{"spans":[{{{IDS},{fields}}}]}}"#);
    let request = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{spans}]}}]}}"#);
    match decode_json(&request) {
        Err(JsonError::Json(error)) => error.to_string(),
        other => panic!("{fields} was read as {other:?}"),
    }
}

fn value(any_value: &str) -> Value {
    span(&format!(
        r#""attributes":[{{"key":"k","value":{any_value}}}]"#
    ))
    .attributes[0]
        .value
        .clone()
}

/// The request that the specification shows
/// (<https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/trace.json>).
#[test]
fn the_example_of_the_specification() {
    let decoded = decode(
        r#"{"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
            "scopeSpans": [{
                "scope": {"name": "my.library", "version": "1.0.0", "attributes":
                    [{"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}]},
                "spans": [{
                    "traceId": "5B8EFFF798038103D269B633813FC60C",
                    "spanId": "EEE19B7EC3C1B174",
                    "parentSpanId": "EEE19B7EC3C1B173",
                    "name": "I'm a server span",
                    "startTimeUnixNano": "1544712660000000000",
                    "endTimeUnixNano": "1544712661000000000",
                    "kind": 2,
                    "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}]
                }]
            }]
        }]}"#,
    );
    let span = decoded.batch.span(0).unwrap().to_span();
    assert_eq!(
        span.trace_id.to_string(),
        "5b8efff798038103d269b633813fc60c"
    );
    assert_eq!(span.parent_span_id.unwrap().to_string(), "eee19b7ec3c1b173");
    assert_eq!(span.service_name(), Some("my.service"));
    assert_eq!(
        (span.scope.name.as_str(), span.scope.version.as_str()),
        ("my.library", "1.0.0")
    );
    assert_eq!(
        (span.name.as_str(), span.kind),
        ("I'm a server span", SpanKind::Server)
    );
    assert_eq!(span.start.unix_nanos(), 1_544_712_660_000_000_000);
    assert_eq!(span.duration().as_secs(), 1);
    assert_eq!(span.attribute("my.span.attr"), Some(&"some value".into()));
}

#[test]
fn values_in_every_form_that_protobuf_allows() {
    for (text, expected) in [
        (
            r#"{"stringValue":"a\u00e9\n"}"#,
            Value::String("aé\n".into()),
        ),
        (r#"{"boolValue":true}"#, Value::Bool(true)),
        (r#"{"intValue":"42"}"#, Value::Int(42)),
        (r#"{"intValue":-42}"#, Value::Int(-42)),
        (
            r#"{"intValue":"9223372036854775807"}"#,
            Value::Int(i64::MAX),
        ),
        (r#"{"intValue":-9223372036854775808}"#, Value::Int(i64::MIN)),
        (r#"{"intValue":1e3}"#, Value::Int(1000)),
        (r#"{"intValue":"-1.20e+3"}"#, Value::Int(-1200)),
        (r#"{"intValue":"1E3"}"#, Value::Int(1000)),
        (r#"{"doubleValue":0.5}"#, Value::Double(0.5)),
        (r#"{"doubleValue":3}"#, Value::Double(3.0)),
        (r#"{"doubleValue":"1.5e3"}"#, Value::Double(1500.0)),
        (
            r#"{"doubleValue":"Infinity"}"#,
            Value::Double(f64::INFINITY),
        ),
        (
            r#"{"doubleValue":"-Infinity"}"#,
            Value::Double(f64::NEG_INFINITY),
        ),
        (
            r#"{"bytesValue":"AQID/w=="}"#,
            Value::Bytes(vec![1, 2, 3, 255]),
        ),
        (
            r#"{"bytesValue":"AQID_w"}"#,
            Value::Bytes(vec![1, 2, 3, 255]),
        ),
        (r#"{"bytesValue":""}"#, Value::Bytes(vec![])),
        (r#"{"arrayValue":{}}"#, Value::Array(vec![])),
        (r#"{"arrayValue":{"values":null}}"#, Value::Array(vec![])),
        (
            r#"{"arrayValue":{"values":[{"intValue":1},{"stringValue":"x"},{}]}}"#,
            Value::Array(vec![Value::Int(1), "x".into(), Value::Empty]),
        ),
        (
            r#"{"kvlistValue":{"values":[{"key":"a","value":{"intValue":1}}]}}"#,
            Value::Map(vec![clew_model::KeyValue::new("a", 1)]),
        ),
        ("{}", Value::Empty),
        ("null", Value::Empty),
        (r#"{"doubleValue":null}"#, Value::Empty),
        (
            r#"{"whatever":{"a":[1,{"b":2}]},"intValue":7}"#,
            Value::Int(7),
        ),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    let exact = 1.535_929_028_749_809_7e-166;
    assert_eq!(
        value(&format!(r#"{{"doubleValue":{exact:e}}}"#)),
        Value::Double(exact)
    );
    assert!(matches!(value(r#"{"doubleValue":"NaN"}"#), Value::Double(n) if n.is_nan()));
}

/// Protobuf's mapping takes numbers as text in JSON's syntax alone.
#[test]
fn text_that_is_no_number_of_json_is_refused() {
    let not_json = [
        "", "+5", "+1", "05", "-", "1.", ".5", "1e", " 1", "1 ", "1 2", "0x1", "1_000", "[1]", "١",
    ];
    let not_finite = [
        "inf",
        "-inf",
        "nan",
        "NAN",
        "infinity",
        "+Infinity",
        "1e999",
    ];
    let refused = |field: &str, text: &str| {
        let message = refuse(&format!(
            r#""attributes":[{{"key":"k","value":{{"{field}":"{text}"}}}}]"#
        ));
        assert!(message.contains("line 1 column "), "{message}");
        message
    };
    for text in not_json.into_iter().chain(not_finite) {
        let message = refused("doubleValue", text);
        assert!(
            message.contains("expected a number, one as text, "),
            "{message}"
        );
        let message = refused("intValue", text);
        assert!(message.contains("expected a whole number"), "{message}");
    }
    for text in [
        "1.5",
        "1e-1",
        "NaN",
        "Infinity",
        "9223372036854775808",
        "1e19",
    ] {
        refused("intValue", text);
    }
}

#[test]
fn numbers_enums_and_defaults() {
    let read = span(
        r#""startTimeUnixNano":17,"endTimeUnixNano":"18","flags":257,"kind":99,
           "status":{"code":2,"message":"no"},"droppedAttributesCount":"3","traceState":null,
           "name":null,"events":null,"links":[],"unknown":{"deep":[{}]}"#,
    );
    assert_eq!((read.start.unix_nanos(), read.end.unix_nanos()), (17, 18));
    assert_eq!((read.flags, read.kind), (257, SpanKind::Other(99)));
    assert_eq!(
        (read.status.code, read.status.message.as_str()),
        (StatusCode::Error, "no")
    );
    assert_eq!(read.dropped_attributes_count, 3);
    assert_eq!((read.name.as_str(), read.trace_state.as_str()), ("", ""));
}

#[test]
fn events_and_links() {
    let read = span(
        r#""events":[{"timeUnixNano":"5","name":"exception","attributes":[{"key":"a","value":{"intValue":1}}],
                      "droppedAttributesCount":2}],
           "links":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",
                     "traceState":"foo=bar","flags":1}]"#,
    );
    let (event, link) = (&read.events[0], &read.links[0]);
    assert_eq!(
        (event.time.unix_nanos(), event.name.as_str()),
        (5, "exception")
    );
    assert_eq!(
        (
            event.attributes[0].value.clone(),
            event.dropped_attributes_count
        ),
        (Value::Int(1), 2)
    );
    assert_eq!(
        link.trace_id.unwrap().to_string(),
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!((link.trace_state.as_str(), link.flags), ("foo=bar", 1));
}

/// JavaScript writes what is left of a character that was cut in two.
#[test]
fn half_a_surrogate_pair_costs_one_character() {
    let read = span(
        r#""name":"GET \ud83d","traceState":"k=\ude00","status":{"message":"\ud83d\ude00\ud83d!"},
           "attributes":[{"key":"k\udfff","value":{"stringValue":"\udc00\ud800"}}],
           "events":[{"name":"\ud83d\n"}],"\ud83d":{"\ude00":["\ud83d"]}"#,
    );
    assert_eq!(read.name, "GET \u{fffd}");
    assert_eq!(read.trace_state, "k=\u{fffd}");
    assert_eq!(read.status.message, "\u{1f600}\u{fffd}!");
    assert_eq!(read.attributes[0].key, "k\u{fffd}");
    assert_eq!(read.attributes[0].value, "\u{fffd}\u{fffd}".into());
    assert_eq!(read.events[0].name, "\u{fffd}\n");

    let decoded = decode(&format!(
        r#"{{"resourceSpans":[{{"schemaUrl":"\ud83d","scopeSpans":[{{"spans":[{{{IDS}}}]}}]}}]}}"#
    ));
    let span = decoded.batch.span(0).unwrap().to_span();
    assert_eq!(span.resource.schema_url, "\u{fffd}");
}

#[test]
fn an_empty_request_is_none_to_refuse() {
    for request in [
        "{}",
        r#"{"resourceSpans":[]}"#,
        r#"{"resourceSpans":[{}]}"#,
        r#"{"resourceSpans":null}"#,
    ] {
        assert!(decode(request).batch.is_empty(), "{request}");
    }
}

#[test]
fn names_in_snake_case_are_fields_that_otlp_does_not_have() {
    assert!(
        decode(r#"{"resource_spans":[{"scope_spans":[{"spans":[{}]}]}]}"#)
            .batch
            .is_empty()
    );
}

#[test]
fn a_span_with_invalid_ids_is_refused_alone() {
    let bad = r#"{"traceId":"00","spanId":"eee19b7ec3c1b174"}"#;
    let zeros = r#"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"0000000000000000"}"#;
    let decoded = decode(&format!(
        r#"{{"resourceSpans":[{{}},{{"scopeSpans":[{{"spans":[{{{IDS}}},{bad},{zeros}]}}]}}]}}"#
    ));
    assert_eq!((decoded.batch.len(), decoded.rejected.count()), (1, 2));
    assert_eq!(
        decoded.rejected.to_string(),
        "the span at resourceSpans[1].scopeSpans[0].spans[1] has a traceId of 1 bytes in place of \
         16; the span at resourceSpans[1].scopeSpans[0].spans[2] has a spanId of zeros"
    );
}

#[test]
fn a_span_with_an_id_of_odd_length_is_refused_alone() {
    // 31 digits, one short of a trace id.
    let bad = r#"{"traceId":"5b8efff798038103d269b633813fc60","spanId":"eee19b7ec3c1b174"}"#;
    let decoded = decode(&format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{IDS}}},{bad}]}}]}}]}}"#
    ));
    assert_eq!(decoded.batch.len(), 1);
    assert_eq!(
        decoded.rejected.to_string(),
        "the span at resourceSpans[0].scopeSpans[0].spans[1] has a traceId of 31 digits, which \
         is not a whole number of bytes"
    );
}

#[test]
fn a_span_with_an_id_that_is_not_hexadecimal_is_refused_alone() {
    // As senders write ids that take protobuf's own mapping of bytes for OTLP's.
    let base64 = "7uGbfsPBsXQ=";
    let endless = format!("é{}", "z".repeat(10_000));
    for (fields, why) in [
        (
            r#""traceId":"5b8efff798038103d269b633813fc60g""#.to_owned(),
            "traceId that is not hexadecimal, with 'g' at position 31",
        ),
        (
            format!(r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"{endless}""#),
            "spanId that is not hexadecimal, with 'é' at position 0",
        ),
        (
            format!(r#"{IDS},"parentSpanId":"{base64}""#),
            "parentSpanId that is not hexadecimal, with 'u' at position 1",
        ),
        (
            format!(r#"{IDS},"links":[{{}},{{"traceId":"0x"}}]"#),
            "link's traceId that is not hexadecimal, with 'x' at position 1",
        ),
        (
            format!(r#"{IDS},"links":[{{"spanId":"a\nb"}}]"#),
            r"link's spanId that is not hexadecimal, with '\n' at position 1",
        ),
    ] {
        let decoded = decode(&format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{fields}}},{{{IDS}}}]}}]}}]}}"#
        ));
        assert_eq!((decoded.batch.len(), decoded.rejected.count()), (1, 1));
        let message = decoded.rejected.to_string();
        assert_eq!(
            message,
            format!("the span at resourceSpans[0].scopeSpans[0].spans[0] has a {why}")
        );
    }
}

/// What was written of a span that is refused is taken back to the last byte.
#[test]
fn nothing_of_a_refused_span_is_left() {
    let request = |spans: &str| {
        decode(&format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
        ))
    };
    let refused = r#"{"name":"no","attributes":[{"key":"k"}],"links":[{"flags":1}],"traceId":"0"}"#;
    let valid = format!(r#"{{{IDS},"name":"yes"}}"#);

    let with = request(&format!("{valid},{refused},{refused},{valid},{refused}"));
    let without = request(&format!("{valid},{valid}"));

    assert_eq!((with.rejected.count(), without.rejected.count()), (3, 0));
    assert_eq!(with.batch.bytes(), without.batch.bytes());
}

#[test]
fn fields_come_in_any_order() {
    let decoded = decode(&format!(
        r#"{{"resourceSpans":[{{
            "scopeSpans":[{{"schemaUrl":"s","spans":[{{"status":{{"code":1,"message":"m"}},"name":"n",{IDS}}}],
                            "scope":{{"version":"1","name":"lib"}}}}],
            "schemaUrl":"r",
            "resource":{{"attributes":[{{"value":{{"stringValue":"cart"}},"key":"service.name"}}]}}
        }}]}}"#
    ));
    let span = decoded.batch.span(0).unwrap().to_span();
    assert_eq!(
        (span.name.as_str(), span.status.message.as_str()),
        ("n", "m")
    );
    assert_eq!(span.service_name(), Some("cart"));
    assert_eq!(span.resource.schema_url, "r");
    assert_eq!(
        (span.scope.name.as_str(), span.scope.schema_url.as_str()),
        ("lib", "s")
    );
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    for (fields, name) in [
        (r#""name":"a","name":"b""#, "name"),
        (r#""traceState":null,"traceState":"b""#, "traceState"),
        (IDS, "traceId"),
        (r#""attributes":[],"attributes":[]"#, "attributes"),
        (r#""flags":1,"flags":1"#, "flags"),
        (r#""status":{"code":1,"code":1}"#, "code"),
    ] {
        let message = refuse(fields);
        let expected = format!("duplicate field `{name}` at line 1 column ");
        assert!(message.contains(&expected), "{fields}: {message}");
    }
}

/// The last one replaces the others: what they hold is not put together.
#[test]
fn of_several_values_the_last_one_counts() {
    for (text, expected) in [
        (r#"{"stringValue":"a","intValue":1}"#, Value::Int(1)),
        (
            r#"{"intValue":1,"boolValue":null,"stringValue":null}"#,
            Value::Int(1),
        ),
        (r#"{"intValue":1,"intValue":2}"#, Value::Int(2)),
        (
            r#"{"arrayValue":{"values":[{"intValue":1}]},"arrayValue":{"values":[{"intValue":2}]}}"#,
            Value::Array(vec![Value::Int(2)]),
        ),
        (
            r#"{"kvlistValue":{"values":[{"key":"a"}]},"stringValue":"b","kvlistValue":{}}"#,
            Value::Map(vec![]),
        ),
        (
            r#"{"arrayValue":{"values":[{"intValue":1,"doubleValue":2}]}}"#,
            Value::Array(vec![Value::Double(2.0)]),
        ),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

/// What JSON's limit on nesting lets through is within that of protobuf.
#[test]
fn values_are_read_to_the_depth_that_json_has() {
    for (open, close) in [
        (r#"{"arrayValue":{"values":["#, "]}}"),
        (r#"{"kvlistValue":{"values":[{"value":"#, "}]}}"),
    ] {
        let read = |depth: usize| {
            let value = [&open.repeat(depth), "{}", &close.repeat(depth)].concat();
            decode_json(&format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{IDS},"attributes":[{{"value":{value}}}]}}]}}]}}]}}"#
            ))
        };
        let depth_max = (1..100).take_while(|depth| read(*depth).is_ok()).count();
        assert!(depth_max > 20, "{depth_max}");
        let error = read(depth_max + 1).unwrap_err().to_string();
        assert!(error.contains("recursion limit exceeded"), "{error}");
    }
}

#[test]
fn a_request_of_too_many_entries_is_refused() {
    let entries = clew_model::Batch::ENTRIES_MAX as usize;
    let request = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{}{{}}]}}}}]}}"#,
        "{},".repeat(entries)
    );
    let error = decode_json(&request).unwrap_err().to_string();
    assert_eq!(
        error,
        "the request does not fit: a request of more than 4194304 spans or log records, attributes, \
         events and links"
    );
}

/// However long the text is that a sender has in the wrong place.
#[test]
fn an_error_repeats_the_beginning_of_a_text() {
    let (start, rest) = ("é".repeat(64), "x".repeat(100_000));
    let text = format!("{start}{rest}");
    for fields in [
        format!(r#""flags":"{text}""#),
        format!(r#""kind":"{text}""#),
        format!(r#""status":"{text}""#),
        format!(r#""events":"{text}""#),
        format!(r#""startTimeUnixNano":"{text}""#),
        format!(r#""attributes":[{{"value":"{text}"}}]"#),
        format!(r#""attributes":[{{"value":{{"boolValue":"{text}"}}}}]"#),
        format!(r#""attributes":[{{"value":{{"doubleValue":"{text}"}}}}]"#),
        format!(r#""attributes":[{{"value":{{"bytesValue":"{text}"}}}}]"#),
        format!(r#""{text}":1,"name":1"#),
    ] {
        let message = refuse(&fields);
        assert!(message.len() < 400, "{} bytes", message.len());
        if !fields.ends_with(":1") {
            assert!(message.contains(&format!("\"{start}…\"")), "{message}");
        }
    }
    let whole = refuse(&format!(r#""kind":"{start}""#));
    assert!(whole.contains(&format!("\"{start}\"")), "{whole}");
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    for (fields, why) in [
        (r#""parentSpanId":7"#, "expected a string"),
        (
            r#""kind":"SPAN_KIND_SERVER""#,
            "expected the number of an enum's value",
        ),
        (
            r#""startTimeUnixNano":-1"#,
            "expected a whole number of 64 bits",
        ),
        (
            r#""startTimeUnixNano":1.5"#,
            "expected a whole number of 64 bits",
        ),
        (
            r#""flags":4294967296"#,
            "expected a whole number of 32 bits",
        ),
        (r#""name":1"#, "expected a string"),
        (
            r#""attributes":[{"key":"k","value":{"intValue":"x"}}]"#,
            "expected a whole number",
        ),
        (
            r#""attributes":[{"key":"k","value":{"bytesValue":"*"}}]"#,
            "expected bytes in base64",
        ),
        (
            r#""attributes":[{"key":"k","value":"text"}]"#,
            "expected an object such as",
        ),
    ] {
        let message = refuse(fields);
        assert!(message.contains(why), "{fields}: {message}");
        assert!(message.contains("line 1 column "), "{fields}: {message}");
    }
}

/// A list is no message, though its elements might be the message's fields in their order.
#[test]
fn a_list_in_place_of_a_message_is_refused_with_its_place() {
    let column = "line 1 column ";
    for (before, list) in [
        ("", "[[]]"),
        (r#"{"resourceSpans":["#, "[[]]"),
        (r#"{"resourceSpans":[{"resource":"#, "[[],0]"),
        (r#"{"resourceSpans":[{"scopeSpans":["#, "[[]]"),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"scope":"#,
            r#"["name","1"]"#,
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#,
            r#"["5b8e"]"#,
        ),
        (
            r#"{"resourceSpans":[{"resource":{"attributes":["#,
            r#"["key",{}]"#,
        ),
        (
            r#"{"resourceSpans":[{"resource":{"attributes":[{"value":"#,
            "[[]]",
        ),
        (
            r#"{"resourceSpans":[{"resource":{"attributes":[{"value":{"arrayValue":"#,
            "[[]]",
        ),
        (
            r#"{"resourceSpans":[{"resource":{"attributes":[{"value":{"kvlistValue":"#,
            "[[]]",
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"status":"#,
            r#"["no",2]"#,
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"events":["#,
            r#"["1"]"#,
        ),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"links":["#,
            r#"["5b8e"]"#,
        ),
    ] {
        let request = format!("{before}{list}");
        let error = decode_json(&request).map(|_| "read");
        let error = error.unwrap_err().to_string();
        assert!(error.contains("sequence, expected an object"), "{error}");
        let place = format!("{column}{}", before.len() + 1);
        assert!(error.ends_with(&place), "{request}: {error}");
    }
}

#[test]
fn text_that_is_no_json_or_nested_without_end_is_refused() {
    assert!(decode_traces_json(Bytes::from_static(b"")).is_err());
    assert!(decode_traces_json(Bytes::from_static(b"[1]")).is_err());
    assert!(decode_traces_json(Bytes::from_static(b" []")).is_err());
    assert!(decode_traces_json(Bytes::from_static(b"{\"resourceSpans\":[\xff]}")).is_err());
    let nested = r#"{"arrayValue":{"values":["#.repeat(10_000);
    assert!(
        refuse(&format!(r#""attributes":[{{"key":"k","value":{nested}"#)).contains("recursion")
    );
}
