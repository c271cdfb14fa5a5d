//! A condition on the values of one column.

use std::ops::{Range, RangeInclusive};

use clew_model::ValueRef;
use clew_store::{Field, FieldRef, Predicate, TextSearch};

use super::super::row_set::RowSet;
use super::super::value_kind::ValueKind;
use super::super::{
    ABSENT, ColumnKey, ColumnReader, Columnar, Malformed, PageBounds, Part, Values,
};
use crate::error::DiskError;

/// A condition on the values of one column.
#[derive(Debug)]
pub(super) struct ColumnTest {
    kind: ValueKind,
    leaf: Predicate,
    /// Of each value of the column's dictionary whether it holds, if there is one.
    of_codes: Option<Holds>,
    /// Of which numbers it holds, if that is one range and the values are numbers without a sign.
    of_words: Option<RangeInclusive<u64>>,
    /// Whether it holds of rows without a value.
    of_absent: bool,
    /// Looks for text that each value has of which it holds, if there is such text.
    search: Option<TextSearch>,
    /// The rows that may have the text that is looked for, if that is known.
    candidates: Option<Vec<Range<u32>>>,
    /// `None` if no row has a value.
    reader: Option<ColumnReader>,
}

/// Of which values of a dictionary a condition holds.
#[derive(Debug)]
struct Holds {
    codes: Vec<bool>,
    first: Option<u64>,
    last: Option<u64>,
}

impl Holds {
    fn new(codes: Vec<bool>) -> Self {
        let position = |at: Option<usize>| at.map(|at| at as u64);
        Self {
            first: position(codes.iter().position(|&holds| holds)),
            last: position(codes.iter().rposition(|&holds| holds)),
            codes,
        }
    }
}

impl Holds {
    /// Of the values of a dictionary in order it holds of this one alone.
    fn of_one(values: &Values, text: &[u8]) -> Self {
        let mut codes = vec![false; values.len()];
        if let Some(code) = values.place_of(text) {
            codes[code] = true;
        }
        Self::new(codes)
    }
}

impl ColumnTest {
    pub(super) fn new(
        columns: &dyn Columnar,
        key: &ColumnKey,
        kind: ValueKind,
        leaf: &Predicate,
    ) -> Result<Self, DiskError> {
        // A span without a message has an empty one.
        let is_empty_if_absent = *key == ColumnKey::Part(Part::StatusMessage);
        let empty = FieldRef::Value(ValueRef::String(""));
        let column = columns.column(key);
        let reader = column.map(|column| ColumnReader::new(columns, column));
        let mut ready = Self {
            kind,
            leaf: leaf.clone(),
            of_codes: None,
            of_words: None,
            of_absent: is_empty_if_absent && leaf.holds_of(empty),
            search: leaf.text_search().filter(|_| kind == ValueKind::Text),
            candidates: None,
            reader: reader.transpose()?,
        };
        if let Some(reader) = &ready.reader
            && let Some(values) = reader.dictionary()
        {
            let is_sorted = columns.is_sorted(reader.column());
            ready.of_codes = Some(match ready.equal_text() {
                Some(text) if is_sorted => Holds::of_one(values, text),
                _ => Holds::new(ready.of_values(values, columns)?),
            });
        }
        ready.of_words = ready.range_of_words();
        if let Some(reader) = &ready.reader
            && reader.dictionary().is_none()
            && !ready.of_absent
            && let Some(text) = leaf.required_text().filter(|_| kind == ValueKind::Text)
        {
            ready.candidates = columns.rows_with_text(reader.column(), text)?;
        }
        Ok(ready)
    }

    /// The only text of which it holds, in a column of text.
    fn equal_text(&self) -> Option<&[u8]> {
        let is_text = self.kind == ValueKind::Text;
        let text = self.leaf.equal_text().filter(|_| is_text);
        text.map(str::as_bytes)
    }

    pub(super) fn is_of_codes(&self) -> bool {
        self.of_codes.is_some()
    }

    /// Whether it holds of all rows or of none, if that is known.
    pub(super) fn always(&self) -> Option<bool> {
        if self.candidates.as_ref().is_some_and(Vec::is_empty) {
            return Some(false);
        }
        let Some(holds) = &self.of_codes else {
            return self.reader.is_none().then_some(self.of_absent);
        };
        (holds.first.is_none() && !self.of_absent).then_some(false)
    }

