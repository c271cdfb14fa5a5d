//! The questions about log records.

mod counts;
mod find;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use async_trait::async_trait;
use clew_model::{LogBatch, LogRecord, LogRecordRef, Timestamp};
use clew_store::{
    Answer, FoundLogRecord, Held, LogCell, LogCounts, LogPage, LogPlace, LogRecordIdentity,
    LogScan, LogSnapshot, Position, StoreError, TopValues, Values,
};

use super::Snapshot;
use super::sealed::{Damage, blocking};
use crate::columns::{Columnar, LogRows, Projection};
use crate::error::DiskError;
use find::{Finder, FoundAt};

/// So many log records are read together at first, when nobody knows how long they are.
const TOGETHER_FIRST: usize = 16;

/// And so many at the most.
const TOGETHER_MAX: usize = 1000;

#[async_trait]
impl LogSnapshot for Snapshot<LogBatch> {
    fn end(&self) -> Position {
        self.end
    }

    async fn records(
        &self,
        scan: &LogScan,
        after: Option<&LogPlace>,
        limit: usize,
    ) -> Result<Answer<LogPage>, StoreError> {
        let mut turn = self.turn().await?;
        // One more, to tell whether there are more.
        let wanted = limit.saturating_add(1);
        let mut finder = Finder::new(scan, after, wanted, &self.context, self.damage());
        if limit > 0 {
            let (blocks, tables) = (self.blocks.clone(), self.tables.clone());
            finder = blocking(move || {
                finder.add_runs(&blocks, &tables);
                finder
            })
            .await?;
            loop {
                let cost = turn.left();
                let (back, looked_at) = blocking(move || {
                    let looked_at = finder.look_at(cost);
                    (finder, looked_at)
                })
                .await?;
                finder = back;
                let looked_at = looked_at?;
                turn.advance_by(looked_at.rows, looked_at.cost).await?;
                if !looked_at.has_more {
                    break;
                }
            }
        }
        let (places, mut damage) = finder.finish();
        let page = self.page(&places, limit, &mut damage).await?;
        Ok(damage.answer(page))
    }

    async fn counts(&self, counts: &LogCounts) -> Result<Answer<Vec<LogCell>>, StoreError> {
        self.count_log_records(counts).await
    }

    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError> {
        self.count_log_values(values).await
    }
}

impl Snapshot<LogBatch> {
    /// The log records of these places, as many as make a page.
    async fn page(
        &self,
        places: &[FoundAt],
        limit: usize,
        damage: &mut Damage,
    ) -> Result<LogPage, StoreError> {
        let mut page = LogPage::default();
        let (mut bytes, mut together) = (0, TOGETHER_FIRST);
        let mut doubles = Doubles::new(self.opened_at);
        let mut last = None;
        let mut left = &places[..places.len().min(limit)];
        while !left.is_empty() {
            let (now, later) = left.split_at(together.min(left.len()));
            let mut read = self.read(now, &doubles, damage).await?;
            for at in now {
                if bytes >= LogPage::BYTES {
                    page.next = last;
                    return Ok(page);
                }
                last = Some(at.place);
                // What cannot be read is noted.
                let Some((record, identity)) = read.records.remove(&at.place) else {
                    continue;
                };
                if doubles.has(&at.place, identity) {
                    continue;
                }
                let len = record.memory_len();
                self.context.take(len)?;
                bytes += len;
                page.records.push(FoundLogRecord {
                    record,
                    place: at.place,
                });
            }
            let usual = bytes / page.records.len().max(1);
            let fit = LogPage::BYTES.saturating_sub(bytes) / usual.max(1);
            // What comes may be longer than what came.
            together = fit.clamp(1, TOGETHER_MAX.min(2 * together));
            left = later;
        }
        page.next = last.filter(|_| places.len() > limit);
        Ok(page)
    }

    /// The log records of these places, as far as they can be read, each with the hash of its identity.
    async fn read(
        &self,
        places: &[FoundAt],
        doubles: &Doubles,
        damage: &mut Damage,
    ) -> Result<ReadRecords, StoreError> {
        let mut read = ReadRecords {
            records: HashMap::with_capacity(places.len()),
            memory: self.context.hold(),
        };
        let mut of_tables: HashMap<usize, Vec<u32>> = HashMap::new();
        for at in places {
            match at.source {
                find::Source::Block(number) => {
                    let record = self.blocks[number].record(at.row as usize);
                    read.add(at.place, record, doubles)?;
                }
                find::Source::Table(number) => {
                    of_tables.entry(number).or_default().push(at.row);
                }
            }
        }
        for (number, mut rows) in of_tables {
            rows.sort_unstable();
            let table = Arc::clone(&self.tables[number]);
            let batches = blocking(move || read_rows(&*table, &rows)).await?;
            for batch in batches {
                let rows = damage.note(batch);
                for (record, place) in rows.iter().flat_map(LogRows::iter) {
                    read.add(place, record, doubles)?;
                }
            }
        }
        Ok(read)
    }
}

/// The log records of these rows, in order; where some cannot be read, all others.
fn read_rows(table: &dyn Columnar, rows: &[u32]) -> Vec<Result<LogRows, DiskError>> {
    match LogRows::read(table, rows, &Projection::ALL) {
        Ok(batches) => batches.into_iter().map(Ok).collect(),
        Err(error) if rows.len() <= 1 => vec![Err(error)],
        Err(_) => {
            let (first, rest) = rows.split_at(rows.len() / 2);
            let mut batches = read_rows(table, first);
            batches.append(&mut read_rows(table, rest));
            batches
        }
    }
}

/// Log records that were read, by their places, each with the hash of its identity.
struct ReadRecords {
    records: HashMap<LogPlace, (LogRecord, u64)>,
    memory: Held,
}

impl ReadRecords {
    fn add(
        &mut self,
        place: LogPlace,
        record: LogRecordRef<'_>,
        doubles: &Doubles,
    ) -> Result<(), StoreError> {
        // Before it is copied.
        self.memory.grow(record.encoded().len())?;
        let whole = (record.to_log_record(), doubles.hash(record));
        self.records.insert(place, whole);
        Ok(())
    }
}

/// Leaves out log records that were sent again after the store was opened, which nobody noticed as they
/// came: as many as there were before. Those of one page alone are seen.
struct Doubles {
    /// Keyed at random, so that no sender can make one log record pass for another.
    key: RandomState,
    opened_at: Position,
    time: Option<Timestamp>,
    /// How many of that time there are of each identity: before the store was opened, and since.
    counts: HashMap<u64, [u32; 2]>,
}

impl Doubles {
    fn new(opened_at: Position) -> Self {
        Self {
            key: RandomState::new(),
            opened_at,
            time: None,
            counts: HashMap::new(),
        }
    }

    fn hash(&self, record: LogRecordRef<'_>) -> u64 {
        self.key.hash_one(LogRecordIdentity::of(record))
    }

    /// Whether the log record is there from the other time already; the places come in their order.
    fn has(&mut self, place: &LogPlace, identity: u64) -> bool {
        if self.time != Some(place.time) {
            self.time = Some(place.time);
            self.counts.clear();
        }
        let side = usize::from(place.position >= self.opened_at);
        let counts = self.counts.entry(identity).or_default();
        counts[side] += 1;
        counts[1 - side] >= counts[side]
    }
}
