//! The reference for log records.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use clew_model::{LogBatch, LogRecordRef};

use super::ReferenceStore;
use crate::{
    Answer, FoundLogRecord, LogCell, LogCounts, LogCountsFold, LogPage, LogPlace,
    LogRecordIdentity, LogScan, LogSnapshot, LogStore, Position, QueryContext, StoreError,
    TopValues, Values, ValuesFold,
};

/// A batch, and which of its log records were not there before.
#[derive(Debug, Clone)]
pub(super) struct KeptLogs {
    batch: Arc<LogBatch>,
    new: Arc<[usize]>,
}

impl KeptLogs {
    fn records(&self) -> impl Iterator<Item = (usize, LogRecordRef<'_>)> {
        let record = |&index: &usize| Some((index, self.batch.record(index)?));
        self.new.iter().filter_map(record)
    }
}

#[async_trait]
impl LogStore for ReferenceStore {
    async fn append_logs(&self, batch: LogBatch) -> Result<Position, StoreError> {
        // Nothing panics while it holds the lock.
        let mut batches = self.logs.write().unwrap_or_else(PoisonError::into_inner);
        let mut known: HashMap<LogRecordIdentity<'_>, usize> = HashMap::new();
        for (_, record) in batches.iter().flat_map(KeptLogs::records) {
            *known.entry(LogRecordIdentity::of(record)).or_insert(0) += 1;
        }
        // Of those that were known before, as many are sent again as there were.
        let is_new = |record| {
            let identity = LogRecordIdentity::of(record);
            match known.get_mut(&identity) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            }
        };
        let mut is_new = is_new;
        let records = batch.records().enumerate();
        let new = records.filter(|&(_, record)| is_new(record));
        let new: Arc<[usize]> = new.map(|(index, _)| index).collect();
        drop(known);
        let position = Position(batches.len() as u64);
        batches.push(KeptLogs {
            batch: Arc::new(batch),
            new,
        });
        Ok(position)
    }

    async fn log_snapshot(
        &self,
        context: QueryContext,
    ) -> Result<Arc<dyn LogSnapshot>, StoreError> {
        let batches = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::new(Snapshot {
            batches: batches.clone(),
            context,
        }))
    }
}

struct Snapshot {
    batches: Vec<KeptLogs>,
    context: QueryContext,
}

impl Snapshot {
    /// Every log record and its place, as long as the query may go on.
    fn records(&self) -> impl Iterator<Item = Result<(LogPlace, LogRecordRef<'_>), StoreError>> {
        let batches = (0..).map(Position).zip(&self.batches);
        batches.flat_map(move |(position, kept)| {
            kept.records().map(move |(index, record)| {
                self.context.check()?;
                self.context.count_scanned(1);
                let place = LogPlace {
                    time: record.time_or_observed(),
                    position,
                    // A batch has a bounded number of entries.
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                };
                Ok((place, record))
            })
        })
    }
}

#[async_trait]
impl LogSnapshot for Snapshot {
    fn end(&self) -> Position {
        Position(self.batches.len() as u64)
    }

    async fn records(
        &self,
        scan: &LogScan,
        after: Option<&LogPlace>,
        limit: usize,
    ) -> Result<Answer<LogPage>, StoreError> {
        let is_after =
            |place: &LogPlace| after.is_none_or(|after| scan.order.compare(place, after).is_gt());
        let mut found = Vec::new();
        for record in self.records() {
            let (place, record) = record?;
            if is_after(&place) && scan.fits(record, place.position) {
                self.context
                    .take(size_of::<(LogPlace, LogRecordRef<'_>)>())?;
                found.push((place, record));
            }
        }
        found.sort_by(|(one, _), (other, _)| scan.order.compare(one, other));
        let mut page = LogPage::default();
        let mut bytes = 0;
        for (place, record) in found {
            if page.records.len() == limit || bytes >= LogPage::BYTES {
                page.next = page.records.last().map(|found| found.place);
                break;
            }
            let record = record.to_log_record();
            let len = record.memory_len();
            self.context.take(len)?;
            bytes += len;
            page.records.push(FoundLogRecord { record, place });
        }
        Ok(Answer::complete(page))
    }

    async fn counts(&self, counts: &LogCounts) -> Result<Answer<Vec<LogCell>>, StoreError> {
        let mut fold = LogCountsFold::new(counts, &self.context);
        for record in self.records() {
            fold.add(record?.1)?;
        }
        Ok(Answer::complete(fold.finish()))
    }

    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError> {
        let mut fold = ValuesFold::new(values, &self.context);
        for record in self.records() {
            fold.add(record?.1)?;
        }
        Ok(Answer::complete(fold.finish()))
    }
}
