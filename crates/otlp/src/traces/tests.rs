//! The walker against prost, the generated decoder, as the oracle.

pub(crate) mod oracle;
pub(crate) mod requests;

use bytes::Bytes;
use clew_model::{EventRef, SpanKind, SpanRef, StatusCode, Value};
use proptest::prelude::*;

use super::decode_traces;
use crate::error::Malformed;
use crate::rejected::{InvalidSpan, Rejected};
use requests::{bytes_field, fixed32_field, fixed64_field, key, span_ids, varint_field};

/// Walker and oracle agree on whether the bytes are a request, and on what is in it.
fn check_against_oracle(request: &[u8]) -> Result<(), TestCaseError> {
    let walked = decode_traces(Bytes::copy_from_slice(request));
    match (walked, oracle::decode(request)) {
        (Ok(walked), Ok(expected)) => {
            let spans: Vec<_> = walked.batch.spans().map(SpanRef::to_span).collect();
            // As text, in which NaN equals itself.
            prop_assert_eq!(format!("{spans:#?}"), format!("{:#?}", expected.spans));
            prop_assert_eq!(walked.rejected.count(), expected.rejected);
            prop_assert_eq!(walked.batch.bytes(), request);
        }
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => prop_assert!(false, "prost alone refuses: {error}"),
        (Err(error), Ok(_)) => prop_assert!(false, "the walker alone refuses: {error}"),
    }
    Ok(())
}

/// Changes to a request, as a broken or hostile sender may make them.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    Flip { at: prop::sample::Index, bits: u8 },
    Cut { from: prop::sample::Index },
    Remove { at: prop::sample::Index },
    Insert { at: prop::sample::Index, byte: u8 },
}

