//! Spans and log records become columns, in memory.
//!
//! A column holds one part of every row, or the values of one attribute: a distinct value is kept
//! once, in the column's dictionary, and its rows have its code. What a span or a log record says is
//! kept exactly, in the order said: attributes that have no column of their own are kept as they were
//! encoded, and each row knows its *shape*, the sequence of columns that its attributes went to.

mod coded;
mod column;
mod dictionary;
mod logs;
mod order;
mod presence;
mod sorted;
mod summary;

use std::collections::HashMap;

use clew_model::{Batch, EventRef, LinkRef, SpanId, SpanRef, TraceId};
use clew_otlp::{encode_events, encode_links, kind_number, status_number};
use clew_store::Position;

use crate::columns::{KeyOwner, Part};

pub(crate) use coded::ATTRIBUTE_COLUMNS_MAX;
use coded::Coded;
use column::Column;
pub(crate) use dictionary::{Dictionary, FastMap};
pub(crate) use logs::LogTable;
pub(crate) use sorted::SortedTable;

/// Spans in columns, in the order they were added.
#[derive(Debug)]
pub(crate) struct Table {
    trace_ids: Vec<TraceId>,
    span_ids: Vec<SpanId>,
    parents: Vec<Option<SpanId>>,
    /// In nanoseconds since the Unix epoch, as the ends.
    starts: Vec<u64>,
    ends: Vec<u64>,
    positions: Vec<Position>,
    coded: Coded,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            trace_ids: Vec::new(),
            span_ids: Vec::new(),
            parents: Vec::new(),
            starts: Vec::new(),
            ends: Vec::new(),
            positions: Vec::new(),
            coded: Coded::new(&Part::CODED),
        }
    }
}

impl Table {
    /// Adds these of the batch's spans, counted from zero.
    pub(crate) fn append(&mut self, batch: &Batch, rows: &[u32], position: Position) {
        // A batch has few resources and scopes, and each is encoded once.
        let mut resources = HashMap::new();
        let mut scopes = HashMap::new();
        for &row in rows {
            let span = batch
                .span(row as usize)
                .expect("whoever appends rows of a batch has them from it");
            let resource = *resources
                .entry(span.resource_index())
                .or_insert_with(|| self.coded.resource(span.resource()));
            let scope = *scopes
                .entry(span.scope_index())
                .or_insert_with(|| self.coded.scope(span.scope()));
            self.push(span, position, resource, scope);
        }
    }

    /// How many spans there are.
    pub(crate) fn len(&self) -> usize {
        self.trace_ids.len()
    }

    fn trace_ids(&self) -> &[TraceId] {
        &self.trace_ids
    }

    fn span_ids(&self) -> &[SpanId] {
        &self.span_ids
    }

    fn parents(&self) -> &[Option<SpanId>] {
        &self.parents
    }

    /// When the spans began, in nanoseconds since the Unix epoch.
    fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// When the spans ended, likewise.
    fn ends(&self) -> &[u64] {
        &self.ends
    }

    fn positions(&self) -> &[Position] {
        &self.positions
    }

    fn push(&mut self, span: SpanRef<'_>, position: Position, resource: u32, scope: u32) {
        let row = self.len();
        self.trace_ids.push(span.trace_id());
        self.span_ids.push(span.span_id());
        self.parents.push(span.parent_span_id());
        self.starts.push(span.start().unix_nanos());
        self.ends.push(span.end().unix_nanos());
        self.positions.push(position);

        self.coded.part_mut(Part::Resource).set_code(row, resource);
        self.coded.part_mut(Part::Scope).set_code(row, scope);
        self.coded
            .part_mut(Part::Name)
            .set(row, span.name().as_bytes());
        let kind = kind_number(span.kind());
        self.coded.part_mut(Part::Kind).set_word(row, word_of(kind));
        let status = status_number(span.status_code());
        self.coded
            .part_mut(Part::StatusCode)
            .set_word(row, word_of(status));
        self.coded
            .part_mut(Part::Flags)
            .set_word(row, span.flags().into());
        self.coded
            .set_text(row, Part::StatusMessage, span.status_message());
        self.coded
            .set_text(row, Part::TraceState, span.trace_state());
        self.coded.set_count(
            row,
            Part::DroppedAttributes,
            span.dropped_attributes_count(),
        );
        self.coded
            .set_count(row, Part::DroppedEvents, span.dropped_events_count());
        self.coded
            .set_count(row, Part::DroppedLinks, span.dropped_links_count());
        self.coded.push_attributes(row, span.attributes());
        if span.events().len() > 0 {
            for event in span.events() {
                self.coded.add_keys(KeyOwner::Event, event.attributes());
            }
            let events: Vec<_> = span.events().map(EventRef::to_event).collect();
            self.coded
                .part_mut(Part::Events)
                .set(row, &encode_events(&events));
        }
        if span.links().len() > 0 {
            for link in span.links() {
                self.coded.add_keys(KeyOwner::Link, link.attributes());
            }
            let links: Vec<_> = span.links().map(LinkRef::to_link).collect();
            self.coded
                .part_mut(Part::Links)
                .set(row, &encode_links(&links));
        }
    }
}

/// A number of the protocol as a value of a column.
fn word_of(number: i32) -> u64 {
    i64::from(number).cast_unsigned()
}
