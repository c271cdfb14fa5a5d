//! A column's values, out of its pages.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use zstd::bulk::Decompressor;

use super::codec::{Malformed, decode_delta, decode_hybrid, decode_levels, take, unpack_bits};
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
        let dictionary = entry.dictionary.as_ref();
        let dictionary = dictionary.map(|page| dictionary_of(segment, column, page));
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
        let mut values = self.no_values();
        for (start, page) in segment.pages_from(self.column, &rows) {
            let from = rows.start.saturating_sub(start) as usize;
            let to = (rows.end.min(start + page.rows) - start) as usize;
            if page.values == 0 {
                slots.extend(std::iter::repeat_n(ABSENT, to - from));
                continue;
            }
            let stored = segment.page(page)?;
            let mut into = PageRows {
                slots: &mut slots,
                values: &mut values,
            };
            self.decode_page(segment, page, &stored, from..to, &mut into)
                .map_err(|malformed| corrupt(segment, page, malformed))?;
        }
        Ok(ColumnRows {
            first: rows.start,
            slots,
            values: self.dictionary.clone().unwrap_or_else(|| Arc::new(values)),
        })
    }

    fn no_values(&self) -> Values {
        match self.physical {
            Physical::Text | Physical::Bytes => Values::default(),
            Physical::Fixed(width) => Values::of_width(width, Vec::new()),
            _ => Values::of_width(8, Vec::new()),
        }
    }

    /// Adds the rows of this range of the page.
    fn decode_page(
        &self,
        segment: &Segment,
        page: &PageEntry,
        stored: &[u8],
        range: Range<usize>,
        into: &mut PageRows<'_>,
    ) -> Result<(), Malformed> {
        let mut body = stored.get(page.header_len as usize..).unwrap_or_default();
        let levels = take(&mut body, page.levels_len as usize)?;
        let len = page.values_len as usize;
        let plain = if body.len() == len {
            Cow::Borrowed(body)
        } else {
            Cow::Owned(decompress(body, len)?)
        };
        let (before, present) = if levels.is_empty() {
            (range.start, vec![true; range.len()])
        } else {
            decode_levels(levels, page.rows as usize, range)?
        };
        let count = present.iter().filter(|&&is_present| is_present).count();
        let of_values = before..before + count;
        if of_values.end > page.values as usize {
            return Err(Malformed("more rows with a value than values"));
        }
        let layout = segment.entry(self.column).layout;
        if let Some(dictionary) = &self.dictionary {
            let mut codes = &plain[..];
            let width = take(&mut codes, 1)?[0];
            let codes = decode_hybrid(codes, width.into(), page.values as usize, of_values)?;
            if codes.iter().any(|&code| code as usize >= dictionary.len()) {
                return Err(Malformed("a code without a value"));
            }
            into.add_rows(&present, codes.into_iter());
            return Ok(());
        }
        let first = into.values.len() as u32;
        if layout == Layout::Delta {
            for word in &decode_delta(&plain, page.values as usize)?[of_values] {
                into.values.push(&word.to_le_bytes());
            }
        } else {
            decode_plain(self.physical, &plain, of_values, into.values)?;
        }
        into.add_rows(&present, first..);
        Ok(())
    }
}

/// Where the rows of a page go.
struct PageRows<'a> {
    slots: &'a mut Vec<u32>,
    /// Of a column without a dictionary.
    values: &'a mut Values,
}

impl PageRows<'_> {
    fn add_rows(&mut self, present: &[bool], mut slots: impl Iterator<Item = u32>) {
        let slot = |&is_present: &bool| {
            let slot = if is_present { slots.next() } else { None };
            slot.unwrap_or(ABSENT)
        };
        self.slots.extend(present.iter().map(slot));
    }
}

/// The dictionary of a column, which is on this page.
fn dictionary_of(
    segment: &Segment,
    column: usize,
    page: &PageEntry,
) -> Result<Arc<Values>, DiskError> {
    if let Some(values) = segment.cached_dictionary(column) {
        return Ok(values);
    }
    let physical = Physical::of(&segment.entry(column).key);
    let stored = segment.page(page)?;
    let body = stored.get(page.header_len as usize..).unwrap_or_default();
    let mut values = Values::default();
    decompress(body, page.values_len as usize)
        .and_then(|plain| decode_plain(physical, &plain, 0..page.rows as usize, &mut values))
        .map_err(|malformed| corrupt(segment, page, malformed))?;
    let values = Arc::new(values);
    segment.cache_dictionary(column, &values);
    Ok(values)
}

fn corrupt(segment: &Segment, page: &PageEntry, Malformed(what): Malformed) -> DiskError {
    segment.corrupt(page.extent, format!("a page: {what}"))
}

/// What had so many bytes before it was compressed.
fn decompress(stored: &[u8], len: usize) -> Result<Vec<u8>, Malformed> {
    thread_local! {
        /// Used again and again: to make one takes longer than to decompress most pages.
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    let plain = DECOMPRESSOR.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Some(Decompressor::new()?);
        }
        match kept {
            Some(decompressor) => decompressor.decompress(stored, len),
            None => unreachable!("it was made above"),
        }
    });
    let plain = plain.map_err(|_| Malformed("no zstd"))?;
    if plain.len() != len {
        return Err(Malformed("another length"));
    }
    Ok(plain)
}

/// Adds those of this range of values in Parquet's plain encoding.
fn decode_plain(
    physical: Physical,
    mut plain: &[u8],
    range: Range<usize>,
    values: &mut Values,
) -> Result<(), Malformed> {
    if physical == Physical::Bool {
        for flag in unpack_bits(plain, range)? {
            values.push(&u64::from(flag).to_le_bytes());
        }
        return Ok(());
    }
    if let Some(width) = physical.width() {
        let all = range.start * width..range.end * width;
        let wanted = plain.get(all).ok_or(Malformed("too few values"))?;
        for value in wanted.chunks_exact(width) {
            match <[u8; 4]>::try_from(value) {
                Ok(number) if physical == Physical::Int32 => {
                    let number = i64::from(i32::from_le_bytes(number));
                    values.push(&number.to_le_bytes());
                }
                _ => values.push(value),
            }
        }
        return Ok(());
    }
    for index in 0..range.end {
        let len = take(&mut plain, 4)?;
        let len = u32::from_le_bytes([len[0], len[1], len[2], len[3]]);
        let value = take(&mut plain, len as usize)?;
        if index >= range.start {
            values.push(value);
        }
    }
    Ok(())
}
