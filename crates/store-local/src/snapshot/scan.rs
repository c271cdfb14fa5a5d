//! Which traces come first, found without looking at all spans where the order allows that.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use clew_model::TraceId;
use clew_store::{
    Candidate, Comparison, Cursor, Field, Found, Intrinsic, Order, OrderKey, Predicate,
    QueryContext, Scalar, Scan, StoreError,
};

use super::sealed::{Damage, Wanted};
use crate::columns::{ColumnScan, Columnar, Stretch};
use crate::head::Block;

/// A scan on its way through the spans.
///
/// The spans are in runs: the rows of a block, in the order of the scan, and the stretches of
/// segments, whose best span is known. The run whose next span may be the best comes next. Once as
/// many traces are found as were asked for, and all runs can only have worse ones, nothing that
/// would follow matters.
pub(super) struct Scanner {
    scan: Scan,
    after: Option<Cursor>,
    limit: usize,
    context: QueryContext,
    runs: Vec<Run>,
    /// The runs that have more, by the rank of what is next in them.
    next: BinaryHeap<Reverse<(u64, usize)>>,
    found: HashMap<TraceId, Found>,
    /// The best of the traces after the cursor, as many as were asked for.
    best: BTreeSet<(u64, TraceId)>,
    damage: Damage,
}

/// What came of a look.
#[derive(Debug, Default)]
pub(super) struct LookedAt {
    pub(super) spans: usize,
    /// It took as long as to look at so many spans one by one.
    pub(super) cost: usize,
    /// Whether there are more that matter.
    pub(super) has_more: bool,
}

/// How many rows of a segment are looked at, by their codes, in the time of one span.
pub(super) const ROWS_PER_SPAN: usize = 32;

enum Run {
    Block(BlockRun),
    Stretch {
        table: usize,
        stretch: Stretch,
    },
    /// What is needed to look at the stretches of a segment, once one is looked at.
    Table {
        table: Arc<dyn Columnar>,
        scan: Option<ColumnScan>,
        is_unreadable: bool,
    },
}

impl Scanner {
    pub(super) fn new(
        scan: &Scan,
        after: Option<&Cursor>,
        limit: usize,
        context: &QueryContext,
        damage: Damage,
    ) -> Self {
        Self {
            scan: scan.clone(),
            after: after.copied(),
            limit,
            context: context.clone(),
            runs: Vec::new(),
            next: BinaryHeap::new(),
            found: HashMap::new(),
            best: BTreeSet::new(),
            damage,
        }
    }

    /// Adds what there is to look at.
    pub(super) fn add_runs(&mut self, blocks: &[Arc<Block>], tables: &[Arc<dyn Columnar>]) {
        for block in blocks {
            if let Some(run) = BlockRun::new(block, &self.scan) {
                self.add_run(run.rank, Run::Block(run));
            }
        }
        let service = required_service(&self.scan.spans).map(ToOwned::to_owned);
        for table in tables {
            let wanted = Wanted {
                time: self.scan.time,
                service: service.as_deref(),
                arrived: self.scan.arrived.as_ref(),
            };
            if !wanted.may_be_in(&**table) {
                continue;
            }
            let number = self.runs.len();
            self.runs.push(Run::Table {
                table: Arc::clone(table),
                scan: None,
                is_unreadable: false,
            });
            for stretch in table.stretches(&self.scan) {
                let run = Run::Stretch {
                    table: number,
                    stretch: stretch.clone(),
                };
                self.add_run(rank(self.scan.order, stretch.best), run);
            }
        }
    }

    fn add_run(&mut self, rank: u64, run: Run) {
        self.next.push(Reverse((rank, self.runs.len())));
        self.runs.push(run);
    }

