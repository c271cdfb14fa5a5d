//! How many log records there are, over time and by severity.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::{Index, IndexMut};
use std::time::Duration;

use clew_model::{LogRecordRef, SeverityLevel, TimeRange, Timestamp};

use crate::aggregate::cell_start;
use crate::{Predicate, QueryContext, StoreError};

/// Which log records to count.
#[derive(Debug, Clone)]
pub struct LogCounts {
    /// When they happened, or were observed.
    pub time: TimeRange,
    /// What must hold of each.
    pub records: Predicate,
    /// How long a cell is; cells begin at multiples of it since the Unix epoch. `None` for one cell for
    /// all time.
    pub step: Option<Duration>,
}

impl LogCounts {
    /// When the cell of this time begins.
    pub fn cell(&self, time: Timestamp) -> Timestamp {
        cell_start(time, self.step)
    }
}

/// How many log records there are of a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogCell {
    /// When it begins; the Unix epoch if there is one cell for all time.
    pub start: Timestamp,
    /// How many of each level.
    pub counts: SeverityCounts,
}

/// How many log records there are of each level of severity, and of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeverityCounts([u64; SeverityLevel::ALL.len() + 1]);

impl SeverityCounts {
    /// How many there are together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

fn place(level: Option<SeverityLevel>) -> usize {
    level.map_or(0, |level| level as usize + 1)
}

impl Index<Option<SeverityLevel>> for SeverityCounts {
    type Output = u64;

    fn index(&self, level: Option<SeverityLevel>) -> &u64 {
        &self.0[place(level)]
    }
}

impl IndexMut<Option<SeverityLevel>> for SeverityCounts {
    fn index_mut(&mut self, level: Option<SeverityLevel>) -> &mut u64 {
        &mut self.0[place(level)]
    }
}

/// Counts log record by log record.
#[derive(Debug)]
pub struct LogCountsFold<'a> {
    question: &'a LogCounts,
    context: &'a QueryContext,
    cells: BTreeMap<Timestamp, SeverityCounts>,
}

/// What a cell takes in the tree that it is in.
const CELL_BYTES: usize = 2 * size_of::<LogCell>();

impl<'a> LogCountsFold<'a> {
    /// Nothing is counted yet.
    pub fn new(question: &'a LogCounts, context: &'a QueryContext) -> Self {
        Self {
            question,
            context,
            cells: BTreeMap::new(),
        }
    }

    /// Counts the log record, if it is one that was asked for.
    ///
    /// # Errors
    /// If there are too many cells for the query's memory.
    pub fn add(&mut self, record: LogRecordRef<'_>) -> Result<(), StoreError> {
        let time = record.time_or_observed();
        if !self.question.time.contains(time) || !self.question.records.holds(record) {
            return Ok(());
        }
        self.add_count(time, record.severity().level(), 1)
    }

    /// Counts so many log records of this time and level.
    ///
    /// # Errors
    /// As [`LogCountsFold::add`].
    pub fn add_count(
        &mut self,
        time: Timestamp,
        level: Option<SeverityLevel>,
        records: u64,
    ) -> Result<(), StoreError> {
        let counts = match self.cells.entry(self.question.cell(time)) {
            Entry::Occupied(cell) => cell.into_mut(),
            Entry::Vacant(place) => {
                self.context.take(CELL_BYTES)?;
                place.insert(SeverityCounts::default())
            }
        };
        counts[level] += records;
        Ok(())
    }

    /// The cells that are not empty, in the order of time.
    pub fn finish(self) -> Vec<LogCell> {
        let cells = self.cells.into_iter();
        cells
            .map(|(start, counts)| LogCell { start, counts })
            .collect()
    }
}
