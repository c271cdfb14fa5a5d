//! One column out of several.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use std::sync::Arc;

use super::super::leaf::{Data, in_order};
use super::super::levels::Levels;
use super::Merge;
use crate::columns::{ABSENT, ColumnKey, ColumnReader, ColumnRows, Columnar, Part, Values, word};
use crate::error::DiskError;
use crate::table::{Dictionary, FastMap};

/// Which rows have a value, and the values of those.
pub(super) type Column = (Option<Levels>, Data);

/// Gives the values of a source the form that they have in the segment.
pub(super) type Convert<'c> = dyn Fn(usize, Arc<Values>) -> Result<Arc<Values>, DiskError> + 'c;

/// Of so many values one is looked at, to tell whether many of them are alike.
const SAMPLED: u32 = 16;

/// Fewer of them say nothing.
const SAMPLES_MIN: usize = 64;

impl Merge<'_> {
    /// The values of a column of each source; `None` of one that has no such column.
    pub(super) fn read(&self, key: &ColumnKey) -> Result<Vec<Option<ColumnRows>>, DiskError> {
        let read = |source: &dyn Columnar| {
            let Some(column) = source.column(key) else {
                return Ok(None);
            };
            let reader = ColumnReader::new(source, column)?;
            reader.read(source, 0..source.rows()).map(Some)
        };
        self.sources.iter().map(|source| read(&**source)).collect()
    }

    /// The column of this key.
    pub(super) fn column(
        &self,
        key: &ColumnKey,
        convert: &Convert<'_>,
    ) -> Result<Column, DiskError> {
        let columns = self.read(key)?;
        let mut values = Vec::with_capacity(columns.len());
        for (source, column) in columns.iter().enumerate() {
            values.push(match column {
                Some(column) => convert(source, Arc::clone(column.values()))?,
                None => Arc::default(),
            });
        }
        let of_words = [Part::Duration, Part::EndBeforeStart, Part::ObservedAfter];
        let of_words = of_words.map(ColumnKey::Part);
        if of_words.contains(key) {
            let (codes, words, _) = concatenate(&values);
            let (levels, codes) = self.gather(&columns, &codes);
            let word_of = |code| words.get(code as usize).map_or(0, word);
            let words = codes.into_iter().map(word_of).collect();
            return Ok((Some(levels), Data::Words(words)));
        }
        let present = columns.iter().flatten().map(count_present).sum();
        let (codes, values, is_sorted) = if are_mostly_distinct(&values, present) {
            concatenate(&values)
        } else {
            unite(key, &values)
        };
        let (levels, codes) = self.gather(&columns, &codes);
        let data = Data::Codes {
            codes,
            values,
            is_sorted,
        };
        Ok((Some(levels), data))
    }

    /// Which rows have a value, and the codes of those: of each source, those of its values.
    fn gather(&self, columns: &[Option<ColumnRows>], codes: &[Vec<u32>]) -> (Levels, Vec<u32>) {
        let mut all = Vec::with_capacity(self.origins.len());
        for ((source, column), codes) in self.sources.iter().zip(columns).zip(codes) {
            match column {
                // A row without a value has a slot that no value has.
                Some(column) => all.extend(column.slots().iter().map(|&slot| {
                    let code = codes.get(slot as usize);
                    code.copied().unwrap_or(ABSENT)
                })),
                None => all.resize(all.len() + source.rows() as usize, ABSENT),
            }
        }
        let mut levels = Levels::with_capacity(self.rows);
        let mut present = vec![0; self.rows];
        let mut count = 0;
        for origins in self.origins.chunks(Levels::WORD) {
            let mut word = 0;
            for (bit, &origin) in origins.iter().enumerate() {
                // Without a branch, since nobody can tell which rows have a value.
                let code = all[origin as usize];
                present[count] = code;
                let is_present = code != ABSENT;
                count += usize::from(is_present);
                word |= u64::from(is_present) << bit;
            }
            levels.push_word(word, origins.len());
        }
        present.truncate(count);
        (levels, present)
    }
}

fn count_present(column: &ColumnRows) -> usize {
    let slots = column.slots().iter();
    slots.filter(|&&slot| slot != ABSENT).count()
}

/// Codes of the values of each source, the values themselves, and whether they are in order.
type Coded = (Vec<Vec<u32>>, Values, bool);

/// One dictionary of all values.
fn unite(key: &ColumnKey, values: &[Arc<Values>]) -> Coded {
    let mut dictionary = Dictionary::default();
    let mut codes = Vec::with_capacity(values.len());
    for values in values {
        let of_source = values.iter().map(|value| dictionary.intern(value));
        codes.push(of_source.collect::<Vec<u32>>());
    }
    let (places, values, is_sorted) = in_order(key, dictionary.into_values());
    for code in codes.iter_mut().flatten() {
        *code = places[*code as usize];
    }
    (codes, values, is_sorted)
}

/// The values one after the other, whether or not some are alike.
fn concatenate(values: &[Arc<Values>]) -> Coded {
    let mut codes = Vec::with_capacity(values.len());
    let mut all = Values::default();
    for values in values {
        let first = all.len() as u32;
        codes.push((first..first + values.len() as u32).collect());
        for value in values.iter() {
            all.push(value);
        }
    }
    (codes, all, false)
}

/// Whether a dictionary of these values, which so many rows have, would be as long as they are.
fn are_mostly_distinct(values: &[Arc<Values>], present: usize) -> bool {
    let count: usize = values.iter().map(|values| values.len()).sum();
    if count <= present / 2 {
        return false;
    }
    let mut distinct: FastMap<&[u8], ()> = FastMap::default();
    for value in values.iter().flat_map(|values| values.iter()) {
        if sample(value).is_multiple_of(SAMPLED) {
            distinct.insert(value, ());
        }
    }
    distinct.len() >= SAMPLES_MIN && distinct.len() * SAMPLED as usize > present / 2
}

/// The same number for the same value, and any for others.
fn sample(value: &[u8]) -> u32 {
    let tail = value.last_chunk::<4>();
    let tail = tail.map_or(value.len() as u32, |tail| u32::from_le_bytes(*tail));
    tail.wrapping_mul(0x9e37_79b9) >> 16
}
