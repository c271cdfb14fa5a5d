//! How many log records there are, over time and by severity.

use std::ops::Range;
use std::sync::Arc;

use clew_model::{LogBatch, Severity, SeverityLevel, Timestamp};
use clew_store::{Answer, LogCell, LogCounts, LogCountsFold, StoreError};

use super::super::Snapshot;
use super::super::each::{Chunks, ColumnQuestion};
use crate::columns::{Columnar, Filter, Part, word};
use crate::error::DiskError;

impl Snapshot<LogBatch> {
    pub(super) async fn count_log_records(
        &self,
        counts: &LogCounts,
    ) -> Result<Answer<Vec<LogCell>>, StoreError> {
        let mut fold = LogCountsFold::new(counts, &self.context);
        let mut damage = self.damage();
        let mut turn = self.turn().await?;
        for block in &self.blocks {
            let mut rows = block.rows_within(counts.time);
            while !rows.is_empty() {
                let now = rows.start..rows.end.min(rows.start + turn.left());
                rows.start = now.end;
                let looked_at = now.len();
                now.map(|row| block.record(row))
                    .try_for_each(|record| fold.add(record))?;
                turn.advance(looked_at).await?;
            }
        }
        let question = Arc::new(counts.clone());
        for table in self.tables_with(counts.time, &counts.records) {
            let question = Arc::clone(&question);
            let chunks = Chunks::new(table, move |columns| {
                ColumnCounts::new(question, columns).map(Some)
            });
            let Some(Some(mut chunks)) = damage.note(chunks.await?) else {
                continue;
            };
            while let Some((rest, found)) = chunks.next(&mut turn, &mut damage).await? {
                for (start, level, records) in found {
                    fold.add_count(start, level, records)?;
                }
                chunks = rest;
            }
        }
        Ok(damage.answer(fold.finish()))
    }
}

/// A question for numbers, made ready for the columns of one segment or block.
struct ColumnCounts {
    question: Arc<LogCounts>,
    filter: Filter,
}

impl ColumnCounts {
    fn new(question: Arc<LogCounts>, columns: &dyn Columnar) -> Result<Self, DiskError> {
        let filter = Filter::new(&question.records, columns)?;
        Ok(Self { question, filter })
    }
}

impl ColumnQuestion for ColumnCounts {
    /// How many log records of each level happened at some time of a cell.
    type Found = Vec<(Timestamp, Option<SeverityLevel>, u64)>;

    fn is_never(&self) -> bool {
        self.filter.is_never()
    }

    fn look_at(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<Self::Found, DiskError> {
        let mut found: Self::Found = Vec::new();
        let wanted = self.filter.rows(columns, rows.clone())?;
        if wanted.is_empty() {
            return Ok(found);
        }
        let times = columns.times(Part::Time, rows)?;
        let places = places_of(columns, rows)?;
        let mut cell = Cell::default();
        for at in wanted.iter() {
            let time = Timestamp::from_unix_nanos(times[at]);
            if !self.question.time.contains(time) {
                continue;
            }
            if !cell.times.contains(&time) {
                found.extend(cell.counted());
                cell = Cell::at(time, &self.question);
            }
            cell.counts[places[at]] += 1;
        }
        found.extend(cell.counted());
        Ok(found)
    }
}

/// Log records of one cell: since they lie by time, those of one follow each other.
#[derive(Default)]
struct Cell {
    /// The times that are in it, as far as that is known without a look at the question.
    times: Range<Timestamp>,
    start: Timestamp,
    counts: [u64; SeverityLevel::ALL.len() + 1],
}

impl Cell {
    /// The cell of this time, and of those after it.
    fn at(time: Timestamp, question: &LogCounts) -> Self {
        let start = question.cell(time);
        let step = question
            .step
            .and_then(|it| u64::try_from(it.as_nanos()).ok());
        let end = step.and_then(|step| start.unix_nanos().checked_add(step));
        Self {
            times: time..end.map_or(Timestamp::MAX, Timestamp::from_unix_nanos),
            start,
            counts: Default::default(),
        }
    }

    /// How many there are of each level, as far as there are any.
    fn counted(&self) -> impl Iterator<Item = (Timestamp, Option<SeverityLevel>, u64)> + use<> {
        let start = self.start;
        let counts = self.counts.into_iter().enumerate();
        let counts = counts.filter(|(_, count)| *count > 0);
        counts.map(move |(place, count)| (start, level_at(place), count))
    }
}

/// Where the level of each of these rows is counted.
fn places_of(columns: &dyn Columnar, rows: &Range<u32>) -> Result<Vec<usize>, DiskError> {
    let Some(severities) = columns.values(Part::Severity, rows.clone())? else {
        return Ok(vec![0; rows.len()]);
    };
    let of_values = severities.values().iter().map(place_of);
    let of_values: Vec<usize> = of_values.collect();
    let of_slot = |slot: &u32| of_values.get(*slot as usize).copied().unwrap_or(0);
    Ok(severities.slots().iter().map(of_slot).collect())
}

/// Levels are counted by this number, and what has none at zero.
fn place_of(severity: &[u8]) -> usize {
    let number = i32::try_from(word(severity).cast_signed());
    let level = number.ok().and_then(|it| Severity::from_number(it).level());
    level.map_or(0, |level| level as usize + 1)
}

fn level_at(place: usize) -> Option<SeverityLevel> {
    SeverityLevel::ALL.get(place.checked_sub(1)?).copied()
}