    /// Looks at spans for as long as it takes to look at so many one by one.
    pub(super) fn look_at(&mut self, spans: usize) -> Result<LookedAt, StoreError> {
        let mut looked_at = LookedAt::default();
        while let Some(Reverse((rank, number))) = self.next.pop() {
            if self.is_decided(rank) {
                return Ok(looked_at);
            }
            // The others come no earlier than this.
            let until = self
                .next
                .peek()
                .map_or(u64::MAX, |Reverse((rank, _))| *rank);
            match &self.runs[number] {
                Run::Block(_) => {
                    let rows = self.look_at_block(number, until, spans)?;
                    looked_at.spans += rows;
                    looked_at.cost += rows;
                }
                Run::Stretch { table, stretch } => {
                    let (table, stretch) = (*table, stretch.clone());
                    looked_at.spans += stretch.rows.len();
                    looked_at.cost += stretch.rows.len() / ROWS_PER_SPAN;
                    self.look_at_stretch(table, &stretch)?;
                }
                Run::Table { .. } => {}
            }
            if looked_at.cost >= spans {
                looked_at.has_more = !self.next.is_empty();
                break;
            }
        }
        Ok(looked_at)
    }

    /// Whether what has this rank, or a later one, can be none of the traces that are asked for.
    fn is_decided(&self, rank: u64) -> bool {
        self.worst().is_some_and(|worst| rank > worst)
    }

    /// The rank of the last trace that is asked for, once so many are found.
    fn worst(&self) -> Option<u64> {
        let is_full = self.decides_alone() && self.best.len() == self.limit;
        is_full.then(|| self.best.last().map(|(rank, _)| *rank))?
    }

    /// Whether a single predicate says which traces were asked for.
    fn decides_alone(&self) -> bool {
        self.scan.spans.len() <= 1
    }

    /// Looks at the rows of a block that come no later than this rank; how many they were.
    fn look_at_block(
        &mut self,
        number: usize,
        until: u64,
        spans: usize,
    ) -> Result<usize, StoreError> {
        let mut looked_at = 0;
        loop {
            let Run::Block(run) = &self.runs[number] else {
                return Ok(looked_at);
            };
            let Some(row) = run.row() else {
                return Ok(looked_at);
            };
            if run.rank > until || looked_at >= spans || self.is_decided(run.rank) {
                self.next.push(Reverse((run.rank, number)));
                return Ok(looked_at);
            }
            let block = Arc::clone(&run.block);
            let position = block.position(row);
            let arrived = self.scan.arrived.as_ref();
            if arrived.is_none_or(|range| range.contains(&position)) {
                let span = block.span(row);
                let id = span.trace_id();
                if let Some(found) = self.scan.find(span) {
                    self.add(id, &found)?;
                }
            }
            looked_at += 1;
            if let Run::Block(run) = &mut self.runs[number] {
                run.advance(self.scan.order);
            }
        }
    }

    fn look_at_stretch(&mut self, number: usize, stretch: &Stretch) -> Result<(), StoreError> {
        // What is as good as the last one is looked at too: the ids decide between them. After a
        // cursor nothing can be left out, since a trace that counts now may turn out to be before it.
        let worst = self.worst().filter(|_| self.after.is_none());
        let worst = worst.and_then(|worst| key_after(self.scan.order, worst));
        let Run::Table {
            table,
            scan,
            is_unreadable,
        } = &mut self.runs[number]
        else {
            return Ok(());
        };
        if *is_unreadable {
            return Ok(());
        }
        let mut look = || {
            let ready = match scan {
                Some(ready) => ready,
                None => scan.insert(ColumnScan::new(&**table, &self.scan.spans)?),
            };
            if ready.is_never() {
                return Ok(Vec::new());
            }
            ready.look_at(&**table, stretch, &self.scan, worst)
        };
        let looked = look();
        let Some(rows) = self.damage.note(looked) else {
            *is_unreadable = true;
            return Ok(());
        };
        for row in rows {
            self.add(row.trace_id, &row.found)?;
        }
        Ok(())
    }

