//! Which log records come first, found without looking at all where the order allows that.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;
use std::sync::Arc;

use clew_model::{LogBatch, TimeRange, Timestamp};
use clew_store::{Held, LogOrder, LogPlace, LogScan, Position, QueryContext, StoreError};

use super::super::scan::{ROWS_PER_SPAN, required_service, required_trace};
use super::super::sealed::{Damage, Wanted};
use crate::columns::{ColumnKey, Columnar, Filter, Part, word};
use crate::error::DiskError;
use crate::head::Block;

/// So many rows of a block are looked at in one go: a few milliseconds.
const BLOCK_ROWS: usize = 8 << 10;

/// A log record that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundAt {
    pub(super) place: LogPlace,
    pub(super) source: Source,
    pub(super) row: u32,
}

/// Which block or table, by its number in the snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Block(usize),
    Table(usize),
}

/// How many rows were looked at, and how many it takes as long to look at one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LookedAt {
    pub(super) rows: usize,
    pub(super) cost: usize,
    /// Whether there are more that matter.
    pub(super) has_more: bool,
}

/// The place of a log record in the order of a scan: what is less comes first.
type Rank = [u64; 3];

/// What a place that was found takes in the tree that it is in.
const FOUND_BYTES: usize = 2 * (size_of::<Rank>() + size_of::<FoundAt>());

/// A scan on its way through the log records.
///
/// They are in runs, each of which is in the order of time: parts of blocks, and stretches of tables,
/// of which the first and the last time are known. The run that may have the best one comes next; once
/// as many are found as were asked for, and all runs can only have worse ones, the rest does not matter.
pub(super) struct Finder {
    scan: LogScan,
    after: Option<Rank>,
    limit: usize,
    tables: BTreeMap<usize, Table>,
    blocks: Vec<Arc<Block<LogBatch>>>,
    runs: Vec<(Source, Range<u32>)>,
    /// The runs that were not looked at, by the best rank that a log record of theirs can have.
    next: BinaryHeap<Reverse<(u64, usize)>>,
    found: BTreeMap<Rank, FoundAt>,
    memory: Held,
    damage: Damage,
}

struct Table {
    columns: Arc<dyn Columnar>,
    /// Made when the table is first looked at.
    filter: Option<Filter>,
    is_unreadable: bool,
}

impl Finder {
    pub(super) fn new(
        scan: &LogScan,
        after: Option<&LogPlace>,
        limit: usize,
        context: &QueryContext,
        damage: Damage,
    ) -> Self {
        Self {
            scan: scan.clone(),
            after: after.map(|place| rank(scan.order, place)),
            limit,
            tables: BTreeMap::new(),
            blocks: Vec::new(),
            runs: Vec::new(),
            next: BinaryHeap::new(),
            found: BTreeMap::new(),
            memory: context.hold(),
            damage,
        }
    }

    /// Adds what there is to look at.
    pub(super) fn add_runs(
        &mut self,
        blocks: &[Arc<Block<LogBatch>>],
        tables: &[Arc<dyn Columnar>],
    ) {
        self.blocks = blocks.to_vec();
        for (number, block) in blocks.iter().enumerate() {
            let arrived = self.scan.arrived.as_ref();
            if arrived.is_some_and(|range| !block.may_have_arrived(range)) {
                continue;
            }
            let rows = block.rows_within(self.scan.time);
            for from in rows.clone().step_by(BLOCK_ROWS) {
                let part = from..rows.end.min(from + BLOCK_ROWS);
                let (first, last) = (block.place(part.start), block.place(part.end - 1));
                let part = to_u32(part.start)..to_u32(part.end);
                self.add_run(Source::Block(number), part, first.time, last.time);
            }
        }
        for (number, table) in tables.iter().enumerate() {
            if self.may_be_in(table) {
                self.add_table(number, table);
            }
        }
    }

