//! Measures spans by their columns, in groups and over time.

use std::ops::Range;
use std::time::Duration;

use clew_model::{SpanId, TimeRange, Timestamp, TraceId};
use clew_store::{Aggregate, Exemplar, Measure, Scalar};

use super::field::FieldValues;
use super::row_set::RowSet;
use super::rows::ranges_of;
use super::{ABSENT, ColumnKey, ColumnReader, Columnar, FieldColumn, Filter, Part, Words};
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
            time: aggregate.time,
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
        let places = self.places(&groups, &starts, &wanted, &values);
        let mut measured: Vec<MeasuredSpans> = places
            .all
            .iter()
            .map(|place| MeasuredSpans {
                by: groups.by[place.group as usize].clone(),
                cell: Timestamp::from_unix_nanos(place.cell),
                values: Vec::with_capacity(place.spans),
                rows: Vec::with_capacity(if self.with_rows { place.spans } else { 0 }),
            })
            .collect();
        for &(at, place) in &places.of_rows {
            let spans = &mut measured[place as usize];
            spans.values.extend(values.get(at as usize));
            if self.with_rows {
                spans.rows.push(rows.start + at);
            }
        }
        Ok(measured)
    }

    /// Which place each of the wanted rows has that measures something.
    fn places(
        &self,
        groups: &Groups,
        starts: &[u64],
        wanted: &RowSet,
        values: &MeasuredValues,
    ) -> Places {
        let mut cells = Cells::new(self.step, groups.by.len(), starts);
        let mut of_rows = Vec::with_capacity(starts.len());
        let mut add = |at: usize| {
            if values.get(at).is_some() {
                let group = groups.of_rows.as_ref().map_or(0, |groups| groups[at]);
                of_rows.push((row(at), cells.place(starts[at], group)));
            }
        };
        if wanted.is_full() {
            (0..starts.len()).for_each(add);
        } else {
            wanted.iter().for_each(&mut add);
        }
        Places {
            of_rows,
            all: cells.all,
        }
    }

    fn values(
        &self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<MeasuredValues, DiskError> {
        Ok(match &self.measured {
            None => MeasuredValues::Durations(columns.times(Part::Duration, rows)?),
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
    Durations(Words),
    Coded {
        slots: Vec<u32>,
        numbers: Vec<Option<f64>>,
    },
}

impl MeasuredValues {
    #[inline]
    fn get(&self, at: usize) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "as `Measure` says")]
        match self {
            Self::Durations(words) => Some(words[at] as f64),
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
        let mut add = |before: u32, slot: u32| {
            let mut values = self.by[before as usize].clone();
            let value = field.values.get(slot as usize).and_then(|it| it.first());
            values.push(value.cloned());
            by.push(values);
            row(by.len() - 1)
        };
        let of_rows = if let Some(before) = &self.of_rows {
            let mut known = FastMap::default();
            let pairs = before.iter().zip(&field.slots);
            let group = |(&before, &slot)| {
                let key = (before, slot);
                *known.entry(key).or_insert_with(|| add(before, slot))
            };
            pairs.map(group).collect()
        } else {
            // One more is for the rows without a value.
            let mut known = vec![ABSENT; field.values.len() + 1];
            let none = row(field.values.len());
            let group = |&slot: &u32| {
                let group = &mut known[slot.min(none) as usize];
                if *group == ABSENT {
                    *group = add(0, slot);
                }
                *group
            };
            field.slots.iter().map(group).collect()
        };
        Self {
            by,
            of_rows: Some(of_rows),
        }
    }
}

/// Where the spans of some rows are counted.
struct Places {
    /// Rows, counted from the first, and the place of each.
    of_rows: Vec<(u32, u32)>,
    all: Vec<Place>,
}

/// A group in a cell.
#[derive(Debug)]
struct Place {
    group: u32,
    /// When the cell begins.
    cell: u64,
    /// How many spans there are.
    spans: usize,
}

/// Finds the place of each group in each cell.
struct Cells {
    /// How long a cell is; `None` if there is one for all time.
    step: Option<u64>,
    /// When the first cell begins.
    first: u64,
    groups: usize,
    all: Vec<Place>,
    known: KnownPlaces,
}

/// The places of groups, by cell.
enum KnownPlaces {
    /// Of each group in each cell, or [`ABSENT`].
    Table(Vec<u32>),
    /// If a table would be long.
    Map(FastMap<(u64, u32), u32>),
}

impl Cells {
    /// Of so many groups, of spans that started then.
    fn new(step: Option<Duration>, groups: usize, starts: &[u64]) -> Self {
        /// A table of so many places is quicker than a map.
        const TABLE_MAX: u64 = 1 << 16;

        let step = step.and_then(|step| u64::try_from(step.as_nanos()).ok());
        let step = step.filter(|&step| step > 0);
        let cell = |start: Option<&u64>| step.zip(start).map_or(0, |(step, start)| start / step);
        let (first, last) = (cell(starts.iter().min()), cell(starts.iter().max()));
        let places = (last - first)
            .saturating_add(1)
            .saturating_mul(groups as u64);
        Self {
            step,
            first: step.map_or(0, |step| first * step),
            groups,
            all: Vec::new(),
            known: match usize::try_from(places) {
                Ok(len) if places <= TABLE_MAX => KnownPlaces::Table(vec![ABSENT; len]),
                _ => KnownPlaces::Map(FastMap::default()),
            },
        }
    }

    /// Counts a span of this group that started then; its place.
    #[inline]
    fn place(&mut self, start: u64, group: u32) -> u32 {
        let cell = self.step.map_or(0, |step| (start - self.first) / step);
        let all = &mut self.all;
        let mut add = || {
            all.push(Place {
                group,
                cell: self.first + cell * self.step.unwrap_or(0),
                spans: 0,
            });
            row(all.len() - 1)
        };
        let place = match &mut self.known {
            KnownPlaces::Map(known) => *known.entry((cell, group)).or_insert_with(add),
            KnownPlaces::Table(known) => {
                // There are fewer cells than places.
                let cell = usize::try_from(cell).unwrap_or(usize::MAX);
                let place = &mut known[cell * self.groups + group as usize];
                if *place == ABSENT {
                    *place = add();
                }
                *place
            }
        };
        self.all[place as usize].spans += 1;
        place
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
