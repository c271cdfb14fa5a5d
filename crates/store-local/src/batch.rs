//! The requests of each signal, and what a store has to know of them.

use std::fmt::Debug;

use bytes::Bytes;
use clew_model::{Batch, LogBatch};
use clew_otlp::DecodeError;
use clew_store::Position;

use crate::head::{Arrived, LogIndex, SpanIndex};
use crate::table::{LogTable, SortedTable, Table};
use crate::wal::Signal;

/// A request of one signal: its rows are spans, or log records.
pub(crate) trait SignalBatch: Debug + Clone + Send + Sync + 'static {
    /// Which signal that is.
    const SIGNAL: Signal;

    /// What its rows are called, for messages.
    const ROWS: &'static str;

    /// The orders in which rows in memory are looked for.
    type Index: Debug + Send + Sync;

    /// Rows on their way into columns.
    type Table: Default;

    /// Reads a request that was kept.
    fn decode(request: Bytes) -> Result<Self, DecodeError>;

    /// How many rows there are.
    fn len(&self) -> usize;

    /// The request as it was sent.
    fn bytes(&self) -> &Bytes;

    /// How many bytes of memory it takes beside that.
    fn entries_len(&self) -> usize;

    /// Of each row what tells it from others: what it says as it was sent, and its service.
    fn identities(&self) -> impl Iterator<Item = (&[u8], Option<&str>)>;

    fn index(arrived: &[Arrived<Self>]) -> Self::Index;

    /// Adds these rows to a table.
    fn append_to(&self, table: &mut Self::Table, rows: &[u32], position: Position);

    /// How many rows a table has.
    fn table_len(table: &Self::Table) -> usize;

    /// The table in the order of a segment.
    fn sorted(table: Self::Table) -> SortedTable;
}

impl SignalBatch for Batch {
    const SIGNAL: Signal = Signal::Traces;
    const ROWS: &'static str = "spans";

    type Index = SpanIndex;
    type Table = Table;

    fn decode(request: Bytes) -> Result<Self, DecodeError> {
        clew_otlp::decode_traces(request).map(|decoded| decoded.batch)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> &Bytes {
        self.bytes()
    }

    fn entries_len(&self) -> usize {
        self.entries_len()
    }

    fn identities(&self) -> impl Iterator<Item = (&[u8], Option<&str>)> {
        let spans = self.spans();
        spans.map(|span| (span.encoded(), span.service_name()))
    }

    fn index(arrived: &[Arrived<Self>]) -> SpanIndex {
        SpanIndex::of(arrived)
    }

    fn append_to(&self, table: &mut Table, rows: &[u32], position: Position) {
        table.append(self, rows, position);
    }

    fn table_len(table: &Table) -> usize {
        table.len()
    }

    fn sorted(table: Table) -> SortedTable {
        SortedTable::of(table)
    }
}

impl SignalBatch for LogBatch {
    const SIGNAL: Signal = Signal::Logs;
    const ROWS: &'static str = "log records";

    type Index = LogIndex;
    type Table = LogTable;

    fn decode(request: Bytes) -> Result<Self, DecodeError> {
        clew_otlp::decode_logs(request).map(|decoded| decoded.batch)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> &Bytes {
        self.bytes()
    }

    fn entries_len(&self) -> usize {
        self.entries_len()
    }

    fn identities(&self) -> impl Iterator<Item = (&[u8], Option<&str>)> {
        let records = self.records();
        records.map(|record| (record.encoded(), record.service_name()))
    }

    fn index(arrived: &[Arrived<Self>]) -> LogIndex {
        LogIndex::of(arrived)
    }

    fn append_to(&self, table: &mut LogTable, rows: &[u32], position: Position) {
        table.append(self, rows, position);
    }

    fn table_len(table: &LogTable) -> usize {
        table.len()
    }

    fn sorted(table: LogTable) -> SortedTable {
        SortedTable::of_logs(table)
    }
}
