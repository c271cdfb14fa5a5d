//! Requests as bytes: each message has any of its fields, in any order, as often as it comes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

/// The bytes of some fields.
type Fields = BoxedStrategy<Vec<u8>>;

fn varint(value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encode_length_delimiter(usize::try_from(value).unwrap(), &mut bytes).unwrap();
    bytes
}

pub(super) fn key(number: u32, wire_type: u32) -> Vec<u8> {
    varint(u64::from(number << 3 | wire_type))
}

pub(crate) fn varint_field(number: u32, value: u64) -> Vec<u8> {
    [key(number, 0), varint(value)].concat()
}

pub(crate) fn fixed64_field(number: u32, value: u64) -> Vec<u8> {
    [key(number, 1), value.to_le_bytes().to_vec()].concat()
}

pub(super) fn fixed32_field(number: u32, value: u32) -> Vec<u8> {
    [key(number, 5), value.to_le_bytes().to_vec()].concat()
}

pub(crate) fn bytes_field(number: u32, value: &[u8]) -> Vec<u8> {
    [key(number, 2), varint(value.len() as u64), value.to_vec()].concat()
}

/// The ids of a span, each of the same byte throughout but for zeros in front.
pub(super) fn span_ids(trace: u8, span: u8) -> Vec<u8> {
    let (mut trace_id, mut span_id) = ([0; 16], [0; 8]);
    (trace_id[15], span_id[7]) = (trace, span);
    [bytes_field(1, &trace_id), bytes_field(2, &span_id)].concat()
}

pub(crate) fn request() -> Fields {
    message(vec![(8, nested(1, resource_spans())), (1, unknown())], 3)
}

/// Likewise of log records.
pub(crate) fn logs_request() -> Fields {
    message(vec![(8, nested(1, resource_logs())), (1, unknown())], 3)
}

fn resource_logs() -> Fields {
    let fields = vec![
        (2, nested(1, resource())),
        (5, nested(2, scope_logs())),
        (1, text(3)),
        (1, unknown()),
    ];
    message(fields, 5)
}

fn scope_logs() -> Fields {
    let fields = vec![
        (2, nested(1, scope())),
        (6, nested(2, log_record())),
        (1, text(3)),
        (1, unknown()),
    ];
    message(fields, 6)
}

fn log_record() -> Fields {
    let fields = vec![
        (2, fixed64(1)),
        (2, number(2)),
        (2, text(3)),
        (4, nested(5, value(3))),
        (6, nested(6, attribute())),
        (1, number(7)),
        (2, fixed32(8)),
        (3, id(9, 16)),
        (3, id(10, 8)),
        (2, fixed64(11)),
        (1, text(12)),
        (1, unknown()),
    ];
    message(fields, 12)
}

fn resource_spans() -> Fields {
    let fields = vec![
        (2, nested(1, resource())),
        (5, nested(2, scope_spans())),
        (1, text(3)),
        (1, unknown()),
    ];
    message(fields, 5)
}

fn resource() -> Fields {
    let service = [
        bytes_field(1, b"service.name"),
        bytes_field(2, &bytes_field(1, b"cart")),
    ];
    let fields = vec![
        (4, nested(1, attribute())),
        (1, Just(bytes_field(1, &service.concat())).boxed()),
        (1, number(2)),
        (
            1,
            nested(
                3,
                message(vec![(1, text(1)), (1, text(3)), (1, text(4))], 3),
            ),
        ),
        (1, unknown()),
    ];
    message(fields, 5)
}

fn scope_spans() -> Fields {
    let fields = vec![
        (2, nested(1, scope())),
        (6, nested(2, span())),
        (1, text(3)),
        (1, unknown()),
    ];
    message(fields, 6)
}

fn scope() -> Fields {
    let fields = vec![
        (2, text(1)),
        (1, text(2)),
        (2, nested(3, attribute())),
        (1, number(4)),
        (1, unknown()),
    ];
    message(fields, 4)
}

fn span() -> Fields {
    let fields = vec![
        (1, id(1, 16)),
        (1, id(2, 8)),
        (1, text(3)),
        (2, id(4, 8)),
        (2, text(5)),
        (2, number(6)),
        (2, fixed64(7)),
        (2, fixed64(8)),
        (6, nested(9, attribute())),
        (1, number(10)),
        (3, nested(11, event())),
        (1, number(12)),
        (3, nested(13, link())),
        (1, number(14)),
        (
            2,
            nested(
                15,
                message(vec![(1, text(2)), (1, number(3)), (1, unknown())], 3),
            ),
        ),
        (2, fixed32(16)),
        (1, unknown()),
    ];
    let ids = prop_oneof![9 => Just(span_ids(1, 1)), 1 => Just(Vec::new())];
    (ids, message(fields, 12))
        .prop_map(|(ids, fields)| [ids, fields].concat())
        .boxed()
}

