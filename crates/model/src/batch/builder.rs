//! How a batch is filled by whoever reads the bytes.

use std::fmt;
use std::ops::Range;
use std::str::Utf8Error;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::{SERVICE_NAME, Severity, SpanId, SpanKind, StatusCode, Timestamp, TraceId};

use super::nodes::{AttributeNode, Blob, Slice, Text};
use super::{
    Batch, EventEntry, LinkEntry, LogBatch, LogRecordEntry, ResourceEntry, ScopeEntry, SpanEntry,
};

/// Fills a [`Batch`] or a [`LogBatch`] from the inside out: attributes before their event, link, span
/// or log record, these before their scope, scopes before their resource. That is the order in which a reader comes to
/// the end of each, and so what follows an owner on the wire can still change it.
///
/// [`Text`], [`Blob`] and [`AttributeSlot`] belong to the builder that made them.
pub struct BatchBuilder<'r> {
    batch: Batch,
    entries: u32,
    /// Asked whether so many bytes more may be taken, if somebody counts them.
    room: Option<&'r mut Room<'r>>,
    /// For how many it was asked.
    asked: usize,
}

impl fmt::Debug for BatchBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BatchBuilder");
        shown.field("batch", &self.batch).finish_non_exhaustive()
    }
}

/// Says whether so many bytes of memory may be taken.
pub type Room<'r> = dyn FnMut(usize) -> bool + 'r;

/// It is asked every so many entries, which take a few MiB.
const ROOM_STEP: u32 = 32 << 10;

/// What an attribute is an attribute of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeOwner {
    /// The resource that is being read.
    Resource,
    /// The scope that is being read.
    Scope,
    /// The span that is being read.
    Span,
    /// The event that is being read.
    Event,
    /// The link that is being read.
    Link,
    /// The log record that is being read.
    LogRecord,
    /// Its body, which is a value without a key.
    Body,
}

impl AttributeOwner {
    /// How many there are.
    pub(super) const COUNT: usize = 7;
}

/// An attribute, or a member of an array or map, that is being read.
#[derive(Debug, Clone, Copy)]
pub struct AttributeSlot {
    owner: AttributeOwner,
    index: u32,
}

/// What an attribute is set to; an array's or a map's members are attributes that follow it.
#[derive(Debug, Clone, Copy)]
pub enum AttributeContent {
    /// No value.
    Empty,
    /// Text.
    String(Text),
    /// True or false.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A 64-bit floating-point number.
    Double(f64),
    /// Raw bytes.
    Bytes(Blob),
    /// A list.
    Array,
    /// Key-value pairs.
    Map,
}

impl AttributeContent {
    /// Whether both are arrays or both are maps.
    fn is_same_container(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Array, Self::Array) | (Self::Map, Self::Map)
        )
    }
}

/// A resource, but for its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResourceParts {
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// The schema that the attributes follow.
    pub schema_url: Text,
}

/// A scope, but for its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScopeParts {
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: Text,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// The schema that the spans follow.
    pub schema_url: Text,
}

/// A span, but for its attributes, events and links.
#[derive(Debug, Clone, Copy)]
pub struct SpanParts {
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// Which span of the trace it is.
    pub span_id: SpanId,
    /// The span that caused it, `None` for a root.
    pub parent_span_id: Option<SpanId>,
    /// The `tracestate` of the span.
    pub trace_state: Text,
    /// Its flags, as sent.
    pub flags: u32,
    /// What was done.
    pub name: Text,
    /// Which side of which exchange it is.
    pub kind: SpanKind,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// How many events the sender left out.
    pub dropped_events_count: u32,
    /// How many links the sender left out.
    pub dropped_links_count: u32,
    /// How it ended.
    pub status_code: StatusCode,
    /// Why.
    pub status_message: Text,
}

/// A log record, but for its body and its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogRecordParts {
    /// When it happened.
    pub time: Timestamp,
    /// When it was seen by who collects log records.
    pub observed_time: Timestamp,
    /// How bad it is.
    pub severity: Severity,
    /// What its source calls that.
    pub severity_text: Text,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// Its flags, as sent.
    pub flags: u32,
    /// The trace that it belongs to, if it does.
    pub trace_id: Option<TraceId>,
    /// The span that it belongs to, if it does.
    pub span_id: Option<SpanId>,
    /// What sort of event it is.
    pub event_name: Text,
}