    fn may_be_in(&mut self, table: &Arc<dyn Columnar>) -> bool {
        let wanted = Wanted {
            time: self.scan.time,
            service: required_service(std::slice::from_ref(&self.scan.records)),
            arrived: self.scan.arrived.as_ref(),
        };
        let trace = required_trace(&self.scan.records);
        wanted.may_be_in(&**table)
            && trace.is_none_or(|id| self.damage.note(table.may_have(id)).unwrap_or(false))
    }

    fn add_table(&mut self, number: usize, table: &Arc<dyn Columnar>) {
        let Some(times) = table.column(&ColumnKey::Part(Part::Time)) else {
            return;
        };
        self.tables.insert(
            number,
            Table {
                columns: Arc::clone(table),
                filter: None,
                is_unreadable: false,
            },
        );
        for page in table.pages(times, &(0..table.rows())) {
            let (first, last) = page.bounds.unwrap_or((0, u64::MAX));
            let [first, last] = [first, last].map(Timestamp::from_unix_nanos);
            let TimeRange { start, end } = self.scan.time;
            if first <= end && last >= start {
                let rows = page.first..page.first + page.rows;
                self.add_run(Source::Table(number), rows, first, last);
            }
        }
    }

    fn add_run(&mut self, source: Source, rows: Range<u32>, first: Timestamp, last: Timestamp) {
        let best = match self.scan.order {
            LogOrder::Newest => last,
            LogOrder::Oldest => first,
        };
        let worst = match self.scan.order {
            LogOrder::Newest => first,
            LogOrder::Oldest => last,
        };
        // What comes before the page that is asked for was on one before.
        let is_before = |after: Rank| rank_of_time(self.scan.order, worst) < after[0];
        if self.after.is_some_and(is_before) {
            return;
        }
        let rank = rank_of_time(self.scan.order, best);
        self.next.push(Reverse((rank, self.runs.len())));
        self.runs.push((source, rows));
    }

    /// Looks at log records for as long as it takes to look at so many one by one.
    pub(super) fn look_at(&mut self, cost: usize) -> Result<LookedAt, StoreError> {
        let mut looked_at = LookedAt::default();
        while let Some(Reverse((rank, number))) = self.next.pop() {
            if self.worst().is_some_and(|worst| rank > worst) {
                return Ok(looked_at);
            }
            let (source, rows) = self.runs[number].clone();
            looked_at.rows += rows.len();
            looked_at.cost += match source {
                Source::Block(number) => {
                    self.look_at_block(number, rows.clone())?;
                    rows.len()
                }
                Source::Table(number) => self.look_at_table(number, &rows)?,
            };
            if looked_at.cost >= cost {
                looked_at.has_more = !self.next.is_empty();
                break;
            }
        }
        Ok(looked_at)
    }

    /// The rank of the time of the last log record that is asked for, once so many are found.
    fn worst(&self) -> Option<u64> {
        let is_full = self.found.len() >= self.limit;
        is_full.then(|| self.found.last_key_value().map(|(rank, _)| rank[0]))?
    }

    fn look_at_block(&mut self, number: usize, rows: Range<u32>) -> Result<(), StoreError> {
        let block = Arc::clone(&self.blocks[number]);
        for row in in_order(self.scan.order, rows) {
            let place = block.place(row as usize);
            if self.is_too_late(place.time) {
                break;
            }
            let record = block.record(row as usize);
            if self.scan.fits(record, place.position) {
                self.add(place, Source::Block(number), row)?;
            }
        }
        Ok(())
    }

    fn is_too_late(&self, time: Timestamp) -> bool {
        let rank = rank_of_time(self.scan.order, time);
        self.worst().is_some_and(|worst| rank > worst)
    }

