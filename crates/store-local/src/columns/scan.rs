//! Which rows a scan asks for, stretch by stretch.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows"
)]

use std::ops::Range;

use clew_model::{SpanId, TimeRange, Timestamp, TraceId};
use clew_store::{Found, Order, OrderKey, Position, Predicate, Scan};

use super::row_set::RowSet;
use super::rows::ranges_of;
use super::{ColumnKey, ColumnReader, Columnar, Filter, Part, word};
use crate::error::DiskError;

/// A scan, made ready for the columns of one segment or block.
#[derive(Debug)]
pub(crate) struct ColumnScan {
    /// One for each predicate.
    filters: Vec<Filter>,
}

/// Rows that are looked at together: those of a page of the column of starts.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    pub(crate) rows: Range<u32>,
    /// The best key that a span of it can have.
    pub(crate) best: OrderKey,
}

/// What a row contributes to its trace.
#[derive(Debug)]
pub(crate) struct FoundRow {
    pub(crate) trace_id: TraceId,
    pub(crate) found: Found,
}

impl dyn Columnar + '_ {
    /// The stretches that may have spans that the scan asks for.
    pub(crate) fn stretches(&self, scan: &Scan) -> Vec<Stretch> {
        let Some(starts) = self.column(&ColumnKey::Part(Part::Start)) else {
            return Vec::new();
        };
        let durations = self.column(&ColumnKey::Part(Part::Duration));
        let mut stretches = Vec::new();
        for page in self.pages(starts, &(0..self.rows())) {
            let rows = page.first..page.first + page.rows;
            let Some((earliest, latest)) = page.bounds else {
                continue;
            };
            if !may_start_in(scan.time, earliest, latest) {
                continue;
            }
            let best = match scan.order {
                Order::Newest => latest,
                Order::Oldest => earliest,
                Order::Slowest => {
                    let pages = durations.map(|durations| self.pages(durations, &rows));
                    let longest = pages
                        .into_iter()
                        .flatten()
                        .map(|page| page.bounds.map_or(u64::MAX, |(_, longest)| longest));
                    longest.max().unwrap_or(u64::MAX)
                }
            };
            stretches.push(Stretch {
                rows,
                best: OrderKey(best),
            });
        }
        stretches
    }

    /// The traces of the spans of these rows, which are in order.
    pub(crate) fn trace_ids(&self, rows: &[u32]) -> Result<Vec<TraceId>, DiskError> {
        let id = |bytes: &[u8]| TraceId::from_bytes(bytes.try_into().ok()?);
        self.ids(Part::TraceId, rows, id)
    }

    /// The ids of the spans of these rows, which are in order.
    pub(crate) fn span_ids(&self, rows: &[u32]) -> Result<Vec<SpanId>, DiskError> {
        let id = |bytes: &[u8]| SpanId::from_bytes(bytes.try_into().ok()?);
        self.ids(Part::SpanId, rows, id)
    }

    fn ids<T>(
        &self,
        part: Part,
        rows: &[u32],
        id: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, DiskError> {
        let column = self.column(&ColumnKey::Part(part));
        let reader = ColumnReader::new(self, column.ok_or_else(|| self.missing())?)?;
        let read = reader.read_ranges(self, &ranges_of(rows))?;
        let ids: Option<Vec<_>> = rows.iter().map(|&row| id(read.get(row)?)).collect();
        ids.ok_or_else(|| self.contradiction("spans without an id of their own or of their trace"))
    }
}

fn may_start_in(time: TimeRange, earliest: u64, latest: u64) -> bool {
    earliest <= time.end.unix_nanos() && latest >= time.start.unix_nanos()
}

impl ColumnScan {
    pub(crate) fn new(columns: &dyn Columnar, predicates: &[Predicate]) -> Result<Self, DiskError> {
        let filters = predicates.iter().map(|it| Filter::new(it, columns));
        Ok(Self {
            filters: filters.collect::<Result<_, _>>()?,
        })
    }

    /// Whether nothing of them is asked for.
    pub(crate) fn is_never(&self) -> bool {
        !self.filters.is_empty() && self.filters.iter().all(Filter::is_never)
    }

    /// The rows of the stretch that are asked for and come before `worst`, if that is given.
    pub(crate) fn look_at(
        &mut self,
        columns: &dyn Columnar,
        stretch: &Stretch,
        scan: &Scan,
        worst: Option<OrderKey>,
    ) -> Result<Vec<FoundRow>, DiskError> {
        let rows = &stretch.rows;
        let mut of_predicates = Vec::with_capacity(self.filters.len());
        for filter in &mut self.filters {
            of_predicates.push(filter.rows(columns, rows.clone())?);
        }
        let mut any = match of_predicates.split_first() {
            None => RowSet::all(rows.len()),
            Some((first, others)) => {
                let mut any = first.clone();
                for other in others {
                    any.unite(other);
                }
                any
            }
        };
        if any.is_empty() {
            return Ok(Vec::new());
        }
        let starts = columns.times(Part::Start, rows)?;
        let durations = match scan.order {
            Order::Newest | Order::Oldest => None,
            Order::Slowest => Some(columns.times(Part::Duration, rows)?),
        };
        let keys = durations.as_ref().unwrap_or(&starts);
        any.retain(|at| {
            let start = Timestamp::from_unix_nanos(starts[at]);
            let comes_before = |worst| scan.order.is_before(OrderKey(keys[at]), worst);
            scan.time.contains(start) && worst.is_none_or(comes_before)
        });
        if let Some(arrived) = &scan.arrived {
            let positions = columns.required(Part::Position, rows.clone())?;
            any.retain(|at| {
                let position = positions.get(rows.start + at as u32).map_or(0, word);
                arrived.contains(&Position(position))
            });
        }
        if any.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<u32> = any.iter().map(|at| rows.start + at as u32).collect();
        let ids = columns.trace_ids(&wanted)?;
        let found = any.iter().zip(ids).map(|(at, trace_id)| {
            let bits = match of_predicates.len() {
                0 => 1,
                _ => (0..)
                    .zip(&of_predicates)
                    .map(|(bit, holds)| u64::from(holds.contains(at)) << bit)
                    .sum(),
            };
            let start = Timestamp::from_unix_nanos(starts[at]);
            FoundRow {
                trace_id,
                found: Found::new(bits, OrderKey(keys[at]), start),
            }
        });
        Ok(found.collect())
    }
}
