//! The requests of each signal, and what a store has to know of them.

use std::fmt::Debug;
use std::hash::{BuildHasher as _, Hasher as _};

use bytes::Bytes;
use clew_model::{Batch, LogBatch, LogRecordRef, SpanRef};
use clew_otlp::DecodeError;
use clew_store::Position;
use foldhash::quality::RandomState;
use hashbrown::HashMap;

use crate::head::{AlreadyHashed, Arrived, LogIndex, SpanIndex};
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

    /// Of each row a hash of what tells it from others. What it says is hashed as it was sent.
    fn fingerprints(&self, key: &RandomState) -> Vec<u64>;

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

    /// The same resource may be described more fully by one collector than by another: only the
    /// service tells spans apart, as in [`SpanIdentity`](clew_store::SpanIdentity).
    fn fingerprints(&self, key: &RandomState) -> Vec<u64> {
        let fingerprint = |span: SpanRef<'_>| {
            let mut hasher = key.build_hasher();
            hasher.write(span.encoded());
            hasher.write(span.service_name().unwrap_or_default().as_bytes());
            hasher.finish()
        };
        self.spans().map(fingerprint).collect()
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

    /// All that describes who said it counts, as in
    /// [`LogRecordIdentity`](clew_store::LogRecordIdentity). The second of those that are alike has a
    /// fingerprint of its own, and so on.
    fn fingerprints(&self, key: &RandomState) -> Vec<u64> {
        // Neighbours are of one scope.
        let mut source = (usize::MAX, 0);
        let mut counts = HashMap::with_capacity_and_hasher(self.len(), AlreadyHashed);
        let fingerprint = |record: LogRecordRef<'_>| {
            let index = record.scope_index();
            if source.0 != index {
                let (resource, scope) = (record.resource(), record.scope());
                let identity = (resource.attributes(), scope.name(), scope.version());
                source = (index, key.hash_one(identity));
            }
            let mut hasher = key.build_hasher();
            hasher.write(record.encoded());
            hasher.write_u64(source.1);
            let fingerprint = hasher.finish();
            let count = counts.entry(fingerprint).or_insert(0_u64);
            *count += 1;
            match *count {
                1 => fingerprint,
                count => key.hash_one((fingerprint, count)),
            }
        };
        self.records().map(fingerprint).collect()
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