fn event() -> Fields {
    let fields = vec![
        (1, fixed64(1)),
        (1, text(2)),
        (2, nested(3, attribute())),
        (1, number(4)),
        (1, unknown()),
    ];
    message(fields, 4)
}

fn link() -> Fields {
    let fields = vec![
        (2, id(1, 16)),
        (2, id(2, 8)),
        (1, text(3)),
        (2, nested(4, attribute())),
        (1, number(5)),
        (1, fixed32(6)),
        (1, unknown()),
    ];
    message(fields, 4)
}

fn attribute() -> Fields {
    attribute_of(value(3))
}

fn attribute_of(value: Fields) -> Fields {
    let fields = vec![
        (3, text(1)),
        (4, nested(2, value)),
        (1, number(3)),
        (1, unknown()),
    ];
    message(fields, 4)
}

/// An `AnyValue` with values in it to this depth.
fn value(depth: u32) -> Fields {
    let mut fields = vec![
        (3, text(1)),
        (1, number(2)),
        (1, number(3)),
        (1, fixed64(4)),
        (
            1,
            vec(any::<u8>(), 0..4)
                .prop_map(|bytes| bytes_field(7, &bytes))
                .boxed(),
        ),
        (1, number(8)),
        (1, unknown()),
    ];
    if depth > 0 {
        let inner = value(depth - 1);
        fields.push((
            3,
            nested(
                5,
                message(vec![(4, nested(1, inner.clone())), (1, unknown())], 3),
            ),
        ));
        let attribute = nested(1, attribute_of(inner));
        fields.push((
            3,
            nested(6, message(vec![(4, attribute), (1, unknown())], 3)),
        ));
    }
    message(fields, 3)
}

/// Some of these fields, which have weights, at most so many.
fn message(fields: Vec<(u32, Fields)>, count_max: usize) -> Fields {
    vec(Union::new_weighted(fields), 0..=count_max)
        .prop_map(|fields| fields.concat())
        .boxed()
}

fn nested(number: u32, fields: Fields) -> Fields {
    fields
        .prop_map(move |fields| bytes_field(number, &fields))
        .boxed()
}

fn text(number: u32) -> Fields {
    prop_oneof!["[a-c]{0,3}", "\\PC{0,3}"]
        .prop_map(move |text| bytes_field(number, text.as_bytes()))
        .boxed()
}

fn number(number: u32) -> Fields {
    prop_oneof![3 => 0..4_u64, 1 => any::<u64>()]
        .prop_map(move |value| varint_field(number, value))
        .boxed()
}

fn fixed64(number: u32) -> Fields {
    any::<u64>()
        .prop_map(move |value| fixed64_field(number, value))
        .boxed()
}

fn fixed32(number: u32) -> Fields {
    any::<u32>()
        .prop_map(move |value| fixed32_field(number, value))
        .boxed()
}

/// An id of this length, mostly valid.
fn id(number: u32, len: usize) -> Fields {
    prop_oneof![
        6 => vec(any::<u8>(), len),
        1 => Just(vec![0; len]),
        1 => Just(Vec::new()),
        1 => vec(any::<u8>(), 0..2 * len),
    ]
    .prop_map(move |id| bytes_field(number, &id))
    .boxed()
}

/// A field that OTLP does not have, of any wire type.
fn unknown() -> Fields {
    let leaf = (100..2000_u32).prop_flat_map(|number| {
        prop_oneof![
            any::<u64>().prop_map(move |value| varint_field(number, value)),
            any::<u64>().prop_map(move |value| fixed64_field(number, value)),
            any::<u32>().prop_map(move |value| fixed32_field(number, value)),
            vec(any::<u8>(), 0..4).prop_map(move |bytes| bytes_field(number, &bytes)),
        ]
    });
    let group = (100..2000_u32, vec(leaf.clone(), 0..3))
        .prop_map(|(number, inner)| [key(number, 3), inner.concat(), key(number, 4)].concat());
    prop_oneof![3 => leaf, 1 => group].boxed()
}
