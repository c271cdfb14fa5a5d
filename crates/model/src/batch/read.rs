//! How a batch is read.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    Event, Link, Resource, Scope, Span, SpanId, SpanKind, Status, StatusCode, Timestamp, TraceId,
};

use super::nodes::{Attributes, Slice, Text};
use super::{AttributeOwner, Batch, EventEntry, LinkEntry, ResourceEntry, ScopeEntry, SpanEntry};

impl Batch {
    pub(super) fn text(&self, text: Text) -> &str {
        text.of(&self.bytes)
    }

    pub(super) fn attributes(&self, owner: AttributeOwner, slice: Slice) -> Attributes<'_> {
        Attributes::new(&self.bytes, &self.attributes[owner as usize], slice)
    }
}

/// A span of a batch; [`Span`] is its owned twin, whose fields say more of each part.
#[derive(Debug, Clone, Copy)]
pub struct SpanRef<'a> {
    batch: &'a Batch,
    entry: &'a SpanEntry,
}

impl<'a> SpanRef<'a> {
    pub(super) fn new(batch: &'a Batch, entry: &'a SpanEntry) -> Self {
        Self { batch, entry }
    }

    /// All that it says, as it was sent: OTLP's `Span`.
    pub fn encoded(self) -> &'a [u8] {
        self.entry.encoded.of(&self.batch.bytes)
    }

    /// The trace that it belongs to.
    pub fn trace_id(self) -> TraceId {
        self.entry.parts.trace_id
    }

    /// Which span of the trace it is.
    pub fn span_id(self) -> SpanId {
        self.entry.parts.span_id
    }

    /// The span that caused it, `None` for a root.
    pub fn parent_span_id(self) -> Option<SpanId> {
        self.entry.parts.parent_span_id
    }

    /// The `tracestate` of the span; empty if none.
    pub fn trace_state(self) -> &'a str {
        self.batch.text(self.entry.parts.trace_state)
    }

    /// Its flags, as sent.
    pub fn flags(self) -> u32 {
        self.entry.parts.flags
    }

    /// What was done.
    pub fn name(self) -> &'a str {
        self.batch.text(self.entry.parts.name)
    }

    /// Which side of which exchange it is.
    pub fn kind(self) -> SpanKind {
        self.entry.parts.kind
    }

    /// When it began.
    pub fn start(self) -> Timestamp {
        self.entry.parts.start
    }

    /// When it ended; before its start if the sender's clock jumped.
    pub fn end(self) -> Timestamp {
        self.entry.parts.end
    }

    /// How long it took; zero if it ended before it started.
    pub fn duration(self) -> Duration {
        self.end().since(self.start())
    }

    /// How it ended.
    pub fn status_code(self) -> StatusCode {
        self.entry.parts.status_code
    }

    /// Why; empty if no reason was given.
    pub fn status_message(self) -> &'a str {
        self.batch.text(self.entry.parts.status_message)
    }

    /// Its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        self.batch
            .attributes(AttributeOwner::Span, self.entry.attributes)
    }

    /// How many attributes the sender left out.
    pub fn dropped_attributes_count(self) -> u32 {
        self.entry.parts.dropped_attributes_count
    }

    /// Its events, in the order sent.
    pub fn events(self) -> impl ExactSizeIterator<Item = EventRef<'a>> {
        let Self { batch, entry } = self;
        let entries = entry.events.of(&batch.events);
        entries.iter().map(move |entry| EventRef { batch, entry })
    }

    /// How many events the sender left out.
    pub fn dropped_events_count(self) -> u32 {
        self.entry.parts.dropped_events_count
    }

    /// Its links, in the order sent.
    pub fn links(self) -> impl ExactSizeIterator<Item = LinkRef<'a>> {
        let Self { batch, entry } = self;
        let entries = entry.links.of(&batch.links);
        entries.iter().map(move |entry| LinkRef { batch, entry })
    }

    /// How many links the sender left out.
    pub fn dropped_links_count(self) -> u32 {
        self.entry.parts.dropped_links_count
    }

    /// The library that made it.
    pub fn scope(self) -> ScopeRef<'a> {
        self.batch.scope(self.entry.scope)
    }

    /// Which of the batch's scopes it is of, counted from zero.
    pub fn scope_index(self) -> usize {
        self.entry.scope as usize
    }

    /// Which of the batch's resources sent it, counted from zero: so that whoever looks at many
    /// spans looks at each resource once.
    pub fn resource_index(self) -> usize {
        self.scope().resource_index()
    }

    /// Who sent it.
    pub fn resource(self) -> ResourceRef<'a> {
        self.batch.resource(self.resource_index())
    }

    /// The service that sent it, if its resource names one.
    pub fn service_name(self) -> Option<&'a str> {
        self.resource().service_name()
    }

    /// The span as a value of its own. Spans of one batch share their resources and scopes.
    pub fn to_span(self) -> Span {
        Span {
            attributes: self.attributes().to_key_values(),
            events: self.events().map(EventRef::to_event).collect(),
            links: self.links().map(LinkRef::to_link).collect(),
            ..self.to_bare_span()
        }
    }

    /// The same without its attributes, events and links; how many were dropped is still told.
    pub fn to_bare_span(self) -> Span {
        Span {
            trace_id: self.trace_id(),
            span_id: self.span_id(),
            parent_span_id: self.parent_span_id(),
            trace_state: self.trace_state().to_owned(),
            flags: self.flags(),
            name: self.name().to_owned(),
            kind: self.kind(),
            start: self.start(),
            end: self.end(),
            attributes: Vec::new(),
            dropped_attributes_count: self.dropped_attributes_count(),
            events: Vec::new(),
            dropped_events_count: self.dropped_events_count(),
            links: Vec::new(),
            dropped_links_count: self.dropped_links_count(),
            status: Status {
                code: self.status_code(),
                message: self.status_message().to_owned(),
            },
            resource: self.resource().to_resource(),
            scope: self.scope().to_scope(),
        }
    }
}

