//! The log records of one request, and how they are read.

use bytes::Bytes;

use crate::{LogRecord, Severity, SpanId, Timestamp, TraceId};

use super::nodes::{Attributes, ValueRef};
use super::{AttributeOwner, Batch, LogRecordEntry, ResourceRef, ScopeRef};

/// The log records of one request: as [`Batch`] has spans, with the same bounds.
#[derive(Debug, Clone)]
pub struct LogBatch(Batch);

impl LogBatch {
    pub(super) fn new(batch: Batch) -> Self {
        Self(batch)
    }

    /// The request as it was sent, which is what a write-ahead log keeps.
    pub fn bytes(&self) -> &Bytes {
        self.0.bytes()
    }

    /// How many bytes of memory the entries take, beside the request itself.
    pub fn entries_len(&self) -> usize {
        self.0.entries_len()
    }

    /// How many log records there are.
    pub fn len(&self) -> usize {
        self.0.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.records.is_empty()
    }

    /// The log record of this position, counted from zero.
    pub fn record(&self, index: usize) -> Option<LogRecordRef<'_>> {
        let entry = self.0.records.get(index)?;
        Some(LogRecordRef {
            batch: &self.0,
            entry,
        })
    }

    /// All log records, in the order sent.
    pub fn records(&self) -> impl ExactSizeIterator<Item = LogRecordRef<'_>> {
        let batch = &self.0;
        let entries = batch.records.iter();
        entries.map(move |entry| LogRecordRef { batch, entry })
    }
}

/// A log record of a batch; [`LogRecord`] is its owned twin, whose fields say more of each part.
#[derive(Debug, Clone, Copy)]
pub struct LogRecordRef<'a> {
    batch: &'a Batch,
    entry: &'a LogRecordEntry,
}

impl<'a> LogRecordRef<'a> {
    /// All that it says, as it was sent: OTLP's `LogRecord`.
    pub fn encoded(self) -> &'a [u8] {
        self.entry.encoded.of(self.batch.bytes())
    }

    /// When it happened; the Unix epoch if its source does not know.
    pub fn time(self) -> Timestamp {
        self.entry.parts.time
    }

    /// When it was seen by who collects log records; the Unix epoch if not told.
    pub fn observed_time(self) -> Timestamp {
        self.entry.parts.observed_time
    }

    /// When it happened or else, if its source does not know, when it was seen.
    pub fn time_or_observed(self) -> Timestamp {
        self.time().or(self.observed_time())
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        self.entry.parts.severity
    }

    /// What its source calls that; empty if not told.
    pub fn severity_text(self) -> &'a str {
        self.batch.text(self.entry.parts.severity_text)
    }

    /// What it says.
    pub fn body(self) -> ValueRef<'a> {
        let body = self
            .batch
            .attributes(AttributeOwner::Body, self.entry.body)
            .first_value();
        body.unwrap_or(ValueRef::Empty)
    }

    /// Its attributes.
    pub fn attributes(self) -> Attributes<'a> {
        self.batch
            .attributes(AttributeOwner::LogRecord, self.entry.attributes)
    }

    /// How many attributes the sender left out.
    pub fn dropped_attributes_count(self) -> u32 {
        self.entry.parts.dropped_attributes_count
    }

    /// Its flags, as sent.
    pub fn flags(self) -> u32 {
        self.entry.parts.flags
    }

    /// The trace that it belongs to, if it does.
    pub fn trace_id(self) -> Option<TraceId> {
        self.entry.parts.trace_id
    }

    /// The span that it belongs to, if it does.
    pub fn span_id(self) -> Option<SpanId> {
        self.entry.parts.span_id
    }

    /// What sort of event it is; empty if it is none.
    pub fn event_name(self) -> &'a str {
        self.batch.text(self.entry.parts.event_name)
    }

    /// The library that made it.
    pub fn scope(self) -> ScopeRef<'a> {
        self.batch.scope(self.entry.scope)
    }

    /// Which of the batch's scopes it is of, counted from zero.
    pub fn scope_index(self) -> usize {
        self.entry.scope as usize
    }

    /// Which of the batch's resources sent it, counted from zero.
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

    /// The log record as a value of its own. Those of one batch share their resources and scopes.
    pub fn to_log_record(self) -> LogRecord {
        LogRecord {
            time: self.time(),
            observed_time: self.observed_time(),
            severity: self.severity(),
            severity_text: self.severity_text().to_owned(),
            body: self.body().to_value(),
            attributes: self.attributes().to_key_values(),
            dropped_attributes_count: self.dropped_attributes_count(),
            flags: self.flags(),
            trace_id: self.trace_id(),
            span_id: self.span_id(),
            event_name: self.event_name().to_owned(),
            resource: self.resource().to_resource(),
            scope: self.scope().to_scope(),
        }
    }
}
