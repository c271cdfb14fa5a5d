//! What a store holds: the head, what is being sealed of it, and the segments.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use clew_model::Batch;
use clew_store::{Position, QueryContext};

use crate::batch::SignalBatch;
use crate::clock::Clock;
use crate::columns::Columnar;
use crate::head::{Arrived, Block, Fingerprints, Head, sorted_tables};
use crate::seal::OpenedSegments;
use crate::segment::Segment;
use crate::snapshot::{ResultCache, Snapshot, Turns};
use crate::table::SortedTable;

/// So many tables of spans may wait to be put into columns before those who append wait for it.
const TABLES_BEHIND_MAX: usize = 4;

/// A segment that is being written takes about such a part of what its spans do in memory.
const SEGMENT_PART: usize = 4;

/// All spans of a store, or all its log records.
#[derive(Debug)]
pub(crate) struct Contents<B: SignalBatch = Batch> {
    /// Held by whoever changes which spans there are, for as long as it takes.
    writer: Mutex<Fingerprints>,
    /// Held only to look at the lists or to change them.
    state: Mutex<State<B>>,
    turns: Arc<Turns>,
    results: Arc<ResultCache>,
    /// The position of the first batch that came since the store was opened: those before were known to
    /// another process.
    opened_at: AtomicU64,
    clock: Clock,
    /// How many rows are put into columns together.
    table_rows: usize,
}

#[derive(Debug, Clone)]
struct State<B: SignalBatch> {
    /// In the order in which their spans arrived.
    segments: Vec<Arc<Segment>>,
    lost: Vec<LostSegment>,
    /// A head that becomes a segment just now: newer than the segments, older than the head.
    sealing: Option<Head<B>>,
    head: Head<B>,
    end: Position,
}

/// A segment that cannot be opened: answers are about the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LostSegment {
    /// What names its file.
    pub(crate) number: u64,
    /// How many spans it has.
    pub(crate) rows: u32,
}

/// A head that nothing is added to any more, and that is not a segment yet.
#[derive(Debug)]
pub(crate) struct Frozen<B: SignalBatch = Batch> {
    pub(crate) head: Head<B>,
    /// The position after that of the last batch in it.
    pub(crate) end: Position,
}

/// How much is in the head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadSize {
    /// How many spans.
    pub(crate) rows: usize,
    /// How much memory they take, in bytes.
    pub(crate) bytes: usize,
    /// Whether many are not in columns yet.
    pub(crate) is_behind: bool,
    /// When the first of them came.
    pub(crate) since: Option<Instant>,
}

impl<B: SignalBatch> Contents<B> {
    /// A store with these segments, whose next batch has this position.
    pub(crate) fn new(
        opened: OpenedSegments,
        end: Position,
        clock: &Clock,
        table_rows: usize,
        turns: &Arc<Turns>,
        results: &Arc<ResultCache>,
    ) -> Self {
        Self {
            writer: Mutex::default(),
            state: Mutex::new(State {
                segments: opened.segments,
                lost: opened.lost,
                sealing: None,
                head: Head::default(),
                end,
            }),
            turns: Arc::clone(turns),
            results: Arc::clone(results),
            opened_at: AtomicU64::new(end.0),
            clock: clock.clone(),
            table_rows,
        }
    }

    /// Takes the spans that are not there yet: the next snapshot has them.
    pub(crate) fn append(&self, batch: B) -> Position {
        // Nothing that panics leaves this half done: the head changes in one step, at the end. A
        // fingerprint that was taken by then keeps its span from being kept twice, which it was not.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = writer.new_rows(&batch);
        let (mut head, position) = {
            let state = self.state();
            (state.head.clone(), state.end)
        };
        head.push(&Arrived {
            batch: Arc::new(batch),
            position,
            at: self.clock.now(),
            rows,
        });
        let mut state = self.state();
        state.head = head;
        state.end = position.next();
        position
    }

    /// What comes from now on is new: the log was replayed.
    pub(crate) fn begin(&self) {
        self.opened_at.store(self.state().end.0, Ordering::Relaxed);
    }