/// An event, but for its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventParts {
    /// When.
    pub time: Timestamp,
    /// What.
    pub name: Text,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
}

/// A link, but for its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkParts {
    /// The trace that it leads to, `None` if the sender had none.
    pub trace_id: Option<TraceId>,
    /// The span that it leads to, `None` if the sender had none.
    pub span_id: Option<SpanId>,
    /// The `tracestate` of that span.
    pub trace_state: Text,
    /// How many attributes the sender left out.
    pub dropped_attributes_count: u32,
    /// The flags of that span, as sent.
    pub flags: u32,
}

/// A request of so many bytes cannot be described by 32-bit offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTooLarge {
    /// The length of the request in bytes.
    pub len: usize,
}

impl fmt::Display for RequestTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a request of {} bytes is over the 4 GiB limit", self.len)
    }
}

impl std::error::Error for RequestTooLarge {}

/// A request has more than [`Batch::ENTRIES_MAX`] entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyEntries;

impl fmt::Display for TooManyEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a request of more than {} spans or log records, attributes, events and links",
            Batch::ENTRIES_MAX
        )
    }
}

impl std::error::Error for TooManyEntries {}

impl<'r> BatchBuilder<'r> {
    /// Starts the batch of a request.
    ///
    /// # Errors
    /// If the request has 4 GiB or more.
    pub fn new(bytes: Bytes) -> Result<Self, RequestTooLarge> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(RequestTooLarge { len: bytes.len() });
        }
        Ok(Self {
            batch: Batch {
                bytes,
                resources: Vec::new(),
                scopes: Vec::new(),
                spans: Vec::new(),
                events: Vec::new(),
                links: Vec::new(),
                records: Vec::new(),
                attributes: Default::default(),
            },
            entries: 0,
            room: None,
            asked: 0,
        })
    }

    /// Asks for room as the entries become more: their bytes are not known before they are read. If
    /// there is none, that is as if there were too many.
    #[must_use]
    pub fn within(mut self, room: &'r mut Room<'r>) -> Self {
        self.room = Some(room);
        self
    }

    /// The text in this range of the request.
    ///
    /// # Errors
    /// If it is not UTF-8.
    ///
    /// # Panics
    /// If the range is outside the request.
    pub fn text(&self, range: Range<usize>) -> Result<Text, Utf8Error> {
        let slice = self.slice(range);
        let bytes = slice.of(&self.batch.bytes);
        // Most text is short and ASCII, for which this takes a fraction of the time.
        if !bytes.is_ascii() {
            std::str::from_utf8(bytes)?;
        }
        Ok(Text(slice))
    }

    /// The bytes in this range of the request.
    ///
    /// # Panics
    /// If the range is outside the request.
    pub fn blob(&self, range: Range<usize>) -> Blob {
        Blob(self.slice(range))
    }

    fn slice(&self, range: Range<usize>) -> Slice {
        assert!(range.start <= range.end && range.end <= self.batch.bytes.len());
        Slice {
            start: index(range.start),
            len: index(range.len()),
        }
    }

    /// Begins an attribute of what is being read, or a member of the array or map that was set
    /// last and is not closed; without key and value for now. [`BatchBuilder::close`] ends it.
    ///
    /// # Errors
    /// If the request has too many entries.
    pub fn open(&mut self, owner: AttributeOwner) -> Result<AttributeSlot, TooManyEntries> {
        self.count_entry()?;
        let nodes = &mut self.batch.attributes[owner as usize];
        let slot = index(nodes.len());
        nodes.push(AttributeNode {
            key: Text::default(),
            content: AttributeContent::Empty,
            end: slot + 1,
        });
        Ok(AttributeSlot { owner, index: slot })
    }

    /// Sets the key of an attribute that is open.
    pub fn set_key(&mut self, slot: AttributeSlot, key: Text) {
        self.node(slot).key = key;
    }

    /// Sets the value of an attribute that is open, in place of any that it had. An array or a map
    /// that is set again keeps its members, and more are added: so says protobuf of a message that
    /// is sent in pieces.
    pub fn set_content(&mut self, slot: AttributeSlot, content: AttributeContent) {
        let node = self.node(slot);
        let is_same_container = node.content.is_same_container(content);
        node.content = content;
        if !is_same_container {
            self.batch.attributes[slot.owner as usize].truncate(slot.index as usize + 1);
        }
    }

    /// Ends an attribute, after its members.
    pub fn close(&mut self, slot: AttributeSlot) {
        self.node(slot).end = index(self.batch.attributes[slot.owner as usize].len());
    }

    fn node(&mut self, slot: AttributeSlot) -> &mut AttributeNode {
        &mut self.batch.attributes[slot.owner as usize][slot.index as usize]
    }

    /// Ends an event of the span that is being read.
    ///
    /// # Errors
    /// If the request has too many entries.
    pub fn finish_event(&mut self, parts: EventParts) -> Result<(), TooManyEntries> {
        self.count_entry()?;
        let start = self.batch.events.last().map_or(0, |it| it.attributes.end());
        let attributes = self.attributes_from(AttributeOwner::Event, start);
        self.batch.events.push(EventEntry { parts, attributes });
        Ok(())
    }

    /// Ends a link of the span that is being read.
    ///
    /// # Errors
    /// If the request has too many entries.
    pub fn finish_link(&mut self, parts: LinkParts) -> Result<(), TooManyEntries> {
        self.count_entry()?;
        let start = self.batch.links.last().map_or(0, |it| it.attributes.end());
        let attributes = self.attributes_from(AttributeOwner::Link, start);
        self.batch.links.push(LinkEntry { parts, attributes });
        Ok(())
    }

    /// Ends a span of the scope that is being read, whose message is in this range of the request.
    ///
    /// # Errors
    /// If the request has too many entries.
    ///
    /// # Panics
    /// If the range is outside the request.
    pub fn finish_span(
        &mut self,
        parts: SpanParts,
        encoded: Range<usize>,
    ) -> Result<(), TooManyEntries> {
        self.count_entry()?;
        let ends = self.ends_of_last_span();
        let entry = SpanEntry {
            parts,
            encoded: self.slice(encoded),
            scope: index(self.batch.scopes.len()),
            attributes: self.attributes_from(AttributeOwner::Span, ends.attributes),
            events: slice_from(ends.events, self.batch.events.len()),
            links: slice_from(ends.links, self.batch.links.len()),
        };
        self.batch.spans.push(entry);
        Ok(())
    }

    /// Forgets the span that is being read, with its attributes, events and links.
    pub fn discard_span(&mut self) {
        let ends = self.ends_of_last_span();
        self.batch.events.truncate(ends.events as usize);
        self.batch.links.truncate(ends.links as usize);
        self.truncate_attributes(AttributeOwner::Span, ends.attributes);
        let end = self.batch.events.last().map_or(0, |it| it.attributes.end());
        self.truncate_attributes(AttributeOwner::Event, end);
        let end = self.batch.links.last().map_or(0, |it| it.attributes.end());
        self.truncate_attributes(AttributeOwner::Link, end);
    }

    /// Ends a log record of the scope that is being read, whose message is in this range of the
    /// request.
    ///
    /// # Errors
    /// If the request has too many entries.
    ///
    /// # Panics
    /// If the range is outside the request.
    pub fn finish_log_record(
        &mut self,
        parts: LogRecordParts,
        encoded: Range<usize>,
    ) -> Result<(), TooManyEntries> {
        self.count_entry()?;
        let last = self.batch.records.last();
        let (attributes, body) =
            last.map_or((0, 0), |last| (last.attributes.end(), last.body.end()));
        let entry = LogRecordEntry {
            parts,
            encoded: self.slice(encoded),
            scope: index(self.batch.scopes.len()),
            attributes: self.attributes_from(AttributeOwner::LogRecord, attributes),
            body: self.attributes_from(AttributeOwner::Body, body),
        };
        self.batch.records.push(entry);
        Ok(())
    }

    /// Ends a scope of the resource that is being read; one without spans or log records is
    /// forgotten.
    pub fn finish_scope(&mut self, parts: ScopeParts) {
        let start = self.batch.scopes.last().map_or(0, |it| it.attributes.end());
        let this = index(self.batch.scopes.len());
        let of_span = self.batch.spans.last().map(|it| it.scope);
        let of_record = self.batch.records.last().map(|it| it.scope);
        if ![of_span, of_record].contains(&Some(this)) {
            return self.truncate_attributes(AttributeOwner::Scope, start);
        }
        let entry = ScopeEntry {
            parts,
            resource: index(self.batch.resources.len()),
            attributes: self.attributes_from(AttributeOwner::Scope, start),
            owned: OnceLock::new(),
        };
        self.batch.scopes.push(entry);
    }

    /// Ends a resource; one without scopes is forgotten.
    pub fn finish_resource(&mut self, parts: ResourceParts) {
        let last = self.batch.resources.last();
        let start = last.map_or(0, |it| it.attributes.end());
        let this = index(self.batch.resources.len());
        if self
            .batch
            .scopes
            .last()
            .is_none_or(|it| it.resource != this)
        {
            return self.truncate_attributes(AttributeOwner::Resource, start);
        }
        let attributes = self.attributes_from(AttributeOwner::Resource, start);
        let entry = ResourceEntry {
            parts,
            attributes,
            service_name: self.service_name(attributes),
            owned: OnceLock::new(),
        };
        self.batch.resources.push(entry);
    }

    /// The batch of spans, after the last resource.
    pub fn finish(self) -> Batch {
        self.batch
    }

    /// The batch of log records, likewise.
    pub fn finish_logs(self) -> LogBatch {
        LogBatch::new(self.batch)
    }

    /// What the first attribute `service.name` says, if that is text.
    fn service_name(&self, attributes: Slice) -> Option<Text> {
        let nodes = &self.batch.attributes[AttributeOwner::Resource as usize];
        let mut at = attributes.start;
        while at < attributes.end() {
            let node = &nodes[at as usize];
            if node.key.0.of(&self.batch.bytes) == SERVICE_NAME.as_bytes() {
                return match node.content {
                    AttributeContent::String(text) => Some(text),
                    _ => None,
                };
            }
            at = node.end;
        }
        None
    }

    fn ends_of_last_span(&self) -> Ends {
        self.batch
            .spans
            .last()
            .map_or(Ends::default(), |span| Ends {
                attributes: span.attributes.end(),
                events: span.events.end(),
                links: span.links.end(),
            })
    }

    fn attributes_from(&self, owner: AttributeOwner, start: u32) -> Slice {
        slice_from(start, self.batch.attributes[owner as usize].len())
    }

    fn truncate_attributes(&mut self, owner: AttributeOwner, len: u32) {
        self.batch.attributes[owner as usize].truncate(len as usize);
    }

    fn count_entry(&mut self) -> Result<(), TooManyEntries> {
        if self.entries == Batch::ENTRIES_MAX {
            return Err(TooManyEntries);
        }
        self.entries += 1;
        if self.entries.is_multiple_of(ROOM_STEP) {
            return self.ask_for_room();
        }
        Ok(())
    }

    #[cold]
    fn ask_for_room(&mut self) -> Result<(), TooManyEntries> {
        let Some(room) = &mut self.room else {
            return Ok(());
        };
        let more = self.batch.entries_len().saturating_sub(self.asked);
        self.asked += more;
        if room(more) {
            Ok(())
        } else {
            Err(TooManyEntries)
        }
    }
}

/// Where in their vectors the parts of a span end.
#[derive(Default)]
struct Ends {
    attributes: u32,
    events: u32,
    links: u32,
}

fn slice_from(start: u32, end: usize) -> Slice {
    Slice {
        start,
        len: index(end) - start,
    }
}

/// A position, known to fit: requests are shorter than 4 GiB (see [`BatchBuilder::new`]) and have
/// at most [`Batch::ENTRIES_MAX`] entries.
#[expect(clippy::cast_possible_truncation, reason = "bounded as said above")]
fn index(position: usize) -> u32 {
    debug_assert!(u32::try_from(position).is_ok());
    position as u32
}
