//! Which spans are counted together: those of a group, in a cell of time.

use std::ops::Range;
use std::time::Duration;

use clew_model::Timestamp;
use clew_store::Scalar;

use super::MeasuredSpans;
use crate::columns::field::FieldValues;
use crate::columns::row_set::RowSet;
use crate::columns::{ABSENT, Columnar, FieldColumn};
use crate::error::DiskError;
use crate::table::FastMap;

/// A table of so many places is quicker than a map.
const TABLE_MAX: usize = 1 << 14;

/// The combinations of values that some rows have.
pub(super) struct Groups {
    /// Each combination.
    pub(super) by: Vec<Vec<Option<Scalar>>>,
    /// Of each row which it has; `None` if all have the same.
    of_rows: Option<Vec<u32>>,
}

impl Groups {
    pub(super) fn new(
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

    /// The groups of so many rows from this one on.
    pub(super) fn of_rows(&self, first: u32, count: usize) -> Option<&[u32]> {
        let first = first as usize;
        self.of_rows
            .as_ref()
            .map(|groups| &groups[first..first + count])
    }

    /// With one more field.
    fn divided_by(self, field: &FieldValues) -> Self {
        let mut by = Vec::new();
        // Of values that are alike, such as the service of two resources, the group is one.
        let mut known_by = FastMap::default();
        let mut add = |before: u32, slot: u32| {
            let mut values = self.by[before as usize].clone();
            let value = field.values.get(slot as usize).and_then(|it| it.first());
            values.push(value.cloned());
            *known_by.entry(values).or_insert_with_key(|values| {
                by.push(values.clone());
                number(by.len() - 1)
            })
        };
        // One more is for the rows without a value.
        let slots = field.values.len() + 1;
        let none = number(field.values.len());
        let in_table =
            |known: &mut [u32], before: u32, slot: u32, add: &mut dyn FnMut(u32, u32) -> u32| {
                let group = &mut known[before as usize * slots + slot.min(none) as usize];
                if *group == ABSENT {
                    *group = add(before, slot);
                }
                *group
            };
        let of_rows = match &self.of_rows {
            None => {
                let mut known = vec![ABSENT; slots];
                let group = |&slot| in_table(&mut known, 0, slot, &mut add);
                field.slots.iter().map(group).collect()
            }
            Some(before) if self.by.len() * slots <= TABLE_MAX => {
                let mut known = vec![ABSENT; self.by.len() * slots];
                let pairs = before.iter().zip(&field.slots);
                let group = |(&before, &slot)| in_table(&mut known, before, slot, &mut add);
                pairs.map(group).collect()
            }
            Some(before) => {
                let mut known = FastMap::default();
                let pairs = before.iter().zip(&field.slots);
                let group = |(&before, &slot)| {
                    let key = (before, slot);
                    *known.entry(key).or_insert_with(|| add(before, slot))
                };
                pairs.map(group).collect()
            }
        };
        Self {
            by,
            of_rows: Some(of_rows),
        }
    }
}

/// Some rows that are looked at together.
pub(super) struct Stretch<'a> {
    /// The group of each; `None` if all are of the first.
    pub(super) groups: Option<&'a [u32]>,
    /// What each measures; NaN of those that have no number.
    pub(super) values: Vec<f64>,
    pub(super) wanted: RowSet,
}

impl Stretch<'_> {
    /// The place of each row, or [`ABSENT`] if it is not wanted or measures nothing. When each started
    /// is of no matter if there is one cell for all time.
    pub(super) fn places(&self, starts: &[u64], cells: &mut Cells) -> Vec<u32> {
        let start = |at: usize| starts.get(at).copied().unwrap_or_default();
        let mut place = |at: usize| {
            if self.values[at].is_nan() {
                return ABSENT;
            }
            cells.place(start(at), self.groups.map_or(0, |groups| groups[at]))
        };
        if self.wanted.is_full() {
            return (0..self.values.len()).map(place).collect();
        }
        let mut places = vec![ABSENT; self.values.len()];
        for at in self.wanted.iter() {
            places[at] = place(at);
        }
        places
    }
}

/// A group in a cell.
#[derive(Debug)]
pub(super) struct Place {
    group: u32,
    /// When the cell begins.
    cell: u64,
}

