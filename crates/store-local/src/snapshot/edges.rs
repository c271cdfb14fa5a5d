//! Who calls whom.
//!
//! A span whose parent lies in the same segment or block tells of a call by itself. Of the others the
//! parent is looked for in the segments before and after; what is still left waits until the rest of the
//! store has been looked through: for all of them at once.

mod calls;
mod table;
mod waiting;

use std::sync::Arc;

use clew_model::{TimeRange, Timestamp, TraceId};
use clew_store::{Answer, CallGraph, Edge, Edges, EdgesFold, Predicate, StoreError};

use super::Snapshot;
use super::results::CallsKey;
use super::scan::ROWS_PER_SPAN;
use super::sealed::{Damage, blocking};
use super::turns::Turn;
use crate::columns::Columnar;
use crate::error::DiskError;
use calls::Calls;
pub(super) use table::TableCalls;
use table::calls_of;
use waiting::{LookedAt, Waiting};

/// So many calls wait for their callers at once; if there are more, the store is looked through
/// once more for each so many.
const WAITING_MAX: u64 = 1 << 20;

/// The traces of so many calls are looked up in a segment sooner than all its ids are read.
const LOOKED_UP_MAX: usize = 4096;

/// The callers of more calls than those are looked for in what started so long before or after the time
/// that is asked for, and not in all that is stored: few calls wait for longer, and where callers are not
/// traced, each question would read the ids of all spans of all days.
const NEAR_NANOS: u64 = 3_600_000_000_000;

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
                add_all(calls.take_found(), &mut fold)?;
                memory.reach(calls.memory_len())?;
                turn.advance(block.len()).await?;
            }
            for place in 0..tables.len() {
                let of_table = self.calls_of(&tables, place, edges.time, &mut turn, &mut damage);
                let Some(of_table) = of_table.await? else {
                    continue;
                };
                if calls.is_first_round() {
                    add_all(of_table.edges(), &mut fold)?;
                }
                memory.reach(calls.memory_len() + of_table.memory_len())?;
                calls.add_left(of_table.left());
                memory.reach(calls.memory_len())?;
            }
            let waiting = calls.into_waiting();
            let (turn, damage) = (&mut turn, &mut damage);
            let unresolved = self
                .resolve(waiting, edges.time, &tables, turn, damage, &mut fold)
                .await?;
            fold.add_unresolved(unresolved);
        }
        Ok(damage.answer(fold.finish()))
    }

    /// The calls of the segment or block of this place, with the callers that are there and, since the
    /// spans of a trace come at about the same time, in those before and after it. `None` if it cannot be
    /// read.
    async fn calls_of(
        &self,
        tables: &[Arc<dyn Columnar>],
        place: usize,
        time: TimeRange,
        turn: &mut Turn<'_>,
        damage: &mut Damage,
    ) -> Result<Option<Arc<TableCalls>>, StoreError> {
        let table = &tables[place];
        let before = place.checked_sub(1).and_then(|place| tables.get(place));
        let neighbours = [before, tables.get(place + 1)];
        let key = CallsKey::new(&**table, neighbours, time);
        if let Some(known) = key.as_ref().and_then(|key| self.results.calls(key)) {
            return Ok(Some(known));
        }
        let mut unread = Damage::default();
        let looked_at = table.rows() as usize;
        let itself = Arc::clone(table);
        let waiting = blocking(move || calls_of(&*itself, time)).await?;
        turn.advance_by(looked_at, looked_at * COLUMNS / ROWS_PER_SPAN)
            .await?;
        let Some(mut waiting) = damage.note(waiting) else {
            return Ok(None);
        };
        let traces = waiting.traces();
        for neighbour in neighbours.into_iter().flatten() {
            waiting = look_up(waiting, neighbour, &traces, turn, &mut unread).await?;
        }
        let found = Arc::new(TableCalls::new(waiting));
        if unread.is_none()
            && let Some(key) = key
        {
            self.results.keep_calls(key, &found);
        }
        damage.add(unread);
        Ok(Some(found))
    }

    /// Looks for the callers of calls in all that the question is about, then in the rest. Returns for
    /// how many calls there is none.
    async fn resolve(
        &self,
        mut waiting: Waiting,
        time: TimeRange,
        tables: &[Arc<dyn Columnar>],
        turn: &mut Turn<'_>,
        damage: &mut Damage,
        fold: &mut EdgesFold<'_>,
    ) -> Result<u64, StoreError> {
        for block in &self.blocks {
            if waiting.left() == 0 {
                break;
            }
            waiting.look_through_block(block);
            add_all(waiting.take_found(), fold)?;
            turn.advance(block.len()).await?;
        }
        let is_known = |table: &Arc<dyn Columnar>| tables.iter().any(|it| Arc::ptr_eq(it, table));
        let others = self.tables.iter().filter(|table| !is_known(table));
        let near_time = around(time);
        let mut few = None;
        for table in tables.iter().chain(others) {
            if few.is_none() && waiting.left() <= LOOKED_UP_MAX {
                few = Some(waiting.traces());
            }
            waiting = match &few {
                Some(traces) => look_up(waiting, table, traces, turn, damage).await?,
                None if table.summary().has_starts_in(near_time) => {
                    look(waiting, table, Waiting::look_through, turn, damage).await?
                }
                None => waiting,
            };
            add_all(waiting.take_found(), fold)?;
        }
        Ok(waiting.unresolved())
    }
}

fn add_all(found: impl Iterator<Item = Edge>, fold: &mut EdgesFold<'_>) -> Result<(), StoreError> {
    let mut found = found;
    found.try_for_each(|edge| fold.add(edge))
}

/// This time, and what is near to it.
fn around(time: TimeRange) -> TimeRange {
    let (start, end) = (time.start.unix_nanos(), time.end.unix_nanos());
    TimeRange {
        start: Timestamp::from_unix_nanos(start.saturating_sub(NEAR_NANOS)),
        end: Timestamp::from_unix_nanos(end.saturating_add(NEAR_NANOS)),
    }
}

/// Looks in these traces for the callers that are in the table, unless none is missing.
async fn look_up(
    waiting: Waiting,
    table: &Arc<dyn Columnar>,
    traces: &Arc<[TraceId]>,
    turn: &mut Turn<'_>,
    damage: &mut Damage,
) -> Result<Waiting, StoreError> {
    let traces = Arc::clone(traces);
    let way = move |waiting: &mut Waiting, table: &dyn Columnar| waiting.look_up(table, &traces);
    look(waiting, table, way, turn, damage).await
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
