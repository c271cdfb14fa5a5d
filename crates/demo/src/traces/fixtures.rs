//! Traces for tests, made the way they come from a backend: from Jaeger's JSON.

use clew_model::Trace;
use serde_json::{Value, json};

use crate::backend::parse_trace;

/// The trace of all that is made here.
pub(crate) const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// A span in the making.
pub(crate) struct SpanBuilder {
    id: u64,
    parent: Option<u64>,
    service: &'static str,
    name: &'static str,
    /// Milliseconds since the start of the trace.
    time: (u64, u64),
    tags: Vec<Value>,
}

/// A span of a service, a root as yet, with `foo=bar` as its `tracestate`.
pub(crate) fn span(id: u64, service: &'static str, name: &'static str) -> SpanBuilder {
    SpanBuilder {
        id,
        parent: None,
        service,
        name,
        time: (0, 10),
        tags: vec![tag("w3c.tracestate", "foo=bar")],
    }
}

pub(crate) fn tag(key: &str, value: &str) -> Value {
    json!({"key": key, "type": "string", "value": value})
}

impl SpanBuilder {
    pub(crate) fn parent(mut self, id: u64) -> Self {
        self.parent = Some(id);
        self
    }

    /// From when to when, in milliseconds since the start of the trace.
    pub(crate) fn time(mut self, from: u64, to: u64) -> Self {
        self.time = (from, to);
        self
    }

    /// Sets the tag, in place of one that has this key.
    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.retain(|tag| tag["key"] != key);
        self.tags.push(tag(key, value));
        self
    }

    /// A span that takes up a request which came with this header.
    pub(crate) fn serves(self, traceparent: &str) -> Self {
        let header = json!([traceparent]).to_string();
        self.tag("span.kind", "server")
            .tag("http.request.header.traceparent", &header)
    }

    fn json(&self) -> Value {
        let references: Vec<Value> = self
            .parent
            .iter()
            .map(|parent| parent_reference(*parent))
            .collect();
        let (from, to) = self.time;
        json!({
            "traceID": TRACE_ID,
            "spanID": format!("{:016x}", self.id),
            "operationName": self.name,
            "references": references,
            "startTime": 1_000_000 + from * 1000,
            "duration": (to - from) * 1000,
            "tags": self.tags,
            "logs": [],
            "processID": self.service,
        })
    }
}

fn parent_reference(id: u64) -> Value {
    json!({"refType": "CHILD_OF", "traceID": TRACE_ID, "spanID": format!("{id:016x}")})
}

/// The header of a call made by this span.
pub(crate) fn traceparent(parent: u64) -> String {
    format!("00-{TRACE_ID}-{parent:016x}-03")
}

/// What a backend answers that has these spans.
pub(crate) fn answer(spans: &[SpanBuilder]) -> String {
    let processes: serde_json::Map<String, Value> = spans
        .iter()
        .map(|span| {
            (
                span.service.to_owned(),
                json!({"serviceName": span.service, "tags": []}),
            )
        })
        .collect();
    let spans: Vec<Value> = spans.iter().map(SpanBuilder::json).collect();
    let trace =
        json!({"traceID": TRACE_ID, "spans": spans, "processes": processes, "warnings": null});
    json!({"data": [trace], "total": 0, "limit": 0, "offset": 0, "errors": null}).to_string()
}

pub(crate) fn trace(spans: &[SpanBuilder]) -> Trace {
    parse_trace(&answer(spans)).unwrap()
}

/// The call that crosses three services, with the faults of the demo.
pub(crate) fn faulty_call() -> Vec<SpanBuilder> {
    vec![
        span(1, "client", "get_band")
            .time(0, 6600)
            .tag("demo.step", "7"),
        span(2, "client", "GET").parent(1).time(20, 6590),
        span(3, "bands-api", "GET /bands/{id}")
            .parent(2)
            .time(30, 6580)
            .serves(&traceparent(2)),
        span(4, "bands-api", "get_reviews")
            .parent(3)
            .time(5030, 6578),
        span(5, "bands-api", "GET").parent(4).time(5031, 6577),
        span(6, "reviews-api", "GET /reviews")
            .parent(5)
            .time(5040, 6570)
            .serves(&traceparent(5)),
        span(7, "reviews-api", "get_reviews_by_band_id")
            .parent(6)
            .time(5041, 6569),
    ]
}