/// Finds the place of each group in each cell.
pub(super) struct Cells {
    /// How long a cell is; `None` if there is one for all time.
    step: Option<u64>,
    /// When the first cell begins.
    first: u64,
    /// When the cell of the last span begins, and how many are before it.
    last: (u64, u64),
    groups: usize,
    /// In the order in which they were found.
    pub(super) all: Vec<Place>,
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
    pub(super) fn new(step: Option<Duration>, groups: usize, starts: &[u64]) -> Self {
        let step = step.and_then(|step| u64::try_from(step.as_nanos()).ok());
        let step = step.filter(|&step| step > 0);
        let cell = |start: Option<&u64>| step.zip(start).map_or(0, |(step, start)| start / step);
        let (first, last) = (cell(starts.iter().min()), cell(starts.iter().max()));
        let places = (last - first)
            .saturating_add(1)
            .saturating_mul(groups as u64);
        let first = step.map_or(0, |step| first * step);
        Self {
            step,
            first,
            last: (first, 0),
            groups,
            all: Vec::new(),
            known: match usize::try_from(places) {
                Ok(len) if len <= TABLE_MAX => KnownPlaces::Table(vec![ABSENT; len]),
                _ => KnownPlaces::Map(FastMap::default()),
            },
        }
    }

    /// The place of a span of this group that started then.
    #[inline]
    fn place(&mut self, start: u64, group: u32) -> u32 {
        // Neighbours are most often of the same cell, and a division takes longer than all the rest.
        if let Some(step) = self.step
            && start.wrapping_sub(self.last.0) >= step
        {
            let cell = (start - self.first) / step;
            self.last = (self.first + cell * step, cell);
        }
        let (begin, cell) = self.last;
        let all = &mut self.all;
        let mut add = || {
            all.push(Place { group, cell: begin });
            number(all.len() - 1)
        };
        match &mut self.known {
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
        }
    }
}

/// What the rows of a stretch measure, place by place.
pub(super) struct Sorted {
    pub(super) values: Vec<f64>,
    /// Of each value the row, counted from the first of the stretch; none if nobody asks for them.
    pub(super) rows: Vec<u32>,
    /// Which of them are of each place, in any order.
    pub(super) ranges: Vec<Range<usize>>,
}

impl Sorted {
    /// Of rows of so many places.
    pub(super) fn of(places: &[u32], count: usize, values: &[f64], with_rows: bool) -> Self {
        /// Neighbours are often of the same place. Each is counted, and put, in a lane of its own: to
        /// add to the same number again takes longer than to add to another.
        const LANES: usize = 4;

        let lane = |row: usize, place: u32| place as usize * LANES + row % LANES;
        let mut next = vec![0_u32; count * LANES];
        for (row, &place) in places.iter().enumerate() {
            if place != ABSENT {
                next[lane(row, place)] += 1;
            }
        }
        let mut len = 0;
        let mut ranges = Vec::with_capacity(count);
        for lanes in next.chunks_mut(LANES) {
            let start = len as usize;
            for next in lanes {
                len += std::mem::replace(next, len);
            }
            ranges.push(start..len as usize);
        }
        let len = len as usize;
        let mut sorted = Self {
            values: vec![0.0; len],
            rows: vec![0; if with_rows { len } else { 0 }],
            ranges,
        };
        for (row, (&place, &value)) in places.iter().zip(values).enumerate() {
            if place == ABSENT {
                continue;
            }
            let next = &mut next[lane(row, place)];
            sorted.values[*next as usize] = value;
            if with_rows {
                sorted.rows[*next as usize] = number(row);
            }
            *next += 1;
        }
        sorted
    }
}

/// What was found in several stretches.
#[derive(Default)]
pub(super) struct Found {
    pub(super) all: Vec<MeasuredSpans>,
    /// Where in it each group is in each cell.
    places: FastMap<(u64, u32), usize>,
}

impl Found {
    pub(super) fn place(&mut self, place: &Place, groups: &Groups) -> &mut MeasuredSpans {
        let all = &mut self.all;
        let key = (place.cell, place.group);
        let at = *self.places.entry(key).or_insert_with(|| {
            all.push(MeasuredSpans {
                by: groups.by[place.group as usize].clone(),
                cell: Timestamp::from_unix_nanos(place.cell),
                values: Vec::new(),
                rows: Vec::new(),
            });
            all.len() - 1
        });
        &mut self.all[at]
    }
}

/// A place among the rows of a segment, which has fewer than 2^31.
#[expect(clippy::cast_possible_truncation, reason = "as said")]
fn number(at: usize) -> u32 {
    at as u32
}
