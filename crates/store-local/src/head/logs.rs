//! Log records of a block, by time.

use std::ops::Range;

use clew_model::{LogBatch, LogRecordRef, TimeRange, Timestamp};
use clew_store::{LogPlace, Position};

use super::{Arrived, Block};

/// The log records of a block by time and, where they are of one time, as they came.
#[derive(Debug)]
pub(crate) struct LogIndex(Vec<Row>);

/// Where a log record is, and what it is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    time: Timestamp,
    position: Position,
    /// Which log record of its batch it is.
    index: u32,
    /// Which batch of the block.
    batch: u32,
}

impl LogIndex {
    pub(crate) fn of(arrived: &[Arrived<LogBatch>]) -> Self {
        let mut rows = Vec::new();
        for (batch, from) in (0..).zip(arrived) {
            rows.extend(from.rows.iter().map(|&index| Row {
                time: record_at(&from.batch, index).time_or_observed(),
                position: from.position,
                index,
                batch,
            }));
        }
        rows.sort_unstable();
        Self(rows)
    }
}

impl Block<LogBatch> {
    /// The log record of this row.
    pub(crate) fn record(&self, row: usize) -> LogRecordRef<'_> {
        let row = self.index().0[row];
        record_at(&self.arrived()[row.batch as usize].batch, row.index)
    }

    /// Its place among all.
    pub(crate) fn place(&self, row: usize) -> LogPlace {
        let Row {
            time,
            position,
            index,
            ..
        } = self.index().0[row];
        LogPlace {
            time,
            position,
            index,
        }
    }

    /// Whether some of them may have arrived in this range.
    pub(crate) fn may_have_arrived(&self, range: &Range<Position>) -> bool {
        let mut batches = self.arrived().iter();
        batches.any(|batch| range.contains(&batch.position))
    }

    /// The rows of this time.
    pub(crate) fn rows_within(&self, time: TimeRange) -> Range<usize> {
        let rows = &self.index().0;
        let from = rows.partition_point(|row| row.time < time.start);
        let to = rows.partition_point(|row| row.time <= time.end);
        from..to.max(from)
    }
}

fn record_at(batch: &LogBatch, index: u32) -> LogRecordRef<'_> {
    batch
        .record(index as usize)
        .expect("the log record was there when its row was noted, and batches do not change")
}