    /// Those of these rows of which it holds.
    pub(super) fn rows(
        &self,
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<RowSet, DiskError> {
        let Some(reader) = &self.reader else {
            return Ok(self.constant(self.of_absent, rows));
        };
        if let Some(candidates) = &self.candidates {
            return self.rows_of_candidates(reader, candidates, columns, rows);
        }
        let known = columns
            .pages(reader.column(), rows)
            .iter()
            .map(|page| self.of_page(page))
            .reduce(|one, other| if one == other { one } else { None })
            .flatten();
        if let Some(holds) = known {
            return Ok(self.constant(holds, rows));
        }
        if let Some(range) = &self.of_words {
            let words = columns.words(reader.column(), rows)?;
            return Ok(RowSet::of(&words, |word| range.contains(word)));
        }
        let values = reader.read(columns, rows.clone())?;
        let computed;
        let holds = if let Some(holds) = &self.of_codes {
            &holds.codes
        } else {
            computed = self.of_values(values.values(), columns)?;
            &computed
        };
        let of_slot = |&slot: &u32| match slot {
            ABSENT => self.of_absent,
            slot => holds.get(slot as usize).copied().unwrap_or(false),
        };
        Ok(RowSet::of(values.slots(), of_slot))
    }

    /// Those of these rows that are candidates, and of which it holds.
    fn rows_of_candidates(
        &self,
        reader: &ColumnReader,
        candidates: &[Range<u32>],
        columns: &dyn Columnar,
        rows: &Range<u32>,
    ) -> Result<RowSet, DiskError> {
        let mut found = RowSet::none(rows.len());
        let from = candidates.partition_point(|range| range.end <= rows.start);
        let near = candidates[from..].iter();
        for range in near.take_while(|range| range.start < rows.end) {
            let range = range.start.max(rows.start)..range.end.min(rows.end);
            let values = reader.read(columns, range.clone())?;
            let holds = self.of_values(values.values(), columns)?;
            for (row, &slot) in range.zip(values.slots()) {
                if slot != ABSENT && holds.get(slot as usize).copied().unwrap_or(false) {
                    found.insert((row - rows.start) as usize);
                }
            }
        }
        Ok(found)
    }

    #[expect(clippy::unused_self, reason = "it reads better at its callers")]
    fn constant(&self, holds: bool, rows: &Range<u32>) -> RowSet {
        if holds {
            RowSet::all(rows.len())
        } else {
            RowSet::none(rows.len())
        }
    }

    /// Whether it holds of all rows of the page or of none, if its entry tells.
    fn of_page(&self, page: &PageBounds) -> Option<bool> {
        if page.values == 0 {
            return Some(self.of_absent);
        }
        let (min, max) = page.bounds?;
        let of_values = if let Some(holds) = &self.of_codes {
            let (first, last) = (holds.first?, holds.last?);
            if max < first || min > last {
                false
            } else {
                let between = usize::try_from(min).ok()?..=usize::try_from(max).ok()?;
                let mut between = holds.codes.get(between)?.iter();
                between.all(|&holds| holds).then_some(true)?
            }
        } else {
            let range = self.of_words.as_ref()?;
            let (of_min, of_max) = (range.contains(&min), range.contains(&max));
            (of_min == of_max).then_some(of_min)?
        };
        let is_full = page.values == page.rows;
        (is_full || of_values == self.of_absent).then_some(of_values)
    }

    /// Of which numbers a monotone condition holds: those up to some number, or from it on.
    fn range_of_words(&self) -> Option<RangeInclusive<u64>> {
        let is_of_words = matches!(self.kind, ValueKind::Time | ValueKind::Duration);
        if !is_of_words || !self.leaf.is_monotone() {
            return None;
        }
        let holds = |word: u64| {
            let bytes = word.to_le_bytes();
            let value = self.kind.field_ref(&bytes);
            value.is_some_and(|value| self.leaf.holds_of(value))
        };
        let of_least = holds(0);
        if holds(u64::MAX) == of_least {
            return of_least.then_some(0..=u64::MAX);
        }
        // The first number of which the other is true.
        let (mut low, mut high) = (0, u64::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(middle) == of_least {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(if of_least {
            0..=low - 1
        } else {
            low..=u64::MAX
        })
    }

    /// Of each of these values whether it holds.
    fn of_values(&self, values: &Values, columns: &dyn Columnar) -> Result<Vec<bool>, DiskError> {
        if self.kind.is_message() {
            let holds = self.of_messages(values);
            return holds.map_err(|Malformed(what)| columns.contradiction(what));
        }
        if let Some(text) = self.equal_text() {
            return Ok(values.iter().map(|value| value == text).collect());
        }
        if let Some(search) = &self.search {
            return Ok(self.of_texts(values, search));
        }
        Ok(values.iter().map(|value| self.holds_of(value)).collect())
    }

    fn holds_of(&self, value: &[u8]) -> bool {
        let value = self.kind.field_ref(value);
        value.is_some_and(|value| self.leaf.holds_of(value))
    }

    /// The same of texts: they are looked through all at once, and one by one only where what each must
    /// have is found.
    fn of_texts(&self, values: &Values, search: &TextSearch) -> Vec<bool> {
        let mut holds = vec![false; values.len()];
        let mut from = 0;
        while let Some(found) = search.find(values.bytes(), from) {
            let (place, end) = values.at_byte(found);
            if let Some(holds) = holds.get_mut(place) {
                *holds = values.get(place).is_some_and(|value| self.holds_of(value));
            }
            from = end;
        }
        holds
    }

    /// The same of values that are messages of OTLP: each is that of a span of its own.
    fn of_messages(&self, values: &Values) -> Result<Vec<bool>, Malformed> {
        let key = match self.leaf.field() {
            Some(Field::Attribute { key, .. }) => &key[..],
            _ => "",
        };
        let mut holds = Vec::with_capacity(values.len());
        self.kind
            .for_each_message(key, values, |span| holds.push(self.leaf.holds(span)))?;
        Ok(holds)
    }
}