/// An event of a span of a batch.
#[derive(Debug, Clone, Copy)]
pub struct EventRef<'a> {
    batch: &'a Batch,
    entry: &'a EventEntry,
}

impl<'a> EventRef<'a> {
    /// When.
    pub fn time(self) -> Timestamp {
        self.entry.parts.time
    }

    /// What, such as `exception`.
    pub fn name(self) -> &'a str {
        self.batch.text(self.entry.parts.name)
    }

    /// Its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        self.batch
            .attributes(AttributeOwner::Event, self.entry.attributes)
    }

    /// How many attributes the sender left out.
    pub fn dropped_attributes_count(self) -> u32 {
        self.entry.parts.dropped_attributes_count
    }

    /// The event as a value of its own.
    pub fn to_event(self) -> Event {
        Event {
            time: self.time(),
            name: self.name().to_owned(),
            attributes: self.attributes().to_key_values(),
            dropped_attributes_count: self.dropped_attributes_count(),
        }
    }
}

/// A link of a span of a batch.
#[derive(Debug, Clone, Copy)]
pub struct LinkRef<'a> {
    batch: &'a Batch,
    entry: &'a LinkEntry,
}

impl<'a> LinkRef<'a> {
    /// The trace that the link leads to, `None` if the sender had none.
    pub fn trace_id(self) -> Option<TraceId> {
        self.entry.parts.trace_id
    }

    /// The span that the link leads to, `None` if the sender had none.
    pub fn span_id(self) -> Option<SpanId> {
        self.entry.parts.span_id
    }

    /// The `tracestate` of that span; empty if none.
    pub fn trace_state(self) -> &'a str {
        self.batch.text(self.entry.parts.trace_state)
    }

    /// Its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        self.batch
            .attributes(AttributeOwner::Link, self.entry.attributes)
    }

    /// How many attributes the sender left out.
    pub fn dropped_attributes_count(self) -> u32 {
        self.entry.parts.dropped_attributes_count
    }

    /// The flags of that span, as sent.
    pub fn flags(self) -> u32 {
        self.entry.parts.flags
    }

    /// The link as a value of its own.
    pub fn to_link(self) -> Link {
        Link {
            trace_id: self.trace_id(),
            span_id: self.span_id(),
            trace_state: self.trace_state().to_owned(),
            attributes: self.attributes().to_key_values(),
            dropped_attributes_count: self.dropped_attributes_count(),
            flags: self.flags(),
        }
    }
}

impl Batch {
    pub(super) fn scope(&self, index: u32) -> ScopeRef<'_> {
        ScopeRef {
            batch: self,
            entry: &self.scopes[index as usize],
        }
    }

    pub(super) fn resource(&self, index: usize) -> ResourceRef<'_> {
        ResourceRef {
            batch: self,
            entry: &self.resources[index],
        }
    }
}

/// A scope of a batch.
#[derive(Debug, Clone, Copy)]
pub struct ScopeRef<'a> {
    batch: &'a Batch,
    entry: &'a ScopeEntry,
}

impl<'a> ScopeRef<'a> {
    /// Its name; empty if not told.
    pub fn name(self) -> &'a str {
        self.batch.text(self.entry.parts.name)
    }

    /// Its version; empty if not told.
    pub fn version(self) -> &'a str {
        self.batch.text(self.entry.parts.version)
    }

    /// Its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        self.batch
            .attributes(AttributeOwner::Scope, self.entry.attributes)
    }

    pub(super) fn resource_index(self) -> usize {
        self.entry.resource as usize
    }

    /// The scope as a value of its own, shared by all who ask for it.
    pub fn to_scope(self) -> Arc<Scope> {
        let make = || {
            Arc::new(Scope {
                name: self.name().to_owned(),
                version: self.version().to_owned(),
                attributes: self.attributes().to_key_values(),
                dropped_attributes_count: self.entry.parts.dropped_attributes_count,
                schema_url: self.batch.text(self.entry.parts.schema_url).to_owned(),
            })
        };
        Arc::clone(self.entry.owned.get_or_init(make))
    }
}

/// A resource of a batch.
#[derive(Debug, Clone, Copy)]
pub struct ResourceRef<'a> {
    batch: &'a Batch,
    entry: &'a ResourceEntry,
}

impl<'a> ResourceRef<'a> {
    /// What `service.name` says, if it is there and is text.
    pub fn service_name(self) -> Option<&'a str> {
        self.entry.service_name.map(|text| self.batch.text(text))
    }

    /// Its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        self.batch
            .attributes(AttributeOwner::Resource, self.entry.attributes)
    }

    /// The resource as a value of its own, shared by all who ask for it.
    pub fn to_resource(self) -> Arc<Resource> {
        let make = || {
            Arc::new(Resource {
                attributes: self.attributes().to_key_values(),
                dropped_attributes_count: self.entry.parts.dropped_attributes_count,
                schema_url: self.batch.text(self.entry.parts.schema_url).to_owned(),
            })
        };
        Arc::clone(self.entry.owned.get_or_init(make))
    }
}
