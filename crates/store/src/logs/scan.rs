//! Which log records to find, and in which order.

use std::cmp::Ordering;
use std::ops::Range;

use clew_model::{LogRecord, LogRecordRef, TimeRange, Timestamp};

use crate::{Position, Predicate};

/// Which log records to find.
#[derive(Debug, Clone, PartialEq)]
pub struct LogScan {
    /// When they happened or else, if that is not known, when they were observed.
    pub time: TimeRange,
    /// What must hold of each.
    pub records: Predicate,
    /// Which come first.
    pub order: LogOrder,
    /// When they arrived; `None` for whenever.
    pub arrived: Option<Range<Position>>,
}

impl LogScan {
    /// The newest of which this holds.
    pub fn newest(time: TimeRange, records: Predicate) -> Self {
        Self {
            time,
            records,
            order: LogOrder::Newest,
            arrived: None,
        }
    }

    /// Whether it asks for this log record, of a batch of this position.
    pub fn fits(&self, record: LogRecordRef<'_>, position: Position) -> bool {
        self.time.contains(record.time_or_observed())
            && self
                .arrived
                .as_ref()
                .is_none_or(|it| it.contains(&position))
            && self.records.holds(record)
    }
}

/// Which log records come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOrder {
    /// The last one.
    Newest,
    /// The first one.
    Oldest,
}

impl LogOrder {
    /// How two places are ordered.
    pub fn compare(self, one: &LogPlace, other: &LogPlace) -> Ordering {
        match self {
            Self::Newest => other.cmp(one),
            Self::Oldest => one.cmp(other),
        }
    }
}

/// The place of a log record among all: by time, and as they came where they are of one time, so that
/// the lines of a program stay in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPlace {
    /// When it happened, or was observed.
    pub time: Timestamp,
    /// The position of its batch.
    pub position: Position,
    /// Its place in the batch.
    pub index: u32,
}

/// A log record that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundLogRecord {
    /// All of it.
    pub record: LogRecord,
    /// Where it stands: what comes after it is the next page.
    pub place: LogPlace,
}

/// Some of the log records that were asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogPage {
    /// In the order of the scan.
    pub records: Vec<FoundLogRecord>,
    /// After which place there may be more; `None` at the end. It is the last place that was looked at,
    /// though what is there may be unreadable.
    pub next: Option<LogPlace>,
}

impl LogPage {
    /// The log records of a page take about so much memory at the most, but for the last of them: what
    /// is asked for beyond that is on the next page.
    pub const BYTES: usize = 8 << 20;
}
