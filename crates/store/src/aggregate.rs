//! Numbers about many spans: how many, how long, in groups and over time.

#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use clew_model::{SpanId, SpanRef, TimeRange, Timestamp, TraceId, ValueRef};

use crate::field::{Field, FieldRef, Scalar};
use crate::{Held, Histogram, Predicate, QueryContext, StoreError};

/// What to count and measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// When the spans started.
    pub time: TimeRange,
    /// What must hold of them.
    pub spans: Predicate,
    /// A series for each combination of the first values that spans have in these fields.
    pub by: Vec<Field>,
    /// How long a cell is; cells begin at multiples of it since the Unix epoch. `None` for one cell
    /// for all time.
    pub step: Option<Duration>,
    /// What is measured of each span. Those that have no such number are not counted.
    pub measure: Measure,
    /// How many spans a cell names as examples, at the most: those that measure most.
    pub exemplars_max: usize,
    /// How many series there may be, at the most.
    pub series_max: usize,
}

/// What is measured of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How long it took, in nanoseconds.
    Duration,
    /// The first value of a field, if it is a number.
    Field(Field),
}

/// The numbers of one group, over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The values that its spans have in the fields of [`Aggregate::by`]; `None` where they have
    /// none.
    pub by: Vec<Option<Scalar>>,
    /// The cells that are not empty, in the order of time.
    pub cells: Vec<Cell>,
}

/// The numbers of one group for one length of time. Those of several stores add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// When it begins; the Unix epoch if there is one cell for all time.
    pub start: Timestamp,
    /// How many spans were measured.
    pub count: u64,
    /// The sum of what was measured.
    pub sum: f64,
    /// The least that was measured.
    pub min: f64,
    /// The most that was measured.
    pub max: f64,
    /// How many measure how much.
    pub histogram: Histogram,
    /// Spans of the cell that measure most, the most first.
    pub exemplars: Vec<Exemplar>,
}

/// A span as an example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exemplar {
    /// Its trace.
    pub trace_id: TraceId,
    /// Which span of it.
    pub span_id: SpanId,
    /// What it measures.
    pub value: f64,
}

/// Measures span by span, or many at once.
#[derive(Debug)]
pub struct AggregateFold<'a> {
    question: &'a Aggregate,
    /// Given back if the question fails: it may be asked in another way then.
    memory: Held,
    places: HashMap<Vec<Option<Scalar>>, SeriesPlace>,
    series: Vec<BTreeMap<Timestamp, Cell>>,
}

/// Which of the series of a fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesPlace(usize);

/// What a cell takes without its histogram, in the tree that it is in.
const CELL_BYTES: usize = 2 * size_of::<Cell>();

/// What a series takes without its cells and what it is grouped by, in the table that it is in.
const SERIES_BYTES: usize = 2 * (size_of::<Vec<Option<Scalar>>>() + size_of::<Series>());

impl<'a> AggregateFold<'a> {
    /// Nothing is measured yet.
    pub fn new(question: &'a Aggregate, context: &'a QueryContext) -> Self {
        Self {
            question,
            memory: context.hold(),
            places: HashMap::new(),
            series: Vec::new(),
        }
    }

    /// Measures the span, if it is one that was asked for.
    ///
    /// # Errors
    /// If there are too many series, or too many cells for the query's memory.
    pub fn add(&mut self, span: SpanRef<'_>) -> Result<(), StoreError> {
        let question = self.question;
        if !question.time.contains(span.start()) || !question.spans.holds(span) {
            return Ok(());
        }
        let Some(value) = question.measure.of(span) else {
            return Ok(());
        };
        let first = |field: &Field| field.first(span).map(FieldRef::to_scalar);
        let series = self.series(question.by.iter().map(first).collect())?;
        let cell = cell_start(span.start(), question.step);
        self.add_all(series, cell, &[value])?;
        if value >= self.least_shown(series, cell) {
            let exemplar = Exemplar {
                trace_id: span.trace_id(),
                span_id: span.span_id(),
                value,
            };
            self.show(series, cell, exemplar);
        }
        Ok(())
    }

    /// The series of spans that have these values in the fields of [`Aggregate::by`].
    ///
    /// # Errors
    /// If there are too many series, or too many for the query's memory.
    pub fn series(&mut self, by: Vec<Option<Scalar>>) -> Result<SeriesPlace, StoreError> {
        if let Some(&place) = self.places.get(&by) {
            return Ok(place);
        }
        if self.series.len() >= self.question.series_max {
            return Err(StoreError::LimitExceeded {
                what: format!("there are more than {} series", self.question.series_max),
            });
        }
        let texts = by.iter().flatten().map(Scalar::text_len);
        let len = by.len() * size_of::<Option<Scalar>>() + texts.sum::<usize>();
        self.memory.grow(SERIES_BYTES + len)?;
        let place = SeriesPlace(self.series.len());
        self.series.push(BTreeMap::new());
        self.places.insert(by, place);
        Ok(place)
    }

    /// Measures spans of one series and of the cell that begins then.
    ///
    /// # Errors
    /// If there are too many cells for the query's memory.
    pub fn add_all(
        &mut self,
        SeriesPlace(series): SeriesPlace,
        cell: Timestamp,
        values: &[f64],
    ) -> Result<(), StoreError> {
        self.change(series, cell, |cell| cell.add_all(values))
    }

