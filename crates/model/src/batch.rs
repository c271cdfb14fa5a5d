//! The spans, or the log records, of one request, as they came.

mod builder;
mod logs;
mod nodes;
mod read;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

pub use builder::{
    AttributeContent, AttributeOwner, AttributeSlot, BatchBuilder, EventParts, LinkParts,
    LogRecordParts, RequestTooLarge, ResourceParts, Room, ScopeParts, SpanParts, TooManyEntries,
};
pub use logs::{LogBatch, LogRecordRef};
pub use nodes::{
    AttributeRef, Attributes, AttributesIter, Blob, RawAttribute, RawValue, Text, ValueRef, Values,
};
pub use read::{EventRef, LinkRef, ResourceRef, ScopeRef, SpanRef};

use crate::{Resource, Scope};
use nodes::{AttributeNode, Slice};

/// The spans of one request: the validated bytes, and where in them everything is.
///
/// Text and bytes stay where they arrived; flat vectors of small entries say what is where, so
/// that a span costs no allocation. A request of `n` bytes has at most
/// [`Batch::ENTRIES_MAX`] entries, whatever it claims.
#[derive(Debug, Clone)]
pub struct Batch {
    bytes: Bytes,
    resources: Vec<ResourceEntry>,
    scopes: Vec<ScopeEntry>,
    spans: Vec<SpanEntry>,
    events: Vec<EventEntry>,
    links: Vec<LinkEntry>,
    /// Empty in a request of spans, as the three above are in one of log records.
    records: Vec<LogRecordEntry>,
    /// One vector for each [`AttributeOwner`], so that the attributes of one owner are side by
    /// side even where a sender mixes them with events or links.
    attributes: [Vec<AttributeNode>; AttributeOwner::COUNT],
}

impl Batch {
    /// How many spans or log records, attributes (members of arrays and maps included), events and
    /// links one request may have. An empty attribute or link costs its sender two bytes, and the receiver
    /// 32 or 64, so that without this bound 64 MiB could take 2 GiB. At real sizes (20 bytes an
    /// attribute and more) the 64 MiB of a request end first.
    pub const ENTRIES_MAX: u32 = 4 << 20;

    /// The request as it was sent, which is what a write-ahead log keeps. Spans that were
    /// rejected are still in it, and a second decoding rejects the same ones.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How many bytes of memory the entries take, beside the request itself.
    pub fn entries_len(&self) -> usize {
        let attributes: usize = self.attributes.iter().map(memory_of).sum();
        memory_of(&self.resources)
            + memory_of(&self.scopes)
            + memory_of(&self.spans)
            + memory_of(&self.events)
            + memory_of(&self.links)
            + memory_of(&self.records)
            + attributes
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The span of this position, counted from zero.
    pub fn span(&self, index: usize) -> Option<SpanRef<'_>> {
        Some(SpanRef::new(self, self.spans.get(index)?))
    }

    /// All spans, in the order sent.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = SpanRef<'_>> {
        self.spans.iter().map(|entry| SpanRef::new(self, entry))
    }
}

/// How many bytes of memory the vector holds, used or not.
fn memory_of<T>(entries: &Vec<T>) -> usize {
    entries.capacity() * size_of::<T>()
}

#[derive(Debug, Clone)]
struct ResourceEntry {
    parts: ResourceParts,
    attributes: Slice,
    /// The value of `service.name`, looked up once.
    service_name: Option<Text>,
    /// Made when the first of its spans becomes an owned one, then shared by all of them.
    owned: OnceLock<Arc<Resource>>,
}

#[derive(Debug, Clone)]
struct ScopeEntry {
    parts: ScopeParts,
    resource: u32,
    attributes: Slice,
    /// As in [`ResourceEntry`].
    owned: OnceLock<Arc<Scope>>,
}

#[derive(Debug, Clone)]
struct SpanEntry {
    parts: SpanParts,
    /// The whole message.
    encoded: Slice,
    scope: u32,
    attributes: Slice,
    events: Slice,
    links: Slice,
}

#[derive(Debug, Clone)]
struct LogRecordEntry {
    parts: LogRecordParts,
    /// The whole message.
    encoded: Slice,
    scope: u32,
    attributes: Slice,
    /// One node and its members, or nothing.
    body: Slice,
}

#[derive(Debug, Clone)]
struct EventEntry {
    parts: EventParts,
    attributes: Slice,
}

#[derive(Debug, Clone)]
struct LinkEntry {
    parts: LinkParts,
    attributes: Slice,
}
