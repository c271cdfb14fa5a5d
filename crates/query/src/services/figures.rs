//! How many spans, how many of them failed, and how long they took.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use clew_model::{SpanId, Timestamp, TraceId};
use clew_store::{Cell, Exemplar, Histogram};

/// The figures of some spans.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// How many there are.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
    /// How long they took, in nanoseconds.
    pub durations: Histogram,
}

/// Figures of a range of time, and of each of its cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FiguresSeries {
    /// Of the whole range.
    pub whole: Figures,
    /// The cells that are not empty, in the order of time.
    pub cells: Vec<FiguresCell>,
}

/// The figures of one length of time.
#[derive(Debug, Clone, PartialEq)]
pub struct FiguresCell {
    /// When it begins; the Unix epoch if there is one cell for all time.
    pub start: Timestamp,
    /// Of the spans that started in it.
    pub figures: Figures,
    /// Those that took longest, the longest first.
    pub examples: Vec<Example>,
}

/// A span that shows what figures are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Its trace.
    pub trace_id: TraceId,
    /// Which span of it.
    pub span_id: SpanId,
    /// How long it took.
    pub duration: Duration,
    /// Whether it failed.
    pub failed: bool,
}

impl Figures {
    /// Counts what the other has counted.
    pub fn merge(&mut self, other: &Self) {
        self.spans += other.spans;
        self.errors += other.errors;
        self.durations.merge(&other.durations);
    }

    /// How long this part of all took at the most: 0.5 asks for the median. Right within 3 %; `None`
    /// if there are no spans.
    pub fn quantile(&self, part: f64) -> Option<Duration> {
        self.durations.quantile(part).map(nanos)
    }
}

impl FiguresSeries {
    /// Adds cells of spans that all failed, or all did not.
    pub(super) fn add(&mut self, cells: Vec<Cell>, failed: bool, examples_max: usize) {
        let cells = cells.into_iter().map(|cell| FiguresCell {
            start: cell.start,
            figures: Figures {
                spans: cell.count,
                errors: if failed { cell.count } else { 0 },
                durations: cell.histogram,
            },
            examples: {
                let examples = cell.exemplars.iter();
                examples.map(|it| Example::new(it, failed)).collect()
            },
        });
        self.merge(cells, examples_max);
    }

    /// Adds cells, of which some may be there already.
    pub(super) fn merge(
        &mut self,
        cells: impl IntoIterator<Item = FiguresCell>,
        examples_max: usize,
    ) {
        let known = std::mem::take(&mut self.cells);
        let known = known.into_iter().map(|cell| (cell.start, cell));
        let mut by_start: BTreeMap<Timestamp, FiguresCell> = known.collect();
        for cell in cells {
            self.whole.merge(&cell.figures);
            match by_start.entry(cell.start) {
                Entry::Vacant(new) => {
                    let cell = new.insert(cell);
                    cell.examples.sort_by(Example::compare);
                    cell.examples.truncate(examples_max);
                }
                Entry::Occupied(mut known) => {
                    let into = known.get_mut();
                    into.figures.merge(&cell.figures);
                    into.examples.extend(cell.examples);
                    into.examples.sort_by(Example::compare);
                    into.examples.truncate(examples_max);
                }
            }
        }
        self.cells = by_start.into_values().collect();
    }
}

impl Example {
    fn new(exemplar: &Exemplar, failed: bool) -> Self {
        Self {
            trace_id: exemplar.trace_id,
            span_id: exemplar.span_id,
            duration: nanos(exemplar.value),
            failed,
        }
    }

    /// The longest first; by their ids where they took as long, so that the choice does not depend
    /// on the order of arrival.
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let by_duration = other.duration.cmp(&self.duration);
        let ids = |it: &Self| (it.trace_id, it.span_id);
        by_duration.then_with(|| ids(self).cmp(&ids(other)))
    }
}

/// A duration as it was measured.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a duration of spans is not negative, and a number that is too large becomes the largest"
)]
fn nanos(measured: f64) -> Duration {
    Duration::from_nanos(measured as u64)
}
