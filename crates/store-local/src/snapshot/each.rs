//! Spans that fit, one by one.

use std::sync::Arc;

use clew_model::{SpanRef, TimeRange};
use clew_store::{Predicate, StoreError};

use super::Snapshot;
use super::scan::{ROWS_PER_SPAN, required_service};
use super::sealed::{Damage, Selection, Wanted};
use super::turns::Turn;
use crate::columns::{Columnar, Projection};

impl Snapshot {
    /// The segments and blocks in columns that may have spans that started in the range, and of
    /// which the predicate may hold.
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

/// Shows each span of the table of which the predicate holds; the time is not looked at.
pub(super) async fn for_each_in_table(
    table: &Arc<dyn Columnar>,
    predicate: &Arc<Predicate>,
    projection: &Arc<Projection>,
    turn: &mut Turn<'_>,
    damage: &mut Damage,
    see: &mut (impl FnMut(SpanRef<'_>) -> Result<(), StoreError> + Send),
) -> Result<(), StoreError> {
    let selection = Selection::new(table, predicate, projection).await?;
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
            for (span, _) in rows.iter() {
                see(span)?;
            }
        }
        turn.advance_by(looked_at, shown + looked_at / ROWS_PER_SPAN)
            .await?;
        next = Some(selection);
    }
    Ok(())
}