impl Damage {
    pub(crate) fn apply(&self, request: &mut Vec<u8>) {
        if request.is_empty() {
            return;
        }
        match self {
            Self::Flip { at, bits } => *at.get_mut(request) ^= bits,
            Self::Cut { from } => request.truncate(from.index(request.len())),
            Self::Remove { at } => drop(request.remove(at.index(request.len()))),
            Self::Insert { at, byte } => request.insert(at.index(request.len()), *byte),
        }
    }
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), 1..=u8::MAX).prop_map(|(at, bits)| Damage::Flip { at, bits }),
        1 => index().prop_map(|from| Damage::Cut { from }),
        1 => index().prop_map(|at| Damage::Remove { at }),
        1 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert { at, byte }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Fields in any order, repeated, unknown, empty, with valid and invalid ids.
    #[test]
    fn requests_are_read_as_the_oracle_reads_them(request in requests::request()) {
        check_against_oracle(&request)?;
    }

    #[test]
    fn damaged_requests_are_refused_or_read_as_by_the_oracle(
        mut request in requests::request(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        for damage in damages {
            damage.apply(&mut request);
        }
        check_against_oracle(&request)?;
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read_as_by_the_oracle(
        request in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        check_against_oracle(&request)?;
    }
}

/// The request of one span with these fields besides its ids.
fn request_of(span_fields: &[u8]) -> Vec<u8> {
    let span = [&span_ids(1, 1), span_fields].concat();
    let scope_spans = bytes_field(2, &bytes_field(2, &span));
    bytes_field(1, &scope_spans)
}

#[test]
fn nesting_ends_where_the_oracle_ends_it() {
    type Wrap = fn(&[u8]) -> Vec<u8>;
    let in_array: Wrap = |value| bytes_field(5, &bytes_field(1, value));
    let in_map: Wrap = |value| bytes_field(6, &bytes_field(1, &bytes_field(2, value)));
    let in_group: Wrap = |fields| [key(30, 3), fields.to_vec(), key(30, 4)].concat();
    for wrap in [in_array, in_map, in_group] {
        let mut value = varint_field(3, 7);
        let mut refused = 0;
        for _ in 0..110 {
            let attribute = bytes_field(9, &bytes_field(2, &value));
            let request = request_of(&attribute);
            check_against_oracle(&request).unwrap();
            if let Err(error) = decode_traces(request.into()) {
                assert_eq!(error.what, Malformed::TooDeep);
                refused += 1;
            }
            value = wrap(&value);
        }
        assert!(refused > 0, "the limit was never reached");
    }
}

#[test]
fn an_empty_request_has_no_spans() {
    let decoded = decode_traces(Bytes::new()).unwrap();
    assert!(decoded.batch.is_empty());
    assert_eq!(decoded.rejected, Rejected::default());
}

#[test]
fn an_invalid_span_is_left_out_alone() {
    let spans = [
        bytes_field(2, &span_ids(0, 1)),
        bytes_field(2, &span_ids(1, 1)),
        bytes_field(
            2,
            &[bytes_field(1, &[7; 15]), bytes_field(2, &[1; 8])].concat(),
        ),
        bytes_field(2, &[span_ids(1, 2), bytes_field(4, &[1; 7])].concat()),
        bytes_field(2, &[span_ids(1, 3), bytes_field(4, &[0; 8])].concat()),
        bytes_field(
            2,
            &[span_ids(1, 4), bytes_field(13, &bytes_field(1, &[1]))].concat(),
        ),
    ];
    let request = bytes_field(1, &bytes_field(2, &spans.concat()));
    let decoded = decode_traces(request.into()).unwrap();

    let kept: Vec<_> = decoded.batch.spans().map(SpanRef::span_id).collect();
    assert_eq!(
        kept.iter().map(|id| id.to_bytes()[7]).collect::<Vec<_>>(),
        [1, 3]
    );
    assert!(
        decoded
            .batch
            .spans()
            .all(|span| span.parent_span_id().is_none())
    );

    let id_length = |field, found, expected| InvalidSpan::IdLength {
        field,
        found,
        expected,
    };
    let reasons: Vec<_> = decoded
        .rejected
        .first()
        .iter()
        .map(|span| span.why)
        .collect();
    assert_eq!(
        reasons,
        [
            InvalidSpan::IdZero { field: "trace_id" },
            id_length("trace_id", 15, 16),
            id_length("parent_span_id", 7, 8),
            id_length("link's trace_id", 1, 16),
        ]
    );
    assert_eq!(decoded.rejected.count(), 4);
}

#[test]
fn reasons_are_bounded_and_the_count_is_exact() {
    let span = bytes_field(2, &span_ids(0, 1));
    let request = bytes_field(1, &bytes_field(2, &span.repeat(1000)));
    let decoded = decode_traces(request.into()).unwrap();
    assert_eq!(decoded.rejected.count(), 1000);
    assert_eq!(decoded.rejected.first().len(), Rejected::REASONS_MAX);
    let message = decoded.rejected.to_string();
    assert!(
        message.starts_with("the span at byte 10 has a trace_id of zeros; "),
        "{message}"
    );
    assert!(message.ends_with("; and 996 more"), "{message}");
}

#[test]
fn what_a_rejected_span_had_does_not_leak_into_the_next() {
    let attribute = bytes_field(9, &bytes_field(1, b"lost"));
    let event = bytes_field(11, &bytes_field(3, &bytes_field(1, b"lost")));
    let link = bytes_field(13, &bytes_field(4, &bytes_field(1, b"lost")));
    let rejected = [span_ids(0, 1), attribute, event, link].concat();
    let event = bytes_field(11, &bytes_field(3, &bytes_field(1, b"kept")));
    let kept = [span_ids(1, 1), event].concat();
    let spans = [bytes_field(2, &rejected), bytes_field(2, &kept)].concat();
    let decoded = decode_traces(bytes_field(1, &bytes_field(2, &spans)).into()).unwrap();

    let span = decoded.batch.span(0).unwrap();
    assert_eq!(span.attributes().iter().count(), 0);
    assert_eq!(span.links().len(), 0);
    let keys: Vec<_> = span.events().flat_map(EventRef::attributes).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].key, "kept");
}

