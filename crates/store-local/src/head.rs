//! The newest spans of the store, in memory: a list of immutable blocks.
//!
//! A snapshot is a copy of that list, so that no query waits for an append, and no append for a
//! query. Whoever appends builds a block of what is new; small ones are put together, so that there
//! are few to look into.

mod block;
mod fingerprints;
mod resources;

use std::sync::Arc;
use std::time::Instant;

pub(crate) use block::{Arrived, Block};
pub(crate) use fingerprints::Fingerprints;

/// Blocks of fewer rows are put together when there are enough of them: a trace is looked up in
/// every block, and a block of this size is sorted in a few milliseconds.
const BLOCK_ROWS: usize = 16 << 10;

/// So many small blocks are put together whatever they hold.
const SMALL_BLOCKS_MAX: usize = 64;

/// The spans that are in no segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    /// Blocks of at least [`BLOCK_ROWS`].
    large: Vec<Arc<Block>>,
    /// The others, which are newer.
    small: Vec<Arc<Block>>,
    rows: usize,
    /// How much memory the batches take.
    bytes: usize,
    /// When the first of the spans came.
    since: Option<Instant>,
}

impl Head {
    /// Adds spans of a batch, which are newer than all others.
    pub(crate) fn push(&mut self, arrived: &Arrived) {
        if arrived.rows.is_empty() {
            return;
        }
        self.rows += arrived.rows.len();
        self.bytes += arrived.batch.bytes().len() + arrived.batch.entries_len();
        self.since.get_or_insert_with(Instant::now);
        for rows in arrived.rows.chunks(BLOCK_ROWS) {
            let block = Arc::new(Block::of(Arrived {
                batch: Arc::clone(&arrived.batch),
                rows: rows.to_vec(),
                ..*arrived
            }));
            self.push_block(block);
        }
        if self.is_worth_merging() {
            let merged = Arc::new(Block::merge(&self.small));
            self.small.clear();
            self.push_block(merged);
        }
    }

    fn push_block(&mut self, block: Arc<Block>) {
        if block.len() >= BLOCK_ROWS {
            self.large.push(block);
        } else {
            self.small.push(block);
        }
    }

    fn is_worth_merging(&self) -> bool {
        let rows: usize = self.small.iter().map(|block| block.len()).sum();
        self.small.len() >= SMALL_BLOCKS_MAX || rows >= BLOCK_ROWS
    }

    /// Puts blocks in front that were taken away.
    pub(crate) fn put_back(&mut self, mut blocks: Vec<Arc<Block>>) {
        self.rows += blocks.iter().map(|block| block.len()).sum::<usize>();
        self.since.get_or_insert_with(Instant::now);
        blocks.append(&mut self.large);
        self.large = blocks;
    }

    /// The blocks, in the order in which their spans arrived.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.large.iter().chain(&self.small)
    }

    /// How many spans there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How much memory they take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// When the first of the spans came; `None` if there are none.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }
}
