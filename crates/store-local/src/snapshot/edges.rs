//! Who calls whom.
//!
//! A span whose parent lies in the same segment or block tells of a call by itself. The others wait
//! until the rest of the store has been looked through for their parents: for all of them at once.

mod calls;
mod waiting;

use std::sync::Arc;

use clew_store::{Answer, CallGraph, Edges, EdgesFold, Predicate, StoreError};

use super::Snapshot;
use super::scan::ROWS_PER_SPAN;
use super::sealed::{Damage, blocking};
use super::turns::Turn;
use crate::columns::Columnar;
use crate::error::DiskError;
use calls::Calls;
use waiting::{LookedAt, Waiting};

/// So many calls wait for their callers at once; if there are more, the store is looked through
/// once more for each so many.
const WAITING_MAX: u64 = 1 << 20;

/// The traces of so many calls are looked up in a segment sooner than all its ids are read.
const LOOKED_UP_MAX: usize = 4096;

/// To look at calls takes as long as to look at so many columns.
const COLUMNS: usize = 8;

impl Snapshot {
    pub(super) async fn find_calls(&self, edges: &Edges) -> Result<Answer<CallGraph>, StoreError> {
        let mut fold = EdgesFold::new(edges, &self.context);
        let mut damage = self.damage();
        let mut turn = self.turn().await?;
        let every = Predicate::TRUE;
        let mut tables: Vec<_> = self.tables_with(edges.time, &every).cloned().collect();
        // Neighbours have what arrived one after the other.
        tables.sort_by_key(|table| table.summary().positions);
        let in_blocks: usize = self.blocks.iter().map(|block| block.len()).sum();
        let in_tables: u64 = tables.iter().map(|table| table.parents_elsewhere()).sum();
        let rounds = (in_tables + in_blocks as u64) / WAITING_MAX + 1;
        for round in 0..rounds {
            let mut calls = Calls::new(edges.time, round, rounds);
            let mut memory = self.context.hold();
            for block in &self.blocks {
                calls.look_at_block(block);
                memory.reach(calls.memory_len())?;
                turn.advance(block.len()).await?;
            }
            for table in &tables {
                calls = look_at_table(calls, table, &mut turn, &mut damage).await?;
                memory.reach(calls.memory_len())?;
            }
            let (found, waiting) = calls.finish();
            for edge in found {
                fold.add(edge)?;
            }
            let waiting = self
                .resolve(waiting, &tables, &mut turn, &mut damage)
                .await?;
            let (found, unresolved) = waiting.finish();
            for edge in found {
                fold.add(edge)?;
            }
            fold.add_unresolved(unresolved);
        }
        Ok(damage.answer(fold.finish()))
    }

    /// Looks for the callers of calls: first where they most likely are, since the spans of a trace
    /// come at about the same time, then in all that the question is about, then in all the rest.
    async fn resolve(
        &self,
        mut waiting: Waiting,
        tables: &[Arc<dyn Columnar>],
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<Waiting, StoreError> {
        for block in &self.blocks {
            if waiting.left() == 0 {
                return Ok(waiting);
            }
            waiting.look_through_block(block);
            turn.advance(block.len()).await?;
        }
        for (place, table) in tables.iter().enumerate() {
            let near = move |waiting: &mut Waiting, table: &dyn Columnar| {
                waiting.look_up_near(table, place)
            };
            waiting = look(waiting, table, near, turn, damage).await?;
        }
        for table in tables {
            waiting = if waiting.left() <= LOOKED_UP_MAX {
                look(waiting, table, Waiting::look_up, turn, damage).await?
            } else {
                look(waiting, table, Waiting::look_through, turn, damage).await?
            };
        }
        let is_known = |table: &Arc<dyn Columnar>| tables.iter().any(|it| Arc::ptr_eq(it, table));
        for table in self.tables.iter().filter(|table| !is_known(table)) {
            waiting = look(waiting, table, Waiting::look_up, turn, damage).await?;
        }
        Ok(waiting)
    }
}

/// Looks in this way for the callers that are in the table, unless none is missing.
async fn look(
    mut waiting: Waiting,
    table: &Arc<dyn Columnar>,
    way: impl FnOnce(&mut Waiting, &dyn Columnar) -> Result<LookedAt, DiskError> + Send + 'static,
    turn: &mut Turn<'_>,
    damage: &mut Damage,
) -> Result<Waiting, StoreError> {
    if waiting.left() == 0 {
        return Ok(waiting);
    }
    let table = Arc::clone(table);
    let (waiting, looked) = blocking(move || {
        let looked = way(&mut waiting, &*table);
        (waiting, looked)
    })
    .await?;
    let LookedAt { spans, cost } = damage.note(looked).unwrap_or_default();
    // To open a segment takes a while, too.
    turn.advance_by(spans, cost + 1).await?;
    Ok(waiting)
}

async fn look_at_table(
    mut calls: Calls,
    table: &Arc<dyn Columnar>,
    turn: &mut Turn<'_>,
    damage: &mut Damage,
) -> Result<Calls, StoreError> {
    let looked_at = table.rows() as usize;
    let table = Arc::clone(table);
    let (calls, looked) = blocking(move || {
        let looked = calls.look_at_table(&*table);
        (calls, looked)
    })
    .await?;
    damage.note(looked);
    turn.advance_by(looked_at, looked_at * COLUMNS / ROWS_PER_SPAN)
        .await?;
    Ok(calls)
}
