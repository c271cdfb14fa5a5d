//! Spans that fit, one by one.

use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanRef, TimeRange};
use clew_store::{Predicate, StoreError};

use super::Snapshot;
use super::scan::{ROWS_PER_SPAN, required_service};
use super::sealed::{Damage, Selection, Wanted, blocking};
use super::turns::Turn;
use crate::batch::SignalBatch;
use crate::columns::{Columnar, Projection, ReadRows};
use crate::error::DiskError;

impl<B: SignalBatch> Snapshot<B> {
    /// The segments and blocks in columns that may have spans that started in the range, or log
    /// records that happened in it, and of which the predicate may hold.
    pub(super) fn tables_with<'s>(
        &'s self,
        time: TimeRange,
        predicate: &'s Predicate,
    ) -> impl Iterator<Item = &'s Arc<dyn Columnar>> + 's {
        let wanted = Wanted {
            time,
            service: required_service(std::slice::from_ref(predicate)),
            arrived: None,
        };
        let tables = self.tables.iter();
        tables.filter(move |table| wanted.may_be_in(&***table))
    }
}

impl Snapshot {
    /// Shows each span of the blocks that started in the range, and of which the predicate may hold.
    pub(super) async fn for_each_in_blocks(
        &self,
        time: TimeRange,
        predicate: &Predicate,
        turn: &mut Turn<'_>,
        see: &mut (impl FnMut(SpanRef<'_>) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError> {
        let service = required_service(std::slice::from_ref(predicate));
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
}

/// How many rows of a table are looked at by their columns at once.
const CHUNK_ROWS: u32 = 128 << 10;

/// A question that is put to the columns of a table, chunk by chunk.
pub(super) trait ColumnQuestion: Send + Sized + 'static {
    /// What the columns say of some rows.
    type Found: Send + 'static;

    /// Whether they say nothing of any.
    fn is_never(&self) -> bool;

    fn look_at(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<Self::Found, DiskError>;
}

/// A question on its way through a table.
pub(super) struct Chunks<Q> {
    table: Arc<dyn Columnar>,
    question: Q,
    /// The next row.
    at: u32,
}

impl<Q: ColumnQuestion> Chunks<Q> {
    /// `None` if the spans have to be looked at, one by one.
    pub(super) async fn new(
        table: &Arc<dyn Columnar>,
        make: impl FnOnce(&dyn Columnar) -> Result<Option<Q>, DiskError> + Send + 'static,
    ) -> Result<Result<Option<Self>, DiskError>, StoreError> {
        let table = Arc::clone(table);
        blocking(move || {
            let question = make(&*table)?;
            Ok(question.map(|question| Self {
                at: if question.is_never() { table.rows() } else { 0 },
                table,
                question,
            }))
        })
        .await
    }

    /// What the columns say of the next rows; `None` at the end, and after
    /// what cannot be read.
    pub(super) async fn next(
        mut self,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<Option<(Self, Q::Found)>, StoreError> {
        if self.at >= self.table.rows() {
            return Ok(None);
        }
        let rows = self.at..self.table.rows().min(self.at.saturating_add(CHUNK_ROWS));
        self.at = rows.end;
        let looked_at = rows.len();
        let (back, found) = blocking(move || {
            let found = self.question.look_at(&*self.table, &rows);
            (self, found)
        })
        .await?;
        turn.advance_by(looked_at, looked_at / ROWS_PER_SPAN)
            .await?;
        Ok(damage.note(found).map(|found| (back, found)))
    }
}

/// Shows the rows of the table of which the predicate holds, batch by batch; the time is not looked at.
pub(super) async fn for_each_in_table<R: ReadRows>(
    table: &Arc<dyn Columnar>,
    predicate: &Arc<Predicate>,
    projection: &Arc<Projection>,
    turn: &mut Turn<'_>,
    damage: &mut Damage,
    see: &mut (impl FnMut(&R) -> Result<(), StoreError> + Send),
) -> Result<(), StoreError> {
    let selection = Selection::<R>::new(table, predicate, projection).await?;
    let mut next = damage.note(selection);
    while let Some(selection) = next.take() {
        let Some((selection, selected)) = selection.next().await? else {
            break;
        };
        let Some((batches, looked_at)) = damage.note(selected) else {
            break;
        };
        let mut shown = 0;
        for rows in &batches {
            shown += rows.len();
            see(rows)?;
        }
        turn.advance_by(looked_at, shown + looked_at / ROWS_PER_SPAN)
            .await?;
        next = Some(selection);
    }
    Ok(())
}
