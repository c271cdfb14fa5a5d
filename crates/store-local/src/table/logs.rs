//! Log records in columns.

use std::collections::HashMap;

use clew_model::{LogBatch, LogRecordRef, SpanId, ValueRef};
use clew_otlp::encode_value;
use clew_store::Position;

use super::coded::Coded;
use super::word_of;
use crate::columns::Part;

/// Log records in columns, in the order they were added.
#[derive(Debug)]
pub(crate) struct LogTable {
    /// When they happened or were observed, in nanoseconds since the Unix epoch.
    pub(super) times: Vec<u64>,
    pub(super) positions: Vec<Position>,
    /// Which log record of its batch each is.
    pub(super) indexes: Vec<u32>,
    pub(super) span_ids: Vec<Option<SpanId>>,
    /// See [`Part::ObservedAfter`].
    pub(super) observed_after: Vec<Option<u64>>,
    pub(super) coded: Coded,
}

impl Default for LogTable {
    fn default() -> Self {
        Self {
            times: Vec::new(),
            positions: Vec::new(),
            indexes: Vec::new(),
            span_ids: Vec::new(),
            observed_after: Vec::new(),
            coded: Coded::new(&Part::CODED_OF_LOGS),
        }
    }
}

impl LogTable {
    /// Adds these of the batch's log records, counted from zero.
    pub(crate) fn append(&mut self, batch: &LogBatch, rows: &[u32], position: Position) {
        // A batch has few resources and scopes, and each is encoded once.
        let mut resources = HashMap::new();
        let mut scopes = HashMap::new();
        for &index in rows {
            let record = batch
                .record(index as usize)
                .expect("whoever appends rows of a batch has them from it");
            let row = self.len();
            let resource = *resources
                .entry(record.resource_index())
                .or_insert_with(|| self.coded.resource(record.resource()));
            let scope = *scopes
                .entry(record.scope_index())
                .or_insert_with(|| self.coded.scope(record.scope()));
            self.coded.part_mut(Part::Resource).set_code(row, resource);
            self.coded.part_mut(Part::Scope).set_code(row, scope);
            self.positions.push(position);
            self.indexes.push(index);
            self.push_times(row, record);
            self.push_rest(row, record);
        }
    }

    /// How many log records there are.
    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }

    fn push_times(&mut self, row: usize, record: LogRecordRef<'_>) {
        let (time, observed) = (
            record.time().unix_nanos(),
            record.observed_time().unix_nanos(),
        );
        let known = record.time_or_observed().unix_nanos();
        self.times.push(known);
        let is_told = observed != 0 && time != 0;
        self.observed_after
            .push(is_told.then(|| observed.wrapping_sub(known)));
        if time != known {
            self.coded.part_mut(Part::IsObservedTime).set_word(row, 1);
        }
    }

    fn push_rest(&mut self, row: usize, record: LogRecordRef<'_>) {
        let coded = &mut self.coded;
        if let Some(id) = record.trace_id() {
            coded.part_mut(Part::TraceId).set(row, &id.to_bytes());
        }
        self.span_ids.push(record.span_id());
        let flags = record.flags();
        coded.part_mut(Part::Flags).set_word(row, flags.into());
        let severity = record.severity().number();
        if severity != 0 {
            coded
                .part_mut(Part::Severity)
                .set_word(row, word_of(severity));
        }
        coded.set_text(row, Part::SeverityText, record.severity_text());
        coded.set_text(row, Part::EventName, record.event_name());
        match record.body() {
            ValueRef::Empty => {}
            ValueRef::String(text) => coded.part_mut(Part::Body).set(row, text.as_bytes()),
            other => {
                let encoded = encode_value(&other.to_value());
                coded.part_mut(Part::OtherBody).set(row, &encoded);
            }
        }
        let dropped = record.dropped_attributes_count();
        coded.set_count(row, Part::DroppedAttributes, dropped);
        coded.push_attributes(row, record.attributes());
    }
}
