//! Which traces come first, found without looking at all spans where the order allows that.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use clew_model::{SpanRef, TraceId};
use clew_store::{
    Candidate, Comparison, Cursor, Field, Found, Order, OrderKey, Position, Predicate,
    QueryContext, Scalar, Scan, StoreError,
};

use super::turns::Turn;
use crate::head::Block;

/// A scan on its way through the spans.
///
/// It looks at segments first, and then at blocks in the order that it asks for. So the first span of a
/// trace that fits and is in a block says what the trace is ordered by, if no span in a segment says
/// better; and once enough traces are found, none that would come later matters.
pub(super) struct Scanner<'a> {
    scan: &'a Scan,
    after: Option<&'a Cursor>,
    limit: usize,
    context: &'a QueryContext,
    found: HashMap<TraceId, Seen>,
    /// How many of the traces that were found come after the cursor.
    found_after: usize,
    /// The key of the last trace that was asked for, once all are found.
    last_key: Option<OrderKey>,
}

/// A trace that was found.
struct Seen {
    found: Found,
    /// Whether a block has a span of it that fits.
    is_in_blocks: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(
        scan: &'a Scan,
        after: Option<&'a Cursor>,
        limit: usize,
        context: &'a QueryContext,
    ) -> Self {
        Self {
            scan,
            after,
            limit,
            context,
            found: HashMap::new(),
            found_after: 0,
            last_key: None,
        }
    }

    /// Looks at the spans of blocks until none of the others can be among the first.
    pub(super) async fn look_at_blocks(
        &mut self,
        blocks: &[Arc<Block>],
        turn: &mut Turn<'_>,
    ) -> Result<(), StoreError> {
        let runs = blocks.iter().filter_map(|block| Run::new(block, self.scan));
        let mut runs: Vec<Run<'_>> = runs.collect();
        let ranks = (0..).zip(&runs);
        let mut best: BinaryHeap<Reverse<(u64, usize)>> = ranks
            .map(|(number, run)| Reverse((run.rank, number)))
            .collect();
        while let Some(Reverse((_, number))) = best.pop() {
            // The others come no earlier than this.
            let until = best.peek().map_or(u64::MAX, |Reverse((rank, _))| *rank);
            let run = &mut runs[number];
            let mut looked_at = 0;
            let mut goes_on = true;
            while goes_on && run.rank <= until && looked_at < turn.left() {
                if self.look_at(run.block, run.row)? {
                    return Ok(());
                }
                looked_at += 1;
                goes_on = run.advance();
            }
            if goes_on {
                best.push(Reverse((run.rank, number)));
            }
            turn.advance(looked_at).await?;
        }
        Ok(())
    }

    /// Looks at a span of a segment, before the blocks.
    pub(super) fn look_at_sealed(
        &mut self,
        span: SpanRef<'_>,
        position: Position,
    ) -> Result<(), StoreError> {
        let arrived = self.scan.arrived.as_ref();
        if arrived.is_some_and(|range| !range.contains(&position)) {
            return Ok(());
        }
        match self.scan.find(span) {
            Some(found) => self.add(span.trace_id(), &found, false),
            None => Ok(()),
        }
    }

    /// Looks at a span; whether that was the last one that matters.
    fn look_at(&mut self, block: &Block, row: u32) -> Result<bool, StoreError> {
        let span = block.span(row);
        let key = self.scan.order.key(span);
        if self
            .last_key
            .is_some_and(|last| self.scan.order.is_before(last, key))
        {
            return Ok(true);
        }
        let arrived = self.scan.arrived.as_ref();
        if arrived.is_some_and(|range| !range.contains(&block.position(row))) {
            return Ok(false);
        }
        let id = span.trace_id();
        let is_decided = |seen: &Seen| seen.is_in_blocks;
        if self.decides_alone() && self.found.get(&id).is_some_and(is_decided) {
            return Ok(false);
        }
        if let Some(found) = self.scan.find(span) {
            self.add(id, &found, true)?;
        }
        Ok(false)
    }

    /// Whether a single predicate says which traces were asked for.
    fn decides_alone(&self) -> bool {
        self.scan.spans.len() <= 1
    }