    fn add(&mut self, id: TraceId, found: &Found) -> Result<(), StoreError> {
        let order = self.scan.order;
        let (before, now) = match self.found.entry(id) {
            Entry::Occupied(mut known) => {
                let before = known.get().key();
                known.get_mut().merge(found, order);
                (Some(before), known.get().key())
            }
            Entry::Vacant(new) => {
                self.context.take(size_of::<(TraceId, Found)>())?;
                new.insert(*found);
                (None, found.key())
            }
        };
        if !self.decides_alone() || before == Some(now) {
            return Ok(());
        }
        if let Some(before) = before {
            self.best.remove(&(rank(order, before), id));
        }
        let is_after = |after: &Cursor| order.compare((now, id), (after.key, after.id)).is_gt();
        if self.after.as_ref().is_none_or(is_after) {
            self.best.insert((rank(order, now), id));
            if self.best.len() > self.limit {
                self.best.pop_last();
            }
        }
        Ok(())
    }

    /// The traces that were found, as many as were asked for, and what could not be read.
    pub(super) fn finish(self) -> (Vec<Candidate>, Damage) {
        let Self {
            scan, after, limit, ..
        } = &self;
        let candidates = self.found.iter();
        let candidates = candidates.filter_map(|(&id, found)| found.candidate(id, scan));
        let after = after.as_ref();
        let is_after = |it: &Candidate| after.is_none_or(|after| it.is_after(after, scan.order));
        let mut candidates: Vec<_> = candidates.filter(is_after).collect();
        candidates.sort_by(|one, other| one.compare(other, scan.order));
        candidates.truncate(*limit);
        (candidates, self.damage)
    }
}

/// The place of a key in the order: the least comes first.
fn rank(order: Order, key: OrderKey) -> u64 {
    match order {
        Order::Newest | Order::Slowest => u64::MAX - key.0,
        Order::Oldest => key.0,
    }
}

/// The key of the next rank, if there is one.
fn key_after(order: Order, rank: u64) -> Option<OrderKey> {
    let next = rank.checked_add(1)?;
    Some(OrderKey(match order {
        Order::Newest | Order::Slowest => u64::MAX - next,
        Order::Oldest => next,
    }))
}

/// The rows of a block in the order of a scan.
struct BlockRun {
    block: Arc<Block>,
    rows: Vec<u32>,
    /// How many of them were looked at.
    at: usize,
    /// The place of the next row in the order: the least comes first.
    rank: u64,
}

impl BlockRun {
    /// `None` if the block has nothing that the scan could ask for.
    fn new(block: &Arc<Block>, scan: &Scan) -> Option<Self> {
        let service = required_service(&scan.spans);
        let newest = block.newest(scan.time, service);
        if newest.is_empty() {
            return None;
        }
        let rows = match scan.order {
            Order::Newest => newest.to_vec(),
            Order::Oldest => newest.iter().rev().copied().collect(),
            Order::Slowest => block.slowest().to_vec(),
        };
        let mut run = Self {
            block: Arc::clone(block),
            rows,
            at: 0,
            rank: 0,
        };
        run.set_rank(scan.order);
        Some(run)
    }

    /// The row that is next, if there is one.
    fn row(&self) -> Option<u32> {
        self.rows.get(self.at).copied()
    }

    fn advance(&mut self, order: Order) {
        self.at += 1;
        self.set_rank(order);
    }

    fn set_rank(&mut self, order: Order) {
        if let Some(row) = self.row() {
            let key = match order {
                Order::Newest | Order::Oldest => OrderKey(self.block.start(row).unix_nanos()),
                Order::Slowest => order.key(self.block.span(row)),
            };
            self.rank = rank(order, key);
        }
    }
}

/// The service that every span must be of which any of the predicates holds, if there is one.
pub(super) fn required_service(predicates: &[Predicate]) -> Option<&str> {
    let (first, rest) = predicates.split_first()?;
    let service = service_of(first)?;
    let is_same = |other: &Predicate| service_of(other) == Some(service);
    rest.iter().all(is_same).then_some(service)
}

/// The trace that each must be of, if a predicate names it.
pub(super) fn required_trace(predicate: &Predicate) -> Option<TraceId> {
    match predicate {
        Predicate::Compare(field, Comparison::Equal, Scalar::TraceId(id))
            if *field == Field::from(Intrinsic::TraceId) =>
        {
            Some(*id)
        }
        Predicate::All(predicates) => predicates.iter().find_map(required_trace),
        _ => None,
    }
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