    /// Adds what was measured of other spans for the same question, whatever their time.
    ///
    /// # Errors
    /// If there are too many series, or too many cells for the query's memory.
    pub fn add_series(&mut self, others: &[Series]) -> Result<(), StoreError> {
        let exemplars_max = self.question.exemplars_max;
        for other in others {
            let SeriesPlace(series) = self.series(other.by.clone())?;
            for cell in &other.cells {
                self.change(series, cell.start, |into| into.merge(cell, exemplars_max))?;
            }
        }
        Ok(())
    }

    fn change(
        &mut self,
        series: usize,
        cell: Timestamp,
        change: impl FnOnce(&mut Cell),
    ) -> Result<(), StoreError> {
        let cell = match self.series[series].entry(cell) {
            Entry::Occupied(cell) => cell.into_mut(),
            Entry::Vacant(place) => {
                self.memory.grow(CELL_BYTES)?;
                place.insert(Cell::starting(cell))
            }
        };
        let before = cell.histogram.memory_len();
        change(cell);
        self.memory.grow(cell.histogram.memory_len() - before)
    }

    /// What a span must measure at the least to be an exemplar of the cell.
    pub fn least_shown(&self, SeriesPlace(series): SeriesPlace, cell: Timestamp) -> f64 {
        let Some(last) = self.question.exemplars_max.checked_sub(1) else {
            return f64::INFINITY;
        };
        let cell = self.series[series].get(&cell);
        let worst = cell.and_then(|cell| cell.exemplars.get(last));
        worst.map_or(f64::NEG_INFINITY, |worst| worst.value)
    }

    /// Makes the span an exemplar of the cell, if there are not enough that measure more.
    pub fn show(&mut self, SeriesPlace(series): SeriesPlace, cell: Timestamp, exemplar: Exemplar) {
        if let Some(cell) = self.series[series].get_mut(&cell) {
            cell.show(exemplar, self.question.exemplars_max);
        }
    }

    /// The series, in the order of what they are grouped by. They are a part of the query's memory until
    /// it ends.
    pub fn finish(self) -> Vec<Series> {
        let (series, memory) = self.into_series();
        memory.keep();
        series
    }

    /// The same, with the memory that they are.
    pub fn into_series(self) -> (Vec<Series>, Held) {
        let mut cells = self.series;
        let series = self.places.into_iter();
        let mut series: Vec<Series> = series
            .map(|(by, SeriesPlace(place))| Series {
                by,
                cells: std::mem::take(&mut cells[place]).into_values().collect(),
            })
            .collect();
        series.sort_unstable_by(|one, other| one.by.cmp(&other.by));
        (series, self.memory)
    }
}

impl Measure {
    fn of(&self, span: SpanRef<'_>) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "percentiles are right within 3 %, and sums up to 104 days in nanoseconds exact"
        )]
        match self {
            Self::Duration => Some(span.duration().as_nanos() as f64),
            Self::Field(field) => match field.first(span)? {
                FieldRef::Value(ValueRef::Int(number)) => Some(number as f64),
                FieldRef::Value(ValueRef::Double(number)) => (!number.is_nan()).then_some(number),
                FieldRef::Duration(duration) => Some(duration.as_nanos() as f64),
                _ => None,
            },
        }
    }
}

/// When the cell of this time begins.
pub(crate) fn cell_start(time: Timestamp, step: Option<Duration>) -> Timestamp {
    let step = step.and_then(|step| u64::try_from(step.as_nanos()).ok());
    match step {
        Some(step) if step > 0 => Timestamp::from_unix_nanos(time.unix_nanos() / step * step),
        _ => Timestamp::MIN,
    }
}

impl Cell {
    fn starting(start: Timestamp) -> Self {
        Self {
            start,
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            histogram: Histogram::default(),
            exemplars: Vec::new(),
        }
    }

    fn add_all(&mut self, values: &[f64]) {
        self.count += values.len() as u64;
        let (sum, min, max) = sum_min_max(values);
        self.sum += sum;
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        self.histogram.record_all(values);
    }

    fn merge(&mut self, other: &Self, exemplars_max: usize) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.histogram.merge(&other.histogram);
        for &exemplar in &other.exemplars {
            self.show(exemplar, exemplars_max);
        }
    }

    fn show(&mut self, exemplar: Exemplar, exemplars_max: usize) {
        let at = self.exemplars.partition_point(|it| it.is_before(&exemplar));
        if at < exemplars_max {
            self.exemplars.insert(at, exemplar);
            self.exemplars.truncate(exemplars_max);
        }
    }
}

/// The sum, the least and the greatest of these values.
fn sum_min_max(values: &[f64]) -> (f64, f64, f64) {
    /// So many are added up side by side: one after the other, each addition waits for the one before.
    const LANES: usize = 8;

    let mut lanes = [(0.0, f64::INFINITY, f64::NEG_INFINITY); LANES];
    let add = |(sum, min, max): &mut (f64, f64, f64), value: f64| {
        *sum += value;
        *min = if value < *min { value } else { *min };
        *max = if value > *max { value } else { *max };
    };
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            add(lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        add(lane, value);
    }
    let [first, others @ ..] = lanes;
    others.into_iter().fold(first, |(sum, min, max), other| {
        (sum + other.0, min.min(other.1), max.max(other.2))
    })
}

impl Exemplar {
    /// Those that measure most come first; in the order of their ids where they measure the same,
    /// so that the choice does not depend on the order of arrival.
    fn is_before(&self, other: &Self) -> bool {
        let by_value = other.value.total_cmp(&self.value);
        let ids = |it: &Self| (it.trace_id, it.span_id);
        by_value.then_with(|| ids(self).cmp(&ids(other))).is_lt()
    }
}