    fn add(&mut self, id: TraceId, found: &Found, is_in_blocks: bool) -> Result<(), StoreError> {
        let order = self.scan.order;
        let is_counted = is_in_blocks && self.decides_alone();
        let (key, is_first_in_blocks) = match self.found.entry(id) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.found.merge(found, order);
                let was_in_blocks = std::mem::replace(&mut known.is_in_blocks, is_in_blocks);
                (known.found.key(), !was_in_blocks)
            }
            Entry::Vacant(new) => {
                self.context.take(size_of::<(TraceId, Seen)>())?;
                new.insert(Seen {
                    found: *found,
                    is_in_blocks,
                });
                (found.key(), true)
            }
        };
        let is_after = |after: &Cursor| order.compare((key, id), (after.key, after.id)).is_gt();
        if is_counted && is_first_in_blocks && self.after.is_none_or(is_after) {
            self.found_after += 1;
            if self.found_after == self.limit {
                // Of the blocks; of segments all is known.
                self.last_key = Some(found.key());
            }
        }
        Ok(())
    }

    /// The traces that were found, as many as were asked for.
    pub(super) fn finish(self) -> Vec<Candidate> {
        let Self {
            scan, after, limit, ..
        } = self;
        let candidates = self.found.iter();
        let candidates = candidates.filter_map(|(&id, seen)| seen.found.candidate(id, scan));
        let is_after = |it: &Candidate| after.is_none_or(|after| it.is_after(after, scan.order));
        let mut candidates: Vec<_> = candidates.filter(is_after).collect();
        candidates.sort_by(|one, other| one.compare(other, scan.order));
        candidates.truncate(limit);
        candidates
    }
}

/// The rows of a block in the order of a scan.
struct Run<'b> {
    block: &'b Block,
    rows: Rows<'b>,
    order: Order,
    /// The row that is next.
    row: u32,
    /// Its place in the order: the least comes first.
    rank: u64,
}

enum Rows<'b> {
    Forwards(std::slice::Iter<'b, u32>),
    Backwards(std::iter::Rev<std::slice::Iter<'b, u32>>),
}

impl<'b> Run<'b> {
    /// `None` if the block has nothing that the scan could ask for.
    fn new(block: &'b Block, scan: &Scan) -> Option<Self> {
        let service = required_service(&scan.spans);
        let rows = match scan.order {
            Order::Newest => Rows::Forwards(block.newest(scan.time, service).iter()),
            Order::Oldest => Rows::Backwards(block.newest(scan.time, service).iter().rev()),
            Order::Slowest if block.newest(scan.time, service).is_empty() => return None,
            Order::Slowest => Rows::Forwards(block.slowest().iter()),
        };
        let mut run = Self {
            block,
            rows,
            order: scan.order,
            row: 0,
            rank: 0,
        };
        run.advance().then_some(run)
    }

    /// Goes on to the next row, if there is one.
    fn advance(&mut self) -> bool {
        let next = match &mut self.rows {
            Rows::Forwards(rows) => rows.next(),
            Rows::Backwards(rows) => rows.next(),
        };
        let Some(&row) = next else { return false };
        self.row = row;
        self.rank = match self.order {
            Order::Newest => u64::MAX - self.block.start(row).unix_nanos(),
            Order::Oldest => self.block.start(row).unix_nanos(),
            Order::Slowest => u64::MAX - self.order.key(self.block.span(row)).0,
        };
        true
    }
}

/// The service that every span must be of which any of the predicates holds, if there is one.
pub(super) fn required_service(predicates: &[Predicate]) -> Option<&str> {
    let (first, rest) = predicates.split_first()?;
    let service = service_of(first)?;
    let is_same = |other: &Predicate| service_of(other) == Some(service);
    rest.iter().all(is_same).then_some(service)
}

fn service_of(predicate: &Predicate) -> Option<&str> {
    match predicate {
        Predicate::Compare(field, Comparison::Equal, Scalar::String(name))
            if *field == Field::service() =>
        {
            Some(name)
        }
        Predicate::All(predicates) => predicates.iter().find_map(service_of),
        _ => None,
    }
}
