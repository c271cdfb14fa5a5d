//! Measures spans by their columns, in groups and over time.

mod places;

use std::ops::Range;
use std::time::Duration;

use clew_model::{SpanId, TimeRange, Timestamp, TraceId};
use clew_store::{Aggregate, Exemplar, Measure, Scalar};

use super::row_set::RowSet;
use super::rows::ranges_of;
use super::{ColumnKey, ColumnReader, Columnar, FieldColumn, Filter, Part};
use crate::error::DiskError;
use places::{Cells, Found, Groups, Sorted, Stretch};

/// An aggregate, made ready for the columns of one segment or block.
#[derive(Debug)]
pub(crate) struct ColumnAggregate {
    time: TimeRange,
    step: Option<Duration>,
    filter: Filter,
    by: Vec<FieldColumn>,
    /// `None` for durations.
    measured: Option<FieldColumn>,
    /// Whether it is asked which spans they are.
    with_rows: bool,
}

/// Spans of one series and one cell.
#[derive(Debug)]
pub(crate) struct MeasuredSpans {
    /// What they have in the fields that they are grouped by.
    pub(crate) by: Vec<Option<Scalar>>,
    /// When the cell begins.
    pub(crate) cell: Timestamp,
    /// What each measures.
    pub(crate) values: Vec<f64>,
    /// Their rows, if exemplars are wanted.
    pub(crate) rows: Vec<u32>,
}

impl ColumnAggregate {
    /// `None` if spans have to be looked at, one by one.
    pub(crate) fn new(
        aggregate: &Aggregate,
        columns: &dyn Columnar,
    ) -> Result<Option<Self>, DiskError> {
        let mut by = Vec::with_capacity(aggregate.by.len());
        for field in &aggregate.by {
            match FieldColumn::new(field, columns)? {
                Some(column) => by.push(column),
                None => return Ok(None),
            }
        }
        let measured = match &aggregate.measure {
            Measure::Duration => None,
            Measure::Field(field) => match FieldColumn::new(field, columns)? {
                Some(column) => Some(column),
                None => return Ok(None),
            },
        };
        Ok(Some(Self {
            time: columns.summary().narrowed(aggregate.time),
            step: aggregate.step,
            filter: Filter::new(&aggregate.spans, columns)?,
            by,
            measured,
            with_rows: aggregate.exemplars_max > 0,
        }))
    }

    /// Whether no span is asked for.
    pub(crate) fn is_never(&self) -> bool {
        self.filter.is_never()
    }

    /// What the spans of these rows measure.
    pub(crate) fn measure(
        &mut self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<Vec<MeasuredSpans>, DiskError> {
        let mut wanted = Vec::new();
        for stretch in stretches(rows) {
            let of_stretch = self.wanted(columns, &stretch)?;
            if !of_stretch.is_empty() {
                wanted.push((stretch, of_stretch));
            }
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let groups = Groups::new(&self.by, columns, rows)?;
        let mut found = Found::default();
        for (stretch, wanted) in wanted {
            // Nobody asks when the spans of a single cell started.
            let starts = self.step.map(|_| columns.times(Part::Start, &stretch));
            let starts = starts.transpose()?;
            let starts = starts.as_deref().unwrap_or_default();
            let spans = Stretch {
                groups: groups.of_rows(stretch.start - rows.start, stretch.len()),
                values: self.values(columns, &stretch)?,
                wanted,
            };
            let mut cells = Cells::new(self.step, groups.by.len(), starts);
            let places = spans.places(starts, &mut cells);
            let sorted = Sorted::of(&places, cells.all.len(), &spans.values, self.with_rows);
            for (place, range) in cells.all.iter().zip(&sorted.ranges) {
                let into = found.place(place, &groups);
                into.values.extend_from_slice(&sorted.values[range.clone()]);
                if self.with_rows {
                    let of_place = &sorted.rows[range.clone()];
                    into.rows
                        .extend(of_place.iter().map(|at| stretch.start + at));
                }
            }
        }
        Ok(found.all)
    }

    /// Which of these rows have the spans that are asked for.
    fn wanted(&mut self, columns: &dyn Columnar, rows: &Range<u32>) -> Result<RowSet, DiskError> {
        let mut wanted = self.filter.rows(columns, rows.clone())?;
        if self.time != TimeRange::ALL && !wanted.is_empty() {
            let starts = columns.times(Part::Start, rows)?;
            wanted.retain(|at| self.time.contains(Timestamp::from_unix_nanos(starts[at])));
        }
        Ok(wanted)
    }

    /// What the span of each row measures; NaN of those that have no number.
    fn values(&self, columns: &dyn Columnar, rows: &Range<u32>) -> Result<Vec<f64>, DiskError> {
        let Some(column) = &self.measured else {
            let words = columns.times(Part::Duration, rows)?;
            #[expect(clippy::cast_precision_loss, reason = "as `Measure` says")]
            let values = words.iter().map(|&word| word as f64);
            return Ok(values.collect());
        };
        let read = column.read(columns, rows)?;
        let number = |values: &Vec<Scalar>| values.first().and_then(number_of);
        let numbers: Vec<Option<f64>> = read.values.iter().map(number).collect();
        let value = |&slot: &u32| numbers.get(slot as usize).copied().flatten();
        Ok(read
            .slots
            .iter()
            .map(|slot| value(slot).unwrap_or(f64::NAN))
            .collect())
    }
}

/// So many rows are looked at together, of which all is in the cache: those of a page of numbers.
const STRETCH_ROWS: u32 = 8192;

/// The rows, in stretches.
pub(crate) fn stretches(rows: &Range<u32>) -> impl Iterator<Item = Range<u32>> {
    let end = rows.end;
    let starts = std::iter::successors(Some(rows.start), |start| {
        (start / STRETCH_ROWS + 1).checked_mul(STRETCH_ROWS)
    });
    starts
        .take_while(move |&start| start < end)
        .map(move |start| start..end.min((start / STRETCH_ROWS + 1).saturating_mul(STRETCH_ROWS)))
}

/// The value as [`Measure::Field`] counts it.
fn number_of(value: &Scalar) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "as `Measure` says")]
    match value {
        Scalar::Int(number) => Some(*number as f64),
        Scalar::Double(number) => (!number.is_nan()).then_some(*number),
        Scalar::Duration(duration) => Some(duration.as_nanos() as f64),
        _ => None,
    }
}

impl dyn Columnar + '_ {
    /// The spans of these rows, which are in order, as exemplars; each with what it measures.
    pub(crate) fn exemplars(&self, rows: &[(u32, f64)]) -> Result<Vec<Exemplar>, DiskError> {
        let ranges = ranges_of(&rows.iter().map(|&(row, _)| row).collect::<Vec<_>>());
        let read = |part| {
            let column = self.column(&ColumnKey::Part(part));
            let reader = ColumnReader::new(self, column.ok_or_else(|| self.missing())?)?;
            reader.read_ranges(self, &ranges)
        };
        let (trace_ids, span_ids) = (read(Part::TraceId)?, read(Part::SpanId)?);
        let exemplar = |&(row, value): &(u32, f64)| {
            Some(Exemplar {
                trace_id: TraceId::from_bytes(trace_ids.get(row)?.try_into().ok()?)?,
                span_id: SpanId::from_bytes(span_ids.get(row)?.try_into().ok()?)?,
                value,
            })
        };
        let exemplars: Option<Vec<_>> = rows.iter().map(exemplar).collect();
        exemplars.ok_or_else(|| self.contradiction("spans without ids"))
    }
}
