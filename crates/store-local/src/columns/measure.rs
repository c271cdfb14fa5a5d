//! Measures spans by their columns, in groups and over time.

use std::ops::Range;
use std::time::Duration;

use clew_model::{SpanId, TimeRange, Timestamp, TraceId};
use clew_store::{Aggregate, Exemplar, Measure, Scalar, cell_start};

use super::field::FieldValues;
use super::rows::ranges_of;
use super::{ABSENT, ColumnKey, ColumnReader, Columnar, FieldColumn, Filter, Part};
use crate::error::DiskError;
use crate::table::FastMap;

/// An aggregate, made ready for the columns of one segment or block.
#[derive(Debug)]
pub(crate) struct ColumnAggregate {
    time: TimeRange,
    step: Option<Duration>,
    filter: Filter,
    by: Vec<FieldColumn>,
    /// `None` for durations.
    measured: Option<FieldColumn>,
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
    /// Their rows.
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
            time: aggregate.time,
            step: aggregate.step,
            filter: Filter::new(&aggregate.spans, columns)?,
            by,
            measured,
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
        let mut wanted = self.filter.rows(columns, rows.clone())?;
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let starts = columns.times(Part::Start, rows)?;
        if self.time != TimeRange::ALL {
            wanted.retain(|at| self.time.contains(Timestamp::from_unix_nanos(starts[at])));
        }
        let values = self.values(columns, rows)?;
        let groups = Groups::new(&self.by, columns, rows)?;
        let mut cells = Cells::new(self.step);
        let mut measured: Vec<MeasuredSpans> = Vec::new();
        for at in wanted.iter() {
            let Some(value) = values.get(at) else {
                continue;
            };
            let group = groups.of_rows.as_ref().map_or(0, |groups| groups[at]);
            let (cell, place) = cells.place(starts[at], group, measured.len());
            if place == measured.len() {
                measured.push(MeasuredSpans {
                    by: groups.by[group as usize].clone(),
                    cell,
                    values: Vec::new(),
                    rows: Vec::new(),
                });
            }
            measured[place].values.push(value);
            measured[place].rows.push(rows.start + row(at));
        }
        Ok(measured)
    }

    fn values(
        &self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<MeasuredValues, DiskError> {
        #[expect(clippy::cast_precision_loss, reason = "as `Measure` says")]
        let of_words = |words: &[u64]| words.iter().map(|&word| word as f64).collect();
        Ok(match &self.measured {
            None => MeasuredValues::Each(of_words(&columns.times(Part::Duration, rows)?)),
            Some(column) => {
                let read = column.read(columns, rows)?;
                let number = |values: &Vec<Scalar>| values.first().and_then(number_of);
                MeasuredValues::Coded {
                    numbers: read.values.iter().map(number).collect(),
                    slots: read.slots,
                }
            }
        })
    }
}

/// What the spans of some rows measure.
enum MeasuredValues {
    Each(Vec<f64>),
    Coded {
        slots: Vec<u32>,
        numbers: Vec<Option<f64>>,
    },
}

impl MeasuredValues {
    #[inline]
    fn get(&self, at: usize) -> Option<f64> {
        match self {
            Self::Each(values) => Some(values[at]),
            Self::Coded { slots, numbers } => *numbers.get(slots[at] as usize)?,
        }
    }
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

/// The combinations of values that some rows have.
struct Groups {
    /// Each combination once.
    by: Vec<Vec<Option<Scalar>>>,
    /// Of each row which it has; `None` if all have the same.
    of_rows: Option<Vec<u32>>,
}

impl Groups {
    fn new(
        fields: &[FieldColumn],
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<Self, DiskError> {
        let mut groups = Self {
            by: vec![Vec::new()],
            of_rows: None,
        };
        for field in fields {
            groups = groups.divided_by(&field.read(columns, rows)?);
        }
        Ok(groups)
    }

    /// With one more field.
    fn divided_by(self, field: &FieldValues) -> Self {
        let mut by = Vec::new();
        let mut known = FastMap::default();
        let mut last = None;
        let mut of_rows = Vec::with_capacity(field.slots.len());
        for (at, &slot) in field.slots.iter().enumerate() {
            let before = self.of_rows.as_ref().map_or(0, |groups| groups[at]);
            // Neighbours are often alike.
            let group = match last {
                Some((pair, group)) if pair == (before, slot) => group,
                _ => *known.entry((before, slot)).or_insert_with(|| {
                    let mut values = self.by[before as usize].clone();
                    let value = field.values.get(slot as usize).and_then(|it| it.first());
                    values.push(value.cloned().filter(|_| slot != ABSENT));
                    by.push(values);
                    row(by.len() - 1)
                }),
            };
            last = Some(((before, slot), group));
            of_rows.push(group);
        }
        Self {
            by,
            of_rows: Some(of_rows),
        }
    }
}

/// Which place each group has in each cell.
struct Cells {
    step: Option<Duration>,
    places: FastMap<(u64, u32), usize>,
    /// The cell of the row before, and the places of its groups.
    last: Range<u64>,
    last_places: Vec<Option<usize>>,
}

impl Cells {
    fn new(step: Option<Duration>) -> Self {
        Self {
            step,
            places: FastMap::default(),
            last: 0..0,
            last_places: Vec::new(),
        }
    }

    /// The cell of a span that started then, and the place of its group there: `next` if it has none
    /// yet.
    #[inline]
    fn place(&mut self, start: u64, group: u32, next: usize) -> (Timestamp, usize) {
        if !self.last.contains(&start) {
            self.enter(start);
        }
        let group_at = group as usize;
        if group_at >= self.last_places.len() {
            self.last_places.resize(group_at + 1, None);
        }
        let cell = self.last.start;
        let place = *self.last_places[group_at]
            .get_or_insert_with(|| *self.places.entry((cell, group)).or_insert(next));
        (Timestamp::from_unix_nanos(cell), place)
    }

    fn enter(&mut self, start: u64) {
        let cell = cell_start(Timestamp::from_unix_nanos(start), self.step).unix_nanos();
        let step = self
            .step
            .and_then(|step| u64::try_from(step.as_nanos()).ok());
        let len = step.filter(|&step| step > 0).unwrap_or(u64::MAX);
        // The last nanosecond that there is is entered each time.
        self.last = cell..cell.saturating_add(len);
        self.last_places.clear();
    }
}

/// A place among the rows of a segment, which has fewer than 2^31.
#[expect(clippy::cast_possible_truncation, reason = "as said")]
fn row(at: usize) -> u32 {
    at as u32
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
