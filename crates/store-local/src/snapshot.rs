//! The five questions about spans, and those about log records, answered from blocks and segments.

mod aggregate;
mod each;
mod edges;
mod logs;
mod merge;
mod packed;
mod results;
mod scan;
mod sealed;
mod turns;
mod values;

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use clew_model::{Batch, TraceId};
use clew_store::{
    Aggregate, Answer, CallGraph, Candidate, Columns, Cursor, Edges, Parts, Position, QueryContext,
    Scan, Series, StoreError, TopValues, TraceKey, TraceSink, TraceSnapshot, Values,
};

pub(crate) use results::ResultCache;
pub(crate) use turns::Turns;

use crate::batch::SignalBatch;
use crate::columns::{Columnar, Projection, Rows};
use crate::head::Block;
use merge::{SealedTrace, TraceSpans, find_sealed};
use scan::{LookedAt, Scanner};
use sealed::{Damage, blocking};
use turns::Turn;

/// How many traces are looked up together: those that lie side by side in a segment are read in one
/// go.
const LOADED_TOGETHER: usize = 20;

/// What there was at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot<B: SignalBatch = Batch> {
    /// Segments, and blocks of the head that are in columns.
    pub(crate) tables: Vec<Arc<dyn Columnar>>,
    /// Newer than those.
    pub(crate) blocks: Vec<Arc<Block<B>>>,
    /// How many rows are in segments that cannot be opened.
    pub(crate) lost: u64,
    pub(crate) end: Position,
    /// The position of the first batch that came since the store was opened.
    pub(crate) opened_at: Position,
    pub(crate) context: QueryContext,
    pub(crate) turns: Arc<Turns>,
    pub(crate) results: Arc<ResultCache>,
}

impl<B: SignalBatch> Snapshot<B> {
    /// What is known from the start to be missing in an answer.
    fn damage(&self) -> Damage {
        Damage::of_lost(self.lost, B::ROWS)
    }

    /// Waits for a turn, and has the blocks sorted that nobody has asked before.
    async fn turn(&self) -> Result<Turn<'_>, StoreError> {
        let turn = Turn::wait(&self.turns, &self.context).await?;
        if !self.blocks.iter().all(|block| block.is_sorted()) {
            let blocks = self.blocks.clone();
            blocking(move || blocks.iter().for_each(|block| block.sort())).await?;
        }
        Ok(turn)
    }
}

impl Snapshot {
    /// Hands the trace to the sink; whether it takes more.
    async fn load_one(
        &self,
        id: TraceId,
        sealed: Vec<SealedTrace>,
        (columns, projection): (&Columns, &Arc<Projection>),
        sink: &mut dyn TraceSink,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<bool, StoreError> {
        // To look into a block costs about as much as to look at a span.
        turn.advance(self.blocks.len()).await?;
        let mut parts = Parts::new(id, *columns, &self.context);
        let mut spans = TraceSpans::new(id, &self.blocks, sealed, projection, damage).await?;
        while let Some(span) = spans.span() {
            if let Some(part) = parts.push(span)? {
                // Nobody has to wait for a client that reads slowly.
                turn.rest();
                let taken = sink.take(part).await;
                turn.resume().await?;
                if taken.is_break() {
                    return Ok(false);
                }
            }
            turn.advance(1).await?;
            spans.advance(damage).await?;
        }
        let Some(last) = parts.finish() else {
            return Ok(true);
        };
        turn.rest();
        let taken = sink.take(last).await;
        turn.resume().await?;
        Ok(taken.is_continue())
    }
}

#[async_trait]
impl TraceSnapshot for Snapshot {
    fn end(&self) -> Position {
        self.end
    }

    async fn candidates(
        &self,
        scan: &Scan,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Answer<Vec<Candidate>>, StoreError> {
        scan.check()?;
        let mut scanner = Scanner::new(scan, after, limit, &self.context, self.damage());
        if limit > 0 {
            let mut turn = self.turn().await?;
            let (blocks, tables) = (self.blocks.clone(), self.tables.clone());
            scanner = blocking(move || {
                scanner.add_runs(&blocks, &tables);
                scanner
            })
            .await?;
            loop {
                let spans = turn.left();
                let (back, looked_at) = blocking(move || {
                    let looked_at = scanner.look_at(spans);
                    (scanner, looked_at)
                })
                .await?;
                scanner = back;
                let LookedAt {
                    spans,
                    cost,
                    has_more,
                } = looked_at?;
                turn.advance_by(spans, cost).await?;
                if !has_more {
                    break;
                }
            }
        }
        let (candidates, damage) = scanner.finish();
        Ok(damage.answer(candidates))
    }

    async fn load(
        &self,
        traces: &[TraceKey],
        columns: &Columns,
        sink: &mut dyn TraceSink,
    ) -> Result<Answer<()>, StoreError> {
        let mut turn = self.turn().await?;
        let mut damage = self.damage();
        let projection = Arc::new(Projection::of_columns(*columns));
        for keys in traces.chunks(LOADED_TOGETHER) {
            let ids = keys.iter().map(|key| key.id).collect();
            let mut sealed = find_sealed(ids, &self.tables, &projection, &mut damage).await?;
            let mut memory = self.context.hold();
            let traces = sealed.values().flatten();
            let firsts = traces.filter_map(|trace| trace.first.as_ref());
            memory.grow(firsts.map(Rows::memory_len).sum())?;
            turn.advance(self.tables.len()).await?;
            let mut loaded = HashSet::new();
            for key in keys {
                // One that is asked for again is looked up again.
                if !loaded.insert(key.id) {
                    let ids = vec![key.id];
                    let again = find_sealed(ids, &self.tables, &projection, &mut damage);
                    sealed.extend(again.await?);
                }
                let of_trace = sealed.remove(&key.id).unwrap_or_default();
                let how = (columns, &projection);
                if !self
                    .load_one(key.id, of_trace, how, sink, &mut turn, &mut damage)
                    .await?
                {
                    return Ok(damage.answer(()));
                }
            }
        }
        Ok(damage.answer(()))
    }

    async fn aggregate(&self, aggregate: &Aggregate) -> Result<Answer<Vec<Series>>, StoreError> {
        self.measure(aggregate).await
    }

    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError> {
        self.count_values(values).await
    }

    async fn edges(&self, edges: &Edges) -> Result<Answer<CallGraph>, StoreError> {
        self.find_calls(edges).await
    }
}
