//! The newest spans of the store, in memory: a list of immutable blocks.
//!
//! A snapshot is a copy of that list, so that no query waits for an append, and no append for a
//! query. Whoever appends builds a block of what is new; small ones are put together, so that there
//! are few to look into.

mod block;
mod fingerprints;
mod merge;
mod resources;
mod scan;
mod snapshot;
mod turns;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clew_model::Batch;
use clew_store::{Position, QueryContext};

use block::{Arrived, Block};
use fingerprints::Fingerprints;
use snapshot::HeadSnapshot;
use turns::Turns;

/// Blocks of fewer rows are put together when there are enough of them: a trace is looked up in
/// every block, and a block of this size is sorted in a few milliseconds.
const BLOCK_ROWS: usize = 16 << 10;

/// So many small blocks are put together whatever they hold.
const SMALL_BLOCKS_MAX: usize = 64;

/// All spans of the store.
#[derive(Debug)]
pub(crate) struct Head {
    /// Held by whoever appends, for as long as it takes.
    writer: Mutex<Writer>,
    /// Held only to look at the list or to change it.
    state: Mutex<State>,
    turns: Arc<Turns>,
}

#[derive(Debug, Default)]
struct Writer {
    fingerprints: Fingerprints,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// Blocks of at least [`BLOCK_ROWS`].
    large: Vec<Arc<Block>>,
    /// The others, which are newer.
    small: Vec<Arc<Block>>,
    end: Position,
}

impl Head {
    pub(crate) fn new() -> Self {
        Self {
            writer: Mutex::default(),
            state: Mutex::default(),
            turns: Arc::new(Turns::of_this_machine()),
        }
    }

    /// Takes the spans that are not there yet: the next snapshot has them.
    pub(crate) fn append(&self, batch: Batch) -> Position {
        // Nothing that panics leaves this half done: the blocks change in one step, at the end. A
        // fingerprint that was taken by then keeps its span from being kept twice, which it was not.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let new = writer.fingerprints.new_spans(&batch);
        let State {
            mut large,
            mut small,
            end: position,
        } = self.state().clone();
        let batch = Arc::new(batch);
        for rows in new.chunks(BLOCK_ROWS) {
            let block = Arc::new(Block::of(Arrived {
                batch: Arc::clone(&batch),
                position,
                rows: rows.to_vec(),
            }));
            if block.len() >= BLOCK_ROWS {
                large.push(block);
            } else {
                small.push(block);
            }
        }
        if is_worth_merging(&small) {
            let merged = Arc::new(Block::merge(&small));
            small.clear();
            if merged.len() >= BLOCK_ROWS {
                large.push(merged);
            } else {
                small.push(merged);
            }
        }
        *self.state() = State {
            large,
            small,
            end: position.next(),
        };
        position
    }

    pub(crate) fn snapshot(&self, context: QueryContext) -> HeadSnapshot {
        let state = self.state().clone();
        let blocks = state.large.into_iter().chain(state.small).collect();
        HeadSnapshot::new(blocks, state.end, context, Arc::clone(&self.turns))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_worth_merging(small: &[Arc<Block>]) -> bool {
    let rows: usize = small.iter().map(|block| block.len()).sum();
    small.len() >= SMALL_BLOCKS_MAX || rows >= BLOCK_ROWS
}
