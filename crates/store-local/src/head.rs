//! The newest spans, or log records, of the store, in memory: lists of immutable blocks.
//!
//! A snapshot is a copy of the lists, so that no query waits for an append, and no append for a
//! query. Whoever appends makes a block of what is new, which keeps the requests as they came. When
//! there are enough of them, they are put into columns, which take a quarter of the memory, and which a
//! segment is written from.

mod block;
mod columns;
mod fingerprints;
mod logs;
mod resources;

use std::sync::Arc;
use std::time::Instant;

use clew_model::Batch;

pub(crate) use block::{Arrived, Block, SpanIndex};
pub(crate) use columns::{ColumnsThread, sorted_tables};
pub(crate) use fingerprints::{AlreadyHashed, Fingerprints};
pub(crate) use logs::LogIndex;

use crate::batch::SignalBatch;
use crate::clock::nanos;
use crate::table::SortedTable;

/// So many spans are put into columns together, at the most: they are sorted in a few milliseconds,
/// and in the cache.
const TABLE_ROWS_MAX: usize = 8 << 10;

/// So many tables a head has that is full.
const TABLES: usize = 16;

/// How many spans are put into columns together, of a head of so many.
pub(crate) fn table_rows(head_rows: usize) -> usize {
    (head_rows / TABLES).clamp(1, TABLE_ROWS_MAX)
}

/// So many blocks of requests are put together whatever they hold.
const BLOCKS_MAX: usize = 64;

/// The rows that are in no segment.
#[derive(Debug, Clone)]
pub(crate) struct Head<B: SignalBatch = Batch> {
    /// Those that are in columns.
    tables: Vec<Arc<SortedTable>>,
    /// Newer ones, which are being put into columns.
    moving: Vec<Arc<Block<B>>>,
    /// The newest.
    blocks: Vec<Arc<Block<B>>>,
    rows: usize,
    /// When the first of the spans came.
    since: Option<Instant>,
    arrived: Arrival,
}

/// When the first and the last of some spans arrived, in nanoseconds since the Unix epoch by the
/// clock of this machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival(pub(crate) u64, pub(crate) u64);

impl Default for Arrival {
    /// That of no spans.
    fn default() -> Self {
        Self(u64::MAX, 0)
    }
}

impl Arrival {
    /// That of the spans of both.
    pub(crate) fn unite(&mut self, other: Self) {
        self.0 = self.0.min(other.0);
        self.1 = self.1.max(other.1);
    }
}

impl<B: SignalBatch> Default for Head<B> {
    /// That of no rows.
    fn default() -> Self {
        Self {
            tables: Vec::new(),
            moving: Vec::new(),
            blocks: Vec::new(),
            rows: 0,
            since: None,
            arrived: Arrival::default(),
        }
    }
}

impl<B: SignalBatch> Head<B> {
    /// Adds rows of a batch, which are newer than all others.
    pub(crate) fn push(&mut self, arrived: &Arrived<B>) {
        if arrived.rows.is_empty() {
            return;
        }
        self.rows += arrived.rows.len();
        self.since.get_or_insert_with(Instant::now);
        let at = nanos(arrived.at);
        self.arrived.unite(Arrival(at, at));
        for rows in arrived.rows.chunks(TABLE_ROWS_MAX) {
            self.blocks.push(Arc::new(Block::of(Arrived {
                batch: Arc::clone(&arrived.batch),
                rows: rows.to_vec(),
                ..*arrived
            })));
        }
        if self.blocks.len() >= BLOCKS_MAX {
            self.blocks = vec![Arc::new(Block::merge(&self.blocks))];
        }
    }

    /// The blocks that are to be put into columns, if there are enough; they stay where they are.
    pub(crate) fn begin_to_move(&mut self, table_rows: usize) -> Option<Vec<Arc<Block<B>>>> {
        if !self.moving.is_empty() || self.block_rows() < table_rows {
            return None;
        }
        self.moving = std::mem::take(&mut self.blocks);
        Some(self.moving.clone())
    }

    /// Puts tables in the place of the blocks that they were made of, unless those are gone.
    pub(crate) fn finish_to_move(
        &mut self,
        blocks: &[Arc<Block<B>>],
        tables: Vec<Arc<SortedTable>>,
    ) {
        let mut pairs = self.moving.iter().zip(blocks);
        if self.moving.len() == blocks.len() && pairs.all(|(one, other)| Arc::ptr_eq(one, other)) {
            self.moving.clear();
            self.tables.extend(tables);
        }
    }

    /// Puts in front what was taken away.
    pub(crate) fn put_back(&mut self, older: Self) {
        let mut whole = older;
        whole.rows += self.rows;
        whole.arrived.unite(self.arrived);
        whole.tables.append(&mut self.tables);
        let blocks = [
            &mut whole.moving,
            &mut whole.blocks,
            &mut self.moving,
            &mut self.blocks,
        ];
        let blocks = blocks.into_iter().flat_map(std::mem::take);
        whole.blocks = blocks.collect();
        *self = whole;
    }

    /// Those that are in columns, in the order in which they arrived.
    pub(crate) fn tables(&self) -> &[Arc<SortedTable>] {
        &self.tables
    }

    /// The others, which arrived later, in their order.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Arc<Block<B>>> {
        self.moving.iter().chain(&self.blocks)
    }

    /// How many spans there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many of them are neither in columns nor being put there.
    pub(crate) fn block_rows(&self) -> usize {
        self.blocks.iter().map(|block| block.len()).sum()
    }

    /// How much memory they take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let tables = self.tables.iter().map(|table| table.memory_len());
        let blocks = self.blocks().map(|block| block.memory_len());
        tables.chain(blocks).sum()
    }

    /// When the first of the spans came; `None` if there are none.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// When they arrived.
    pub(crate) fn arrived(&self) -> Arrival {
        self.arrived
    }
}
