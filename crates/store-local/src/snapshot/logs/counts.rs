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
        let severities = columns.values(Part::Severity, rows.clone())?;
        // Log records lie by time: those of one cell follow each other.
        let mut of_cell = [0; SeverityLevel::ALL.len() + 1];
        let mut cell = None;
        let mut flush = |cell: Option<Timestamp>, of_cell: &mut [u64]| {
            for (place, count) in of_cell.iter_mut().enumerate() {
                if let Some(start) = cell.filter(|_| *count > 0) {
                    found.push((start, level_at(place), *count));
                }
                *count = 0;
            }
        };
        for at in wanted.iter() {
            let time = Timestamp::from_unix_nanos(times[at]);
            if !self.question.time.contains(time) {
                continue;
            }
            let start = self.question.cell(time);
            if cell != Some(start) {
                flush(cell, &mut of_cell);
                cell = Some(start);
            }
            let row = rows.start + u32::try_from(at).unwrap_or(u32::MAX);
            let severity = severities.as_ref().and_then(|values| values.get(row));
            of_cell[place_of(severity)] += 1;
        }
        flush(cell, &mut of_cell);
        Ok(found)
    }
}

/// Levels are counted by this number, and what has none at zero.
fn place_of(severity: Option<&[u8]>) -> usize {
    let number = severity.and_then(|bytes| i32::try_from(word(bytes).cast_signed()).ok());
    let level = number.and_then(|number| Severity::from_number(number).level());
    level.map_or(0, |level| level as usize + 1)
}

fn level_at(place: usize) -> Option<SeverityLevel> {
    SeverityLevel::ALL.get(place.checked_sub(1)?).copied()
}
