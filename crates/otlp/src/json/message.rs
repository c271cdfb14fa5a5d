//! The messages of a request, and the spans that they describe.

use std::sync::Arc;

use clew_model as model;
use clew_model::{Span, Status, Timestamp};

use super::budget::List;
use super::object::message;
use super::scalar::{EnumNumber, HexId, Integer};
use super::value::{KeyValue, key_values};
use crate::rejected::{InvalidSpan, Rejected, RejectedSpan, SpanPlace};
use crate::traces::{span_kind, status_code};

message! {
    /// `ExportTraceServiceRequest`.
    pub(super) Request { resource_spans: List<ResourceSpans> }
}

message! {
    ResourceSpans { resource: Resource, scope_spans: List<ScopeSpans>, schema_url: String }
}

message! {
    Resource { attributes: List<KeyValue>, dropped_attributes_count: Integer<u32> }
}

message! {
    ScopeSpans { scope: Scope, spans: List<SpanMessage>, schema_url: String }
}

message! {
    /// `InstrumentationScope`.
    Scope {
        name: String,
        version: String,
        attributes: List<KeyValue>,
        dropped_attributes_count: Integer<u32>,
    }
}

message! {
    /// `Span`.
    SpanMessage {
        trace_id: HexId,
        span_id: HexId,
        trace_state: String,
        parent_span_id: HexId,
        flags: Integer<u32>,
        name: String,
        kind: EnumNumber,
        start_time_unix_nano: Integer<u64>,
        end_time_unix_nano: Integer<u64>,
        attributes: List<KeyValue>,
        dropped_attributes_count: Integer<u32>,
        events: List<Event>,
        dropped_events_count: Integer<u32>,
        links: List<Link>,
        dropped_links_count: Integer<u32>,
        status: StatusMessage,
    }
}

message! {
    Event {
        time_unix_nano: Integer<u64>,
        name: String,
        attributes: List<KeyValue>,
        dropped_attributes_count: Integer<u32>,
    }
}

message! {
    Link {
        trace_id: HexId,
        span_id: HexId,
        trace_state: String,
        attributes: List<KeyValue>,
        dropped_attributes_count: Integer<u32>,
        flags: Integer<u32>,
    }
}

message! {
    /// `Status`.
    StatusMessage { message: String, code: EnumNumber }
}

impl Request {
    /// The valid spans; the others are counted.
    pub(super) fn into_spans(self, rejected: &mut Rejected) -> Vec<Span> {
        let mut spans = Vec::new();
        for (resource_spans, message) in self.resource_spans.0.into_iter().enumerate() {
            let resource = Arc::new(message.resource.into_model(message.schema_url));
            for (scope_spans, message) in message.scope_spans.0.into_iter().enumerate() {
                let scope = Arc::new(message.scope.into_model(message.schema_url));
                for (span, message) in message.spans.0.into_iter().enumerate() {
                    match message.into_model(&resource, &scope) {
                        Ok(span) => spans.push(span),
                        Err(why) => {
                            let place = SpanPlace::Path {
                                resource_spans,
                                scope_spans,
                                span,
                            };
                            rejected.add(RejectedSpan { place, why });
                        }
                    }
                }
            }
        }
        spans
    }
}

impl Resource {
    fn into_model(self, schema_url: String) -> model::Resource {
        model::Resource {
            attributes: key_values(self.attributes),
            dropped_attributes_count: self.dropped_attributes_count.0,
            schema_url,
        }
    }
}

impl Scope {
    fn into_model(self, schema_url: String) -> model::Scope {
        model::Scope {
            name: self.name,
            version: self.version,
            attributes: key_values(self.attributes),
            dropped_attributes_count: self.dropped_attributes_count.0,
            schema_url,
        }
    }
}

impl SpanMessage {
    fn into_model(
        self,
        resource: &Arc<model::Resource>,
        scope: &Arc<model::Scope>,
    ) -> Result<Span, InvalidSpan> {
        Ok(Span {
            trace_id: self.trace_id.bytes("traceId")?.trace_id("traceId")?,
            span_id: self.span_id.bytes("spanId")?.span_id("spanId")?,
            parent_span_id: self
                .parent_span_id
                .bytes("parentSpanId")?
                .optional_span_id("parentSpanId")?,
            trace_state: self.trace_state,
            flags: self.flags.0,
            name: self.name,
            kind: span_kind(self.kind.0),
            start: Timestamp::from_unix_nanos(self.start_time_unix_nano.0),
            end: Timestamp::from_unix_nanos(self.end_time_unix_nano.0),
            attributes: key_values(self.attributes),
            dropped_attributes_count: self.dropped_attributes_count.0,
            events: self.events.0.into_iter().map(Event::into_model).collect(),
            dropped_events_count: self.dropped_events_count.0,
            links: self
                .links
                .0
                .into_iter()
                .map(Link::into_model)
                .collect::<Result<_, _>>()?,
            dropped_links_count: self.dropped_links_count.0,
            status: Status {
                code: status_code(self.status.code.0),
                message: self.status.message,
            },
            resource: Arc::clone(resource),
            scope: Arc::clone(scope),
        })
    }
}

impl Event {
    fn into_model(self) -> model::Event {
        model::Event {
            time: Timestamp::from_unix_nanos(self.time_unix_nano.0),
            name: self.name,
            attributes: key_values(self.attributes),
            dropped_attributes_count: self.dropped_attributes_count.0,
        }
    }
}

impl Link {
    fn into_model(self) -> Result<model::Link, InvalidSpan> {
        Ok(model::Link {
            trace_id: self
                .trace_id
                .bytes("link's traceId")?
                .optional_trace_id("link's traceId")?,
            span_id: self
                .span_id
                .bytes("link's spanId")?
                .optional_span_id("link's spanId")?,
            trace_state: self.trace_state,
            attributes: key_values(self.attributes),
            dropped_attributes_count: self.dropped_attributes_count.0,
            flags: self.flags.0,
        })
    }
}