    /// Recognises the rows of this batch, which are in segments, if they are sent again.
    pub(crate) fn recognise(&self, batch: &B) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.new_rows(batch);
    }

    /// Takes all rows from now on, also those that say what others say.
    pub(crate) fn keep_all(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.switch_off();
    }

    /// Takes the head away to be sealed; its spans are found all the same. `None` if there are none,
    /// or some are being sealed already.
    pub(crate) fn freeze(&self) -> Option<Frozen<B>> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if state.sealing.is_some() {
            return None;
        }
        let head = std::mem::take(&mut state.head);
        state.sealing = Some(head.clone());
        Some(Frozen {
            head,
            end: state.end,
        })
    }

    /// Puts the frozen head back, since it cannot be sealed.
    pub(crate) fn thaw(&self) {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if let Some(older) = state.sealing.take() {
            state.head.put_back(older);
        }
    }

    /// The blocks that are to be put into columns, if there are enough.
    pub(crate) fn begin_to_move(&self) -> Option<Vec<Arc<Block<B>>>> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.state().head.begin_to_move(self.table_rows)
    }

    /// The spans of these blocks in columns.
    pub(crate) fn tables_of(&self, blocks: &[Arc<Block<B>>]) -> Vec<Arc<SortedTable>> {
        sorted_tables(blocks, self.table_rows)
    }

    /// Puts the spans of these blocks into columns.
    pub(crate) fn move_to_columns(&self, blocks: &[Arc<Block<B>>]) {
        let tables = self.tables_of(blocks);
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.state().head.finish_to_move(blocks, tables);
    }

    /// Drops the segments of which this is so; whoever holds a snapshot goes on with them.
    pub(crate) fn retire(&self, is_dropped: impl Fn(u64) -> bool) {
        let mut state = self.state();
        state
            .segments
            .retain(|segment| !is_dropped(segment.number()));
        state.lost.retain(|segment| !is_dropped(segment.number));
    }

    /// Puts the segment that was made of these in their place, in one step (Q1).
    pub(crate) fn merged(&self, sources: &[u64], merged: Arc<Segment>) {
        let mut state = self.state();
        let is_source = |segment: &Arc<Segment>| sources.contains(&segment.number());
        let first = state.segments.iter().position(is_source);
        state.segments.retain(|segment| !is_source(segment));
        let first = first.unwrap_or(state.segments.len());
        state.segments.insert(first, merged);
    }

    /// Puts the segments that were made of the frozen head in its place, in one step (Q1).
    pub(crate) fn sealed(&self, segments: Vec<Arc<Segment>>) {
        let mut state = self.state();
        state.segments.extend(segments);
        state.sealing = None;
    }

    /// How much memory the head takes, and the one that is being sealed with what is made of it.
    pub(crate) fn heads_bytes(&self) -> usize {
        let state = self.state();
        let sealing = state.sealing.as_ref().map_or(0, Head::bytes);
        state.head.bytes() + sealing + sealing / SEGMENT_PART
    }

    pub(crate) fn head_size(&self) -> HeadSize {
        let state = self.state();
        HeadSize {
            rows: state.head.rows(),
            bytes: state.head.bytes(),
            is_behind: state.head.block_rows() >= self.table_rows.saturating_mul(TABLES_BEHIND_MAX),
            since: state.head.since(),
        }
    }

    pub(crate) fn segments(&self) -> Vec<Arc<Segment>> {
        self.state().segments.clone()
    }

    /// What is there now.
    pub(crate) fn snapshot(&self, context: QueryContext) -> Snapshot<B> {
        let State {
            segments,
            lost,
            sealing,
            head,
            end,
        } = self.state().clone();
        let heads = [sealing.as_ref(), Some(&head)];
        let heads = || heads.into_iter().flatten();
        let segments = segments.into_iter().map(|it| it as Arc<dyn Columnar>);
        let of_heads = heads().flat_map(Head::tables).cloned();
        let tables = segments.chain(of_heads.map(|it| it as Arc<dyn Columnar>));
        let blocks = heads().flat_map(Head::blocks).cloned();
        let (tables, blocks) = (tables.collect(), blocks.collect());
        let lost = lost.iter().map(|segment| u64::from(segment.rows)).sum();
        Snapshot {
            tables,
            blocks,
            lost,
            end,
            opened_at: Position(self.opened_at.load(Ordering::Relaxed)),
            context,
            turns: Arc::clone(&self.turns),
            results: Arc::clone(&self.results),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
