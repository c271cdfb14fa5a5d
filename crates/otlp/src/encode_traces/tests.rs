//! The encoder against prost, the generated one, as the oracle.

use std::sync::Arc;

use clew_model::{
    KeyValue, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp, TraceId,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use proptest::prelude::*;
use prost::Message;

use super::{EncodedSpans, encode_resource_spans, encode_traces};
use crate::traces::tests::{oracle, requests};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any spans that a request can hold, encoded, are those spans again, and byte for byte what
    /// prost would have written.
    #[test]
    fn spans_are_written_as_the_oracle_writes_them(request in requests::request()) {
        let spans = oracle::decode(&request).unwrap().spans;
        let written = encode_traces(&spans);
        let read = oracle::decode(&written).unwrap();
        // As text, in which NaN equals itself.
        prop_assert_eq!(format!("{:#?}", read.spans), format!("{spans:#?}"));
        prop_assert_eq!(read.rejected, 0);
        let by_prost = ExportTraceServiceRequest::decode(written.clone()).unwrap().encode_to_vec();
        prop_assert_eq!(&written[..], by_prost);
    }
}

fn span(service: &str, scope: &str) -> Span {
    let resource = Resource {
        attributes: vec![KeyValue::new("service.name", service)],
        ..Resource::default()
    };
    let scope = Scope {
        name: scope.to_owned(),
        ..Scope::default()
    };
    Span {
        trace_id: TraceId::from_bytes([1; 16]).unwrap(),
        span_id: SpanId::from_bytes([2; 8]).unwrap(),
        parent_span_id: None,
        trace_state: String::new(),
        flags: 0,
        name: "GET /bands/{id}".to_owned(),
        kind: SpanKind::Server,
        start: Timestamp::MIN,
        end: Timestamp::MAX,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Vec::new(),
        dropped_events_count: 0,
        links: Vec::new(),
        dropped_links_count: 0,
        status: Status {
            code: StatusCode::Unset,
            message: String::new(),
        },
        resource: Arc::new(resource),
        scope: Arc::new(scope),
    }
}

#[test]
fn neighbours_of_one_resource_and_scope_share_their_description() {
    let shared = span("cart", "http");
    let spans = [
        shared.clone(),
        shared,
        span("cart", "http"),
        span("cart", "db"),
        span("stock", "db"),
        span("cart", "http"),
    ];
    let request = ExportTraceServiceRequest::decode(encode_traces(&spans)).unwrap();
    let counts: Vec<Vec<usize>> = request
        .resource_spans
        .iter()
        .map(|resource| {
            resource
                .scope_spans
                .iter()
                .map(|scope| scope.spans.len())
                .collect()
        })
        .collect();
    assert_eq!(counts, [vec![3, 1], vec![1], vec![1]]);
}

#[test]
fn spans_encoded_one_by_one_are_the_same_request() {
    let spans = [
        span("cart", "http"),
        span("cart", "http"),
        span("cart", "db"),
    ];
    let mut http = EncodedSpans::default();
    http.push(&spans[0]);
    let mut second = EncodedSpans::default();
    second.push(&spans[1]);
    http.append(&second);
    let mut db = EncodedSpans::default();
    db.push(&spans[2]);
    let scopes = [(&*spans[0].scope, &http), (&*spans[2].scope, &db)];
    let request = encode_resource_spans(&spans[0].resource, scopes);
    assert_eq!(request, encode_traces(&spans));
}

#[test]
fn no_spans_are_an_empty_request() {
    assert!(encode_traces(&[]).is_empty());
}
