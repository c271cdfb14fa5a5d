//! Spans of every sort, few of everything so that much coincides.

use std::sync::Arc;

use clew_model::{
    Event, KeyValue, Link, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp,
    TraceId, Value,
};
use clew_testkit::span;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn key() -> impl Strategy<Value = String> {
    let long = "k".repeat(300);
    let keys = ["user", "USER", "url.full", "", "a:int", "user~2", "ключ"];
    let keys = keys.map(str::to_owned).to_vec();
    prop_oneof![9 => select(keys), 1 => Just(long)]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => "[a-c]{0,2}".prop_map(Value::from),
        1 => "\\PC{0,40}".prop_map(Value::from),
        2 => (-2_i64..3).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => select(vec![0.0, -0.0, f64::NAN, f64::INFINITY]).prop_map(Value::from),
        2 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Empty),
        1 => vec(any::<u8>(), 0..6).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let pair = (key(), inner.clone()).prop_map(|(key, value)| KeyValue { key, value });
        prop_oneof![
            vec(inner, 0..3).prop_map(Value::Array),
            vec(pair, 0..3).prop_map(Value::Map),
        ]
    })
}

pub(super) fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let pair = (key(), value()).prop_map(|(key, value)| KeyValue { key, value });
    vec(pair, 0..6)
}

fn text() -> impl Strategy<Value = String> {
    "[a-b]{0,1}".prop_map(|text| text)
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0), 1 => any::<u32>()]
}

fn nanos() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => 1_700_000_000_000_000_000..1_700_000_000_000_000_040_u64,
        1 => select(vec![0, 1, u64::MAX - 1, u64::MAX, 1 << 63]),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    nanos().prop_map(Timestamp::from_unix_nanos)
}

fn span_id() -> impl Strategy<Value = SpanId> {
    (1..6_u64).prop_map(|id| SpanId::from_bytes(id.to_be_bytes()).unwrap())
}

/// Some that differ only in their first half, some only in the second.
fn trace_id() -> impl Strategy<Value = TraceId> {
    (0..3_u64, 1..3_u64).prop_map(|(first, second)| {
        let id = u128::from(first) << 64 | u128::from(second);
        TraceId::from_bytes(id.to_be_bytes()).unwrap()
    })
}

fn event() -> impl Strategy<Value = Event> {
    (time(), text(), attributes(), count()).prop_map(
        |(time, name, attributes, dropped_attributes_count)| Event {
            time,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    let ids = (prop::option::of(trace_id()), prop::option::of(span_id()));
    (ids, text(), attributes(), count(), count()).prop_map(
        |((trace_id, span_id), trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn resource() -> impl Strategy<Value = Arc<Resource>> {
    let service = prop::option::of(select(vec!["web", "cart", ""]));
    (service, attributes(), count(), text()).prop_map(
        |(service, mut attributes, dropped_attributes_count, schema_url)| {
            attributes.extend(service.map(|name| KeyValue::new("service.name", name)));
            Arc::new(Resource {
                attributes,
                dropped_attributes_count,
                schema_url,
            })
        },
    )
}

fn scope() -> impl Strategy<Value = Arc<Scope>> {
    (text(), text(), attributes(), count(), text()).prop_map(
        |(name, version, attributes, dropped_attributes_count, schema_url)| {
            Arc::new(Scope {
                name,
                version,
                attributes,
                dropped_attributes_count,
                schema_url,
            })
        },
    )
}

fn kind() -> impl Strategy<Value = SpanKind> {
    select(vec![
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
        SpanKind::Other(-1),
        SpanKind::Other(i32::MAX),
    ])
}

fn status() -> impl Strategy<Value = Status> {
    let codes = vec![
        StatusCode::Unset,
        StatusCode::Ok,
        StatusCode::Error,
        StatusCode::Other(i32::MIN),
    ];
    (select(codes), text()).prop_map(|(code, message)| Status { code, message })
}

/// Any span.
pub(super) fn any_span() -> impl Strategy<Value = Span> {
    let ids = (trace_id(), span_id(), prop::option::of(span_id()));
    let said = (text(), kind(), time(), time(), status(), text(), count());
    let dropped = (count(), count(), count());
    let lists = (attributes(), vec(event(), 0..3), vec(link(), 0..2));
    (ids, said, dropped, lists, resource(), scope()).prop_map(
        |(ids, said, dropped, lists, resource, scope)| {
            let (trace_id, span_id, parent_span_id) = ids;
            let (name, kind, start, end, status, trace_state, flags) = said;
            let (dropped_attributes_count, dropped_events_count, dropped_links_count) = dropped;
            let (attributes, events, links) = lists;
            Span {
                trace_id,
                span_id,
                parent_span_id,
                trace_state,
                flags,
                name,
                kind,
                start,
                end,
                attributes,
                dropped_attributes_count,
                events,
                dropped_events_count,
                links,
                dropped_links_count,
                status,
                scope,
                ..span(&resource, 1, 1)
            }
        },
    )
}

/// The spans of some requests.
pub(super) fn batches() -> impl Strategy<Value = Vec<Vec<Span>>> {
    vec(vec(any_span(), 0..6), 0..5)
}
