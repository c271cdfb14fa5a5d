//! Rows as log records again.
#![expect(
    clippy::cast_possible_truncation,
    reason = "parts are as wide as they were when they were written"
)]

use clew_model::{LogBatch, LogRecordRef, SpanId, Timestamp, TraceId};
use clew_otlp::{LogRecordFields, RequestWriter, ValuePart};
use clew_store::{LogPlace, Position};

use super::{Columnar, Columns, Malformed, Part, Projection, ReadRows, RowSet};
use crate::error::DiskError;

/// Some rows as log records.
#[derive(Debug)]
pub(crate) struct LogRows {
    batch: LogBatch,
    /// Which log record of the batch each row is.
    records: Vec<u32>,
    places: Vec<LogPlace>,
}

impl LogRows {
    /// The log records of these rows, which are in order, in batches.
    pub(crate) fn read(
        columns: &dyn Columnar,
        wanted: &[u32],
        projection: &Projection,
    ) -> Result<Vec<Self>, DiskError> {
        let mut batches = Vec::new();
        if wanted.is_empty() {
            return Ok(batches);
        }
        let columns = Columns::read(columns, wanted, projection)?;
        let mut left = wanted;
        while !left.is_empty() {
            let rows = columns.log_records(left)?;
            left = &left[rows.records.len()..];
            batches.push(rows);
        }
        Ok(batches)
    }

    /// The log records, in any order.
    pub(crate) fn into_batch(self) -> LogBatch {
        self.batch
    }

    /// The log records, in the order of the rows, and the place of each.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (LogRecordRef<'_>, LogPlace)> {
        let record = |&index: &u32| self.batch.record(index as usize);
        let records = self.records.iter().filter_map(record);
        records.zip(self.places.iter().copied())
    }
}

impl ReadRows for LogRows {
    fn selected(
        columns: &dyn Columnar,
        first: u32,
        wanted: &RowSet,
        projection: &Projection,
    ) -> Result<Vec<Self>, DiskError> {
        let wanted: Vec<u32> = wanted.iter().map(|row| first + row as u32).collect();
        Self::read(columns, &wanted, projection)
    }

    fn len(&self) -> usize {
        self.records.len()
    }
}

impl Columns<'_> {
    /// As many of these rows as make a batch, at least one.
    fn log_records(&self, rows: &[u32]) -> Result<LogRows, DiskError> {
        let rows = &rows[..self.len_of_batch(rows)];
        let mut records = vec![0; rows.len()];
        let mut request = RequestWriter::default();
        let mut index = 0;
        for ((resource, scope), of_group) in self.groups(rows) {
            request
                .scope_records(resource, scope, |out| {
                    for at in of_group {
                        let row = rows[at];
                        let fields = self.log_fields(row);
                        out.log_record(&fields, |out| self.write_attributes(row, out))?;
                        records[at] = index;
                        index += 1;
                    }
                    Ok::<_, Malformed>(())
                })
                .map_err(|malformed| self.corrupt(malformed))?;
        }
        let decoded = clew_otlp::decode_logs(request.finish());
        let batch = decoded
            .map_err(|error| self.corrupt_row(error.to_string()))?
            .batch;
        if batch.len() != rows.len() {
            return Err(self.corrupt_row("log records that are not valid"));
        }
        Ok(LogRows {
            batch,
            records,
            places: rows.iter().map(|&row| self.log_place(row)).collect(),
        })
    }

    fn log_place(&self, row: u32) -> LogPlace {
        LogPlace {
            time: Timestamp::from_unix_nanos(self.word(Part::Time, row)),
            position: Position(self.word(Part::Position, row)),
            index: self.word(Part::Index, row) as u32,
        }
    }

    fn log_fields(&self, row: u32) -> LogRecordFields<'_> {
        let known = self.word(Part::Time, row);
        let is_observed = self.word(Part::IsObservedTime, row) != 0;
        let after = self.id(Part::ObservedAfter, row).map(u64::from_le_bytes);
        let part = |part| self.parts.get(&part).and_then(|values| values.get(row));
        let text = part(Part::Body).map(ValuePart::String);
        LogRecordFields {
            time: if is_observed { 0 } else { known },
            observed_time: match after {
                Some(after) => known.wrapping_add(after),
                None if is_observed => known,
                None => 0,
            },
            severity: self.word(Part::Severity, row) as i32,
            severity_text: self.bytes(Part::SeverityText, row),
            body: text.or_else(|| part(Part::OtherBody).map(ValuePart::Encoded)),
            dropped_attributes_count: self.word(Part::DroppedAttributes, row) as u32,
            flags: self.word(Part::Flags, row) as u32,
            trace_id: self.id(Part::TraceId, row).and_then(TraceId::from_bytes),
            span_id: self.id(Part::SpanId, row).and_then(SpanId::from_bytes),
            event_name: self.bytes(Part::EventName, row),
        }
    }
}
