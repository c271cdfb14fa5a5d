//! Who calls whom, trace by trace.
//!
//! Most traces lie in one segment, where their spans are side by side: those are looked at as they
//! come. The others are put together from everywhere.

use std::collections::HashSet;
use std::sync::Arc;

use clew_model::{SpanRef, TimeRange, TraceId};
use clew_store::{AttributeScope, Edges, EdgesFold, Field, Held, StoreError};

use super::Snapshot;
use super::merge::{Doubles, SealedTrace, find_sealed};
use super::sealed::{Damage, Wanted, blocking, read};
use super::turns::Turn;
use crate::columns::{Columnar, Projection, Rows};
use crate::head::Block;

/// A look at all traces on its way.
pub(super) struct EdgesScan<'a> {
    snapshot: &'a Snapshot,
    fold: EdgesFold<'a>,
    /// Traces that were put together from everywhere.
    done: HashSet<TraceId>,
}

impl<'a> EdgesScan<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, edges: &'a Edges) -> Self {
        Self {
            snapshot,
            fold: EdgesFold::new(edges, &snapshot.context),
            done: HashSet::new(),
        }
    }

    pub(super) fn finish(self) -> EdgesFold<'a> {
        self.fold
    }

    /// Looks at the traces that have spans in segments that may have started in the range.
    pub(super) async fn look_at_segments(
        &mut self,
        time: TimeRange,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        let wanted = Wanted {
            time,
            service: None,
            arrived: None,
        };
        let projection = projection();
        let tables = &self.snapshot.tables;
        for table in tables.iter().filter(|it| wanted.may_be_in(&***it)) {
            let mut from = 0;
            while from < table.rows() {
                let Some(rows) = damage.note(read(table, from..table.rows(), &projection).await?)
                else {
                    break;
                };
                from += u32::try_from(rows.len()).unwrap_or(u32::MAX);
                turn.advance(rows.len()).await?;
                for id in self.look_at_rows(table, &rows, damage).await? {
                    self.look_at_split(id, turn, damage).await?;
                }
            }
        }
        Ok(())
    }

    /// Looks at the traces of these rows; gives back those that may have spans elsewhere.
    async fn look_at_rows(
        &mut self,
        table: &Arc<dyn Columnar>,
        rows: &Rows,
        damage: &mut Damage,
    ) -> Result<Vec<TraceId>, StoreError> {
        let ids = rows.trace_ids();
        let (first, last) = (ids.first().copied(), ids.last().copied());
        let others: Vec<Arc<dyn Columnar>> = self
            .snapshot
            .tables
            .iter()
            .filter(|other| !Arc::ptr_eq(other, table))
            .cloned()
            .collect();
        let elsewhere = blocking(move || are_in(&ids, &others)).await?;
        let elsewhere = damage.note(elsewhere).unwrap_or_default();
        let spans: Vec<SpanRef<'_>> = rows.iter().map(|(span, _)| span).collect();
        let mut split = Vec::new();
        for trace in spans.chunk_by(|one, next| one.trace_id() == next.trace_id()) {
            let id = trace[0].trace_id();
            // The rows before these, and after them, may have more of it.
            let is_at_an_end = Some(id) == first || Some(id) == last;
            if is_at_an_end || elsewhere.contains(&id) || self.is_in_blocks(id) {
                split.push(id);
            } else {
                self.fold.add_trace(trace)?;
            }
        }
        Ok(split)
    }

    fn is_in_blocks(&self, id: TraceId) -> bool {
        let mut blocks = self.snapshot.blocks.iter();
        blocks.any(|block| !block.rows_of(id).is_empty())
    }

    /// Looks at the traces of the blocks, as far as that was not done yet.
    pub(super) async fn look_at_blocks(
        &mut self,
        time: TimeRange,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        for id in self.traces_in(time)? {
            self.look_at_split(id, turn, damage).await?;
        }
        Ok(())
    }

    /// The traces with a span in a block that may have started in the range.
    fn traces_in(&self, time: TimeRange) -> Result<Vec<TraceId>, StoreError> {
        let mut ids = Vec::new();
        for block in &self.snapshot.blocks {
            let starts = block.starts();
            if starts.start <= time.end && starts.end >= time.start {
                let before = ids.len();
                ids.extend(block.traces());
                let bytes = (ids.len() - before) * size_of::<TraceId>();
                self.snapshot.context.take(bytes)?;
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Puts the trace together from everywhere and looks at it, unless that was done.
    async fn look_at_split(
        &mut self,
        id: TraceId,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<(), StoreError> {
        if self.done.contains(&id) {
            return Ok(());
        }
        self.snapshot.context.take(size_of::<TraceId>())?;
        self.done.insert(id);
        let whole = WholeTrace::read(self.snapshot, id, damage).await?;
        let looked_at = {
            let spans = whole.spans();
            self.fold.add_trace(&spans)?;
            spans.len() + self.snapshot.blocks.len()
        };
        turn.advance(looked_at).await
    }
}

/// What is looked at of a span.
fn projection() -> Arc<Projection> {
    let keys = Edges::attribute_keys();
    let fields = keys.map(|key| Field::attribute(AttributeScope::Span, key));
    Arc::new(fields.fold(Projection::default(), |projection, field| {
        projection.with_field(&field)
    }))
}

/// Those of the traces that may be in any of the segments.
fn are_in(
    ids: &[TraceId],
    tables: &[Arc<dyn Columnar>],
) -> Result<HashSet<TraceId>, crate::error::DiskError> {
    let mut found = HashSet::new();
    for table in tables {
        for &id in ids {
            if table.may_have(id)? {
                found.insert(id);
            }
        }
    }
    Ok(found)
}

/// All spans of one trace, in memory.
struct WholeTrace<'a> {
    id: TraceId,
    blocks: &'a [Arc<Block>],
    sealed: Vec<Rows>,
    _memory: Held,
}

impl<'a> WholeTrace<'a> {
    async fn read(
        snapshot: &'a Snapshot,
        id: TraceId,
        damage: &mut Damage,
    ) -> Result<Self, StoreError> {
        let mut memory = snapshot.context.hold();
        let mut sealed = Vec::new();
        // Whole, since spans that are alike are told apart by all that they say.
        let projection = Arc::new(Projection::ALL);
        let mut found = find_sealed(vec![id], &snapshot.tables, &projection, damage).await?;
        for SealedTrace {
            table,
            mut rows,
            first,
        } in found.remove(&id).unwrap_or_default()
        {
            let mut next = match first {
                Some(first) => Some(first),
                None => damage.note(read(&table, rows.clone(), &projection).await?),
            };
            while let Some(now) = next.take() {
                memory.grow(now.memory_len())?;
                rows.start += u32::try_from(now.len()).unwrap_or(u32::MAX);
                sealed.push(now);
                if rows.start < rows.end {
                    next = damage.note(read(&table, rows.clone(), &projection).await?);
                }
            }
        }
        Ok(Self {
            id,
            blocks: &snapshot.blocks,
            sealed,
            _memory: memory,
        })
    }

    fn spans(&self) -> Vec<SpanRef<'_>> {
        let of_blocks = self.blocks.iter().flat_map(|block| {
            let rows = block.rows_of(self.id);
            rows.map(|row| (block.span(row), block.position(row)))
        });
        let sealed = self.sealed.iter().flat_map(Rows::iter);
        let mut spans: Vec<_> = sealed.chain(of_blocks).collect();
        spans.sort_by_key(|(span, position)| (span.start(), span.span_id(), *position));
        let mut doubles = Doubles::default();
        spans.retain(|(span, _)| {
            doubles.go_to((span.start(), span.span_id()));
            !doubles.is_double(*span)
        });
        spans.into_iter().map(|(span, _)| span).collect()
    }
}
