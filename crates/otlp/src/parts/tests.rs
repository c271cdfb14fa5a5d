//! Requests from parts against the encoder of whole ones.

use std::convert::Infallible;

use clew_model::{KeyValue, Span, Value};
use proptest::prelude::*;

use super::{
    RequestWriter, SpanFields, ValuePart, encode_attributes, encode_events, encode_links,
    encode_resource, encode_scope, encode_value, kind_number, split_attributes, status_number,
};
use crate::traces::tests::{oracle, requests};

/// The span, taken apart and put together again.
fn rebuilt(span: &Span) -> Vec<Span> {
    let (events, links) = (encode_events(&span.events), encode_links(&span.links));
    let fields = SpanFields {
        trace_id: span.trace_id,
        span_id: span.span_id,
        parent_span_id: span.parent_span_id,
        trace_state: span.trace_state.as_bytes(),
        flags: span.flags,
        name: span.name.as_bytes(),
        kind: kind_number(span.kind),
        start: span.start.unix_nanos(),
        end: span.end.unix_nanos(),
        dropped_attributes_count: span.dropped_attributes_count,
        dropped_events_count: span.dropped_events_count,
        dropped_links_count: span.dropped_links_count,
        status_code: status_number(span.status.code),
        status_message: span.status.message.as_bytes(),
        events: &events,
        links: &links,
    };
    let (resource, scope) = (encode_resource(&span.resource), encode_scope(&span.scope));
    let mut request = RequestWriter::default();
    request
        .scope_spans(&resource, &scope, |spans| {
            spans.span(&fields, |out| {
                for KeyValue { key, value } in &span.attributes {
                    let encoded = encode_value(value);
                    let part = match value {
                        Value::String(text) => ValuePart::String(text.as_bytes()),
                        Value::Bool(flag) => ValuePart::Bool(*flag),
                        Value::Int(number) => ValuePart::Int(*number),
                        Value::Double(number) => ValuePart::Double(number.to_bits()),
                        _ => ValuePart::Encoded(&encoded),
                    };
                    out.add(key.as_bytes(), part);
                }
                Ok::<_, Infallible>(())
            })
        })
        .unwrap_or_else(|never| match never {});
    oracle::decode(&request.finish()).unwrap().spans
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_span_put_together_from_its_parts_is_the_same(request in requests::request()) {
        for span in oracle::decode(&request).unwrap().spans {
            // As text, in which NaN equals itself.
            prop_assert_eq!(format!("{:#?}", rebuilt(&span)), format!("{:#?}", [&span]));
        }
    }

    #[test]
    fn attributes_are_taken_apart_one_by_one(request in requests::request()) {
        for span in oracle::decode(&request).unwrap().spans {
            let all = encode_attributes(&span.attributes);
            let fields = split_attributes(&all).unwrap();
            let each = span.attributes.chunks(1).map(encode_attributes);
            prop_assert_eq!(fields, each.collect::<Vec<_>>());
        }
    }

    #[test]
    fn other_bytes_are_taken_apart_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(fields) = split_attributes(&bytes) {
            prop_assert_eq!(fields.concat(), bytes);
        }
    }
}
