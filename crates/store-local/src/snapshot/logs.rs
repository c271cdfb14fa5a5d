//! The questions about log records.

mod counts;
mod find;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use async_trait::async_trait;
use clew_model::{LogBatch, LogRecord, LogRecordRef, Timestamp};
use clew_store::{
    Answer, FoundLogRecord, LogCell, LogCounts, LogPage, LogPlace, LogRecordIdentity, LogScan,
    LogSnapshot, Position, StoreError, TopValues, Values,
};

use super::Snapshot;
use super::sealed::{Damage, blocking};
use crate::columns::{LogRows, Projection};
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
        let mut page = LogPage {
            records: Vec::new(),
            has_more: places.len() > limit,
        };
        let (mut bytes, mut together) = (0, TOGETHER_FIRST);
        let mut doubles = Doubles::default();
        let mut left = &places[..places.len().min(limit)];
        while !left.is_empty() {
            let (now, later) = left.split_at(together.min(left.len()));
            let mut read = self.read(now, &doubles, damage).await?;
            for at in now {
                if bytes >= LogPage::BYTES {
                    page.has_more = true;
                    return Ok(page);
                }
                // What cannot be read is noted.
                let Some((record, identity)) = read.remove(&at.place) else {
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
            together = fit.clamp(1, TOGETHER_MAX);
            left = later;
        }
        Ok(page)
    }

    /// The log records of these places, as far as they can be read, each with the hash of its identity.
    async fn read(
        &self,
        places: &[FoundAt],
        doubles: &Doubles,
        damage: &mut Damage,
    ) -> Result<HashMap<LogPlace, (LogRecord, u64)>, StoreError> {
        let whole = |record: LogRecordRef<'_>| (record.to_log_record(), doubles.hash(record));
        let mut read = HashMap::with_capacity(places.len());
        let mut of_tables: HashMap<usize, Vec<u32>> = HashMap::new();
        for at in places {
            match at.source {
                find::Source::Block(number) => {
                    let record = self.blocks[number].record(at.row as usize);
                    read.insert(at.place, whole(record));
                }
                find::Source::Table(number) => {
                    of_tables.entry(number).or_default().push(at.row);
                }
            }
        }
        for (number, mut rows) in of_tables {
            rows.sort_unstable();
            let table = Arc::clone(&self.tables[number]);
            let batches = blocking(move || LogRows::read(&*table, &rows, &Projection::ALL));
            let batches = damage.note(batches.await?).unwrap_or_default();
            for (record, place) in batches.iter().flat_map(LogRows::iter) {
                read.insert(place, whole(record));
            }
        }
        Ok(read)
    }
}

/// Leaves out log records that were sent again, and that nobody noticed as they came: those of a later
/// batch that say what others say. Those of one page alone are seen.
#[derive(Default)]
struct Doubles {
    /// Keyed at random, so that no sender can make one log record pass for another.
    key: RandomState,
    time: Option<Timestamp>,
    /// How many of that time there are of each identity in each batch.
    counts: HashMap<u64, HashMap<Position, u32>>,
}

impl Doubles {
    fn hash(&self, record: LogRecordRef<'_>) -> u64 {
        self.key.hash_one(LogRecordIdentity::of(record))
    }

    /// Whether another batch has this log record already; the places come in their order.
    fn has(&mut self, place: &LogPlace, identity: u64) -> bool {
        if self.time != Some(place.time) {
            self.time = Some(place.time);
            self.counts.clear();
        }
        let of_batches = self.counts.entry(identity).or_default();
        let of_batch = of_batches.entry(place.position).or_insert(0);
        *of_batch += 1;
        let count = *of_batch;
        let mut others = of_batches.iter();
        others.any(|(position, &other)| *position != place.position && other >= count)
    }
}
