//! The five questions, answered from blocks.

use std::sync::Arc;

use async_trait::async_trait;
use clew_model::{SpanRef, TimeRange, TraceId};
use clew_store::{
    Aggregate, AggregateFold, Answer, CallGraph, Candidate, Columns, Cursor, Edges, EdgesFold,
    Field, Parts, Position, Predicate, QueryContext, Scalar, Scan, Series, StoreError, TopValues,
    TraceKey, TraceSink, TraceSnapshot, Values, ValuesFold, ValuesOf,
};

use super::block::Block;
use super::merge::TraceSpans;
use super::scan::{Scanner, required_service};
use super::turns::{Turn, Turns};

/// What was in memory at one moment.
#[derive(Debug)]
pub(crate) struct HeadSnapshot {
    blocks: Vec<Arc<Block>>,
    end: Position,
    context: QueryContext,
    turns: Arc<Turns>,
}

impl HeadSnapshot {
    pub(super) fn new(
        blocks: Vec<Arc<Block>>,
        end: Position,
        context: QueryContext,
        turns: Arc<Turns>,
    ) -> Self {
        Self {
            blocks,
            end,
            context,
            turns,
        }
    }

    async fn turn(&self) -> Result<Turn<'_>, StoreError> {
        Turn::wait(&self.turns, &self.context).await
    }

    /// Shows each span that started in the range, and of which the predicate may hold.
    async fn for_each(
        &self,
        time: TimeRange,
        predicate: &Predicate,
        mut see: impl FnMut(SpanRef<'_>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let service = required_service(std::slice::from_ref(predicate));
        let mut turn = self.turn().await?;
        for block in &self.blocks {
            let mut rows = block.newest(time, service);
            while !rows.is_empty() {
                let (now, later) = rows.split_at(turn.left().min(rows.len()));
                for &row in now {
                    see(block.span(row))?;
                }
                turn.advance(now.len()).await?;
                rows = later;
            }
        }
        Ok(())
    }

    /// The traces with a span that may have started in the range.
    fn traces_in(&self, time: TimeRange) -> Result<Vec<TraceId>, StoreError> {
        let mut ids = Vec::new();
        for block in &self.blocks {
            let starts = block.starts();
            if starts.start <= time.end && starts.end >= time.start {
                let before = ids.len();
                ids.extend(block.traces());
                self.context
                    .take((ids.len() - before) * size_of::<TraceId>())?;
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Hands the trace to the sink; whether it takes more.
    async fn load_one(
        &self,
        id: TraceId,
        columns: &Columns,
        sink: &mut dyn TraceSink,
        turn: &mut Turn<'_>,
    ) -> Result<bool, StoreError> {
        // To look into a block costs about as much as to look at a span.
        turn.advance(self.blocks.len()).await?;
        let mut parts = Parts::new(id, *columns, &self.context);
        for span in TraceSpans::new(&self.blocks, id) {
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
impl TraceSnapshot for HeadSnapshot {
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
        let scanner = Scanner::new(scan, after, limit, &self.context);
        let candidates = scanner.run(&self.blocks, &self.turns).await?;
        Ok(Answer::complete(candidates))
    }

    async fn load(
        &self,
        traces: &[TraceKey],
        columns: &Columns,
        sink: &mut dyn TraceSink,
    ) -> Result<Answer<()>, StoreError> {
        let mut turn = self.turn().await?;
        for key in traces {
            if !self.load_one(key.id, columns, sink, &mut turn).await? {
                break;
            }
        }
        Ok(Answer::complete(()))
    }

    async fn aggregate(&self, aggregate: &Aggregate) -> Result<Answer<Vec<Series>>, StoreError> {
        let mut fold = AggregateFold::new(aggregate, &self.context);
        self.for_each(aggregate.time, &aggregate.spans, |span| fold.add(span))
            .await?;
        Ok(Answer::complete(fold.finish()))
    }

    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError> {
        let mut fold = ValuesFold::new(values, &self.context);
        if asks_for_all_services(values) {
            let mut turn = self.turn().await?;
            for block in &self.blocks {
                for (name, spans) in block.services() {
                    fold.add_count(Scalar::from(name), spans as u64)?;
                }
                turn.advance(1).await?;
            }
        } else {
            self.for_each(values.time, &values.spans, |span| fold.add(span))
                .await?;
        }
        Ok(Answer::complete(fold.finish()))
    }

    async fn edges(&self, edges: &Edges) -> Result<Answer<CallGraph>, StoreError> {
        let mut turn = self.turn().await?;
        let mut fold = EdgesFold::new(edges, &self.context);
        for id in self.traces_in(edges.time)? {
            let looked_at = {
                let spans: Vec<_> = TraceSpans::new(&self.blocks, id).collect();
                let mut memory = self.context.hold();
                memory.grow(size_of_val(&*spans))?;
                fold.add_trace(&spans)?;
                self.blocks.len() + spans.len()
            };
            turn.advance(looked_at).await?;
        }
        Ok(Answer::complete(fold.finish()))
    }
}

/// Whether the blocks know the answer without a look at their spans.
fn asks_for_all_services(values: &Values) -> bool {
    values.time == TimeRange::ALL
        && values.of == ValuesOf::Field(Field::service())
        && matches!(&values.spans, Predicate::All(all) if all.is_empty())
}