#[test]
fn numbers_mean_what_otlp_says() {
    let fields = [
        varint_field(6, 0),
        fixed32_field(16, 0xffff_fd01),
        fixed64_field(7, 5),
    ]
    .concat();
    let decoded = decode_traces(request_of(&fields).into()).unwrap();
    let span = decoded.batch.span(0).unwrap();
    assert_eq!(span.kind(), SpanKind::Internal);
    assert_eq!(span.status_code(), StatusCode::Unset);
    assert_eq!(span.flags(), 0xffff_fd01);
    assert_eq!(span.start().unix_nanos(), 5);
    assert_eq!(span.duration().as_nanos(), 0, "it ends before it starts");

    let fields = [varint_field(6, 77), bytes_field(15, &varint_field(3, 99))].concat();
    let decoded = decode_traces(request_of(&fields).into()).unwrap();
    let span = decoded.batch.span(0).unwrap();
    assert_eq!(span.kind(), SpanKind::Other(77));
    assert_eq!(span.status_code(), StatusCode::Other(99));
}

#[test]
fn a_value_sent_in_pieces_is_put_together() {
    let member = |number| bytes_field(5, &bytes_field(1, &varint_field(3, number)));
    let attribute = bytes_field(2, &[member(1), member(2)].concat());
    let decoded = decode_traces(request_of(&bytes_field(9, &attribute)).into()).unwrap();
    let span = decoded.batch.span(0).unwrap().to_span();
    let expected = Value::Array(vec![Value::Int(1), Value::Int(2)]);
    assert_eq!(span.attributes[0].value, expected);
}

#[test]
fn spans_of_one_resource_share_it() {
    let service = [
        bytes_field(1, b"service.name"),
        bytes_field(2, &bytes_field(1, b"cart")),
    ];
    let resource = bytes_field(1, &bytes_field(1, &service.concat()));
    let spans = [
        bytes_field(2, &span_ids(1, 1)),
        bytes_field(2, &span_ids(1, 2)),
    ]
    .concat();
    // The resource comes after its spans, which protobuf allows.
    let request = bytes_field(1, &[bytes_field(2, &spans), resource].concat());
    let decoded = decode_traces(request.into()).unwrap();
    let spans: Vec<_> = decoded.batch.spans().map(SpanRef::to_span).collect();
    assert_eq!(spans[1].service_name(), Some("cart"));
    assert!(std::sync::Arc::ptr_eq(
        &spans[0].resource,
        &spans[1].resource
    ));
    assert!(std::sync::Arc::ptr_eq(&spans[0].scope, &spans[1].scope));
}

/// Says what is wrong with the span's fields, with the offset from the first of them.
fn error_of(span_fields: &[u8]) -> (usize, Malformed) {
    let request = request_of(span_fields);
    let start = request.len() - span_fields.len();
    let error = decode_traces(request.into()).unwrap_err();
    (error.offset - start, error.what)
}

#[test]
fn errors_say_what_and_where() {
    let utf8 = Malformed::Utf8 { field: "Span.name" };
    assert_eq!(error_of(&bytes_field(5, b"ab\xff")), (4, utf8));
    let wire_type = Malformed::WireType {
        field: "Span.name",
        expected: 2,
        found: 0,
    };
    assert_eq!(error_of(&varint_field(5, 1)), (0, wire_type));
    assert_eq!(error_of(&[5 << 3 | 2, 9, b'a']), (1, Malformed::Truncated));
    assert_eq!(error_of(&[6 << 3, 0x80]), (1, Malformed::Varint));
    assert_eq!(error_of(&[7 << 3 | 1, 1, 2, 3]), (1, Malformed::Truncated));
    assert_eq!(error_of(&[0]), (0, Malformed::FieldNumber));
    assert_eq!(error_of(&[0xff; 11]), (0, Malformed::Varint));
    assert_eq!(error_of(&[5 << 3 | 7]), (0, Malformed::UnknownWireType(7)));
    assert_eq!(error_of(&key(20, 4)), (0, Malformed::EndOfGroup(20)));
    let request = decode_traces(request_of(&bytes_field(5, b"\xff")).into());
    assert_eq!(
        request.unwrap_err().to_string(),
        "at byte 36 of the request: Span.name is not UTF-8"
    );
}

/// The one deliberate difference from prost: it would take this request, and a gigabyte for it.
#[test]
fn a_request_of_countless_empty_attributes_is_refused() {
    let attributes = bytes_field(9, &[]).repeat(clew_model::Batch::ENTRIES_MAX as usize + 1);
    let error = decode_traces(request_of(&attributes).into()).unwrap_err();
    assert!(
        matches!(error.what, Malformed::TooManyEntries(_)),
        "{error}"
    );
}
