//! A column's values, out of its pages.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::codec::{Malformed, decode_delta, decode_hybrid, take, unpack_bits};
use super::directory::{Layout, PageEntry};
use super::read::Segment;
use super::schema::Physical;
use crate::error::DiskError;
use crate::table::Values;

/// Stands for no value.
const ABSENT: u32 = u32::MAX;

/// Decodes one column of a segment.
#[derive(Debug)]
pub(super) struct Decoder {
    column: usize,
    physical: Physical,
    dictionary: Option<Arc<Values>>,
}

/// Values of some rows of a column.
#[derive(Debug)]
pub(super) struct ColumnRows {
    first: u32,
    /// For each row the place of its value, or [`ABSENT`].
    slots: Vec<u32>,
    /// Numbers are 8 bytes, little-endian.
    values: Arc<Values>,
}

impl ColumnRows {
    /// The value of this row, if it has one.
    pub(super) fn get(&self, row: u32) -> Option<&[u8]> {
        self.values.get(self.slot(row)? as usize)
    }

    /// The values that slots are places of.
    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    /// Of each row the place of its value, if it has one.
    pub(super) fn slots(&self) -> impl ExactSizeIterator<Item = Option<u32>> {
        let slots = self.slots.iter();
        slots.map(|&slot| (slot != ABSENT).then_some(slot))
    }

    /// The place of the row's value among the distinct ones of a dictionary.
    pub(super) fn slot(&self, row: u32) -> Option<u32> {
        let slot = *self.slots.get(row.checked_sub(self.first)? as usize)?;
        (slot != ABSENT).then_some(slot)
    }
}

impl Decoder {
    /// Of the column of this number. Its dictionary is read, if it has one.
    pub(super) fn new(segment: &Segment, column: usize) -> Result<Self, DiskError> {
        let entry = segment.entry(column);
        let physical = Physical::of(&entry.key);
        let dictionary = entry.dictionary.as_ref().map(|page| {
            let stored = segment.page(page)?;
            let mut values = Values::default();
            decompress(&stored, page.values_len as usize)
                .and_then(|plain| decode_plain(physical, &plain, page.rows as usize, &mut values))
                .map_err(|malformed| corrupt(segment, page, malformed))?;
            Ok(Arc::new(values))
        });
        Ok(Self {
            column,
            physical,
            dictionary: dictionary.transpose()?,
        })
    }

    /// The distinct values, if rows have their codes.
    pub(super) fn dictionary(&self) -> Option<&Values> {
        self.dictionary.as_deref()
    }

    /// The values of these rows.
    pub(super) fn decode(
        &self,
        segment: &Segment,
        rows: Range<u32>,
    ) -> Result<ColumnRows, DiskError> {
        let mut slots = Vec::with_capacity(rows.len());
        let mut values = Values::default();
        for (start, page) in segment.pages_from(self.column, &rows) {
            let from = rows.start.saturating_sub(start) as usize;
            let to = (rows.end.min(start + page.rows) - start) as usize;
            if page.values == 0 {
                slots.extend(std::iter::repeat_n(ABSENT, to - from));
                continue;
            }
            let of_page = self.decode_page(segment, page, &mut values);
            let of_page = of_page.map_err(|error| match error {
                PageError::Disk(error) => error,
                PageError::Malformed(malformed) => corrupt(segment, page, malformed),
            })?;
            slots.extend_from_slice(&of_page[from..to]);
        }
        Ok(ColumnRows {
            first: rows.start,
            slots,
            values: self.dictionary.clone().unwrap_or_else(|| Arc::new(values)),
        })
    }

    /// The slots of the page's rows; values that are in no dictionary are added to `values`.
    fn decode_page(
        &self,
        segment: &Segment,
        page: &PageEntry,
        values: &mut Values,
    ) -> Result<Vec<u32>, PageError> {
        let stored = segment.page(page).map_err(PageError::Disk)?;
        let mut body = &stored[..];
        let levels = take(&mut body, page.levels_len as usize)?;
        let len = page.values_len as usize;
        let plain = if body.len() == len {
            Cow::Borrowed(body)
        } else {
            Cow::Owned(decompress(body, len)?)
        };
        let (rows, count) = (page.rows as usize, page.values as usize);
        let present = if levels.is_empty() {
            vec![1; rows]
        } else {
            decode_hybrid(levels, 1, rows)?
        };
        if present.iter().filter(|&&level| level == 1).count() != count {
            return Err(Malformed("another number of values").into());
        }
        let layout = segment.entry(self.column).layout;
        let mut slots = self
            .decode_values(layout, &plain, count, values)?
            .into_iter();
        let slot = |&level: &u32| {
            let slot = if level == 1 { slots.next() } else { None };
            slot.unwrap_or(ABSENT)
        };
        Ok(present.iter().map(slot).collect())
    }

    fn decode_values(
        &self,
        layout: Layout,
        mut plain: &[u8],
        count: usize,
        values: &mut Values,
    ) -> Result<Vec<u32>, Malformed> {
        if let Some(dictionary) = &self.dictionary {
            let width = take(&mut plain, 1)?[0];
            let codes = decode_hybrid(plain, width.into(), count)?;
            if codes.iter().any(|&code| code as usize >= dictionary.len()) {
                return Err(Malformed("a code without a value"));
            }
            return Ok(codes);
        }
        let first = values.len() as u32;
        if layout == Layout::Delta {
            for word in decode_delta(plain, count)? {
                values.push(&word.to_le_bytes());
            }
        } else {
            decode_plain(self.physical, plain, count, values)?;
        }
        Ok((first..first + count as u32).collect())
    }
}

fn corrupt(segment: &Segment, page: &PageEntry, Malformed(what): Malformed) -> DiskError {
    segment.corrupt(page.extent, format!("a page: {what}"))
}

/// Why a page cannot be decoded.
enum PageError {
    Disk(DiskError),
    Malformed(Malformed),
}

impl From<Malformed> for PageError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// What had so many bytes before it was compressed.
fn decompress(stored: &[u8], len: usize) -> Result<Vec<u8>, Malformed> {
    let plain = zstd::bulk::decompress(stored, len);
    let plain = plain.map_err(|_| Malformed("no zstd"))?;
    if plain.len() != len {
        return Err(Malformed("another length"));
    }
    Ok(plain)
}

/// Adds so many values of Parquet's plain encoding.
fn decode_plain(
    physical: Physical,
    mut plain: &[u8],
    count: usize,
    values: &mut Values,
) -> Result<(), Malformed> {
    if physical == Physical::Bool {
        for flag in unpack_bits(plain, count)? {
            values.push(&u64::from(flag).to_le_bytes());
        }
        return Ok(());
    }
    for _ in 0..count {
        let len = if let Some(width) = physical.width() {
            width
        } else {
            let len = take(&mut plain, 4)?;
            u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize
        };
        let value = take(&mut plain, len)?;
        match physical {
            Physical::Int32 => {
                let number = i32::from_le_bytes([value[0], value[1], value[2], value[3]]);
                values.push(&i64::from(number).to_le_bytes());
            }
            _ => values.push(value),
        }
    }
    Ok(())
}