    /// What it took to look at these rows of a table.
    fn look_at_table(&mut self, number: usize, rows: &Range<u32>) -> Result<usize, StoreError> {
        let Some(table) = self.tables.get_mut(&number) else {
            return Ok(0);
        };
        if table.is_unreadable {
            return Ok(0);
        }
        let looked_at = table.look_at(&self.scan, rows);
        let is_unreadable = looked_at.is_err();
        let found = self.damage.note(looked_at);
        if let Some(table) = self.tables.get_mut(&number) {
            table.is_unreadable = is_unreadable;
        }
        let found = found.unwrap_or_default();
        let cost = rows.len() / ROWS_PER_SPAN + found.len();
        let mut found: Box<dyn Iterator<Item = _>> = match self.scan.order {
            LogOrder::Newest => Box::new(found.into_iter().rev()),
            LogOrder::Oldest => Box::new(found.into_iter()),
        };
        found.try_for_each(|(place, row)| self.add(place, Source::Table(number), row))?;
        Ok(cost)
    }

    fn add(&mut self, place: LogPlace, source: Source, row: u32) -> Result<(), StoreError> {
        let rank = rank(self.scan.order, &place);
        if self.after.is_some_and(|after| rank <= after) {
            return Ok(());
        }
        if self.found.len() < self.limit {
            self.memory.grow(FOUND_BYTES)?;
        } else if self
            .found
            .last_key_value()
            .is_some_and(|(last, _)| rank > *last)
        {
            return Ok(());
        } else {
            self.found.pop_last();
        }
        self.found.insert(rank, FoundAt { place, source, row });
        Ok(())
    }

    /// What was found, in the order of the scan, and what could not be read.
    pub(super) fn finish(self) -> (Vec<FoundAt>, Damage) {
        (self.found.into_values().collect(), self.damage)
    }
}

impl Table {
    /// The log records of these rows that the scan asks for.
    fn look_at(
        &mut self,
        scan: &LogScan,
        rows: &Range<u32>,
    ) -> Result<Vec<(LogPlace, u32)>, DiskError> {
        let columns = &*self.columns;
        let filter = match &mut self.filter {
            Some(filter) => filter,
            None => self.filter.insert(Filter::new(&scan.records, columns)?),
        };
        if filter.is_never() {
            return Ok(Vec::new());
        }
        let wanted = filter.rows(columns, rows.clone())?;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let times = columns.times(Part::Time, rows)?;
        let indexes = columns.times(Part::Index, rows)?;
        let positions = columns.required(Part::Position, rows.clone())?;
        let place = |at: usize| {
            let row = rows.start + to_u32(at);
            let place = LogPlace {
                time: Timestamp::from_unix_nanos(times[at]),
                position: Position(positions.get(row).map_or(0, word)),
                index: u32::try_from(indexes[at]).unwrap_or(u32::MAX),
            };
            (place, row)
        };
        let is_wanted = |(place, _): &(LogPlace, u32)| {
            let arrived = scan.arrived.as_ref();
            scan.time.contains(place.time) && arrived.is_none_or(|it| it.contains(&place.position))
        };
        Ok(wanted.iter().map(place).filter(is_wanted).collect())
    }
}

/// The rows of a run, best first.
fn in_order(order: LogOrder, rows: Range<u32>) -> Box<dyn Iterator<Item = u32>> {
    match order {
        LogOrder::Newest => Box::new(rows.rev()),
        LogOrder::Oldest => Box::new(rows),
    }
}

fn rank(order: LogOrder, place: &LogPlace) -> Rank {
    let numbers = [
        place.time.unix_nanos(),
        place.position.0,
        place.index.into(),
    ];
    match order {
        LogOrder::Newest => numbers.map(|number| !number),
        LogOrder::Oldest => numbers,
    }
}

fn rank_of_time(order: LogOrder, time: Timestamp) -> u64 {
    match order {
        LogOrder::Newest => !time.unix_nanos(),
        LogOrder::Oldest => time.unix_nanos(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a block and a stretch have fewer than 2^31 rows"
)]
fn to_u32(row: usize) -> u32 {
    row as u32
}
