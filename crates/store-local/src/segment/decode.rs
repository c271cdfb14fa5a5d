//! A column's values, out of its pages.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use zstd::bulk::Decompressor;

use super::cache::PlainPage;
use super::codec::{decode_delta, decode_hybrid, decode_levels, take, unpack_bits};
use super::directory::{Layout, PageEntry};
use super::read::Segment;
use super::schema::Physical;
use crate::columns::{ABSENT, ColumnRows, Malformed, Values};
use crate::error::DiskError;

/// The distinct values of a column, if its rows have codes of them.
pub(super) fn dictionary(
    segment: &Segment,
    column: usize,
) -> Result<Option<Arc<Values>>, DiskError> {
    let page = segment.entry(column).dictionary.as_ref();
    page.map(|page| dictionary_of(segment, column, page))
        .transpose()
}

/// The values of the rows of these ranges of a column, which are in order and apart.
pub(super) fn decode(
    segment: &Segment,
    column: usize,
    dictionary: Option<&Arc<Values>>,
    ranges: &[Range<u32>],
) -> Result<ColumnRows, DiskError> {
    let entry = segment.entry(column);
    let physical = Physical::of(&entry.key);
    let first = ranges.first().map_or(0, |range| range.start);
    let end = ranges.last().map_or(0, |range| range.end);
    let mut slots = vec![ABSENT; (end - first) as usize];
    let mut values = match physical {
        Physical::Text | Physical::Bytes => Values::default(),
        Physical::Fixed(width) => Values::of_width(width, Vec::new()),
        _ => Values::of_width(8, Vec::new()),
    };
    for (start, page) in segment.pages_from(column, &(first..end)) {
        let within = |range: &Range<u32>| {
            let from = range.start.max(start);
            let to = range.end.min(start + page.rows);
            (from < to).then(|| (from - start) as usize..(to - start) as usize)
        };
        let of_page: Vec<_> = ranges.iter().filter_map(within).collect();
        if page.values == 0 || of_page.is_empty() {
            continue;
        }
        let plain = plain_page(segment, page)?;
        let mut reader = PageReader {
            physical,
            dictionary,
            layout: entry.layout,
            page,
            plain: &plain,
            words: None,
        };
        for range in of_page {
            let at = start as usize + range.start - first as usize;
            reader
                .read(range.clone(), &mut slots[at..at + range.len()], &mut values)
                .map_err(|malformed| corrupt(segment, page, malformed))?;
        }
    }
    let values = dictionary.map_or_else(|| Arc::new(values), Arc::clone);
    Ok(ColumnRows::new(first, slots, values))
}

/// Reads ranges of a page.
struct PageReader<'a> {
    physical: Physical,
    dictionary: Option<&'a Arc<Values>>,
    layout: Layout,
    page: &'a PageEntry,
    plain: &'a PlainPage,
    /// Those of a page of differences, which are decoded once.
    words: Option<Vec<u64>>,
}

impl PageReader<'_> {
    /// Puts the places of the values of these rows into `slots`. Values that are in no dictionary are
    /// added to `values`.
    fn read(
        &mut self,
        range: Range<usize>,
        slots: &mut [u32],
        values: &mut Values,
    ) -> Result<(), Malformed> {
        let (rows, count) = (self.page.rows as usize, self.page.values as usize);
        let PlainPage {
            levels,
            values: plain,
        } = self.plain;
        if levels.is_empty() {
            return self.read_values(plain, range, slots.iter_mut(), values);
        }
        let (before, present) = decode_levels(levels, rows, range)?;
        let len = present.iter().filter(|&&is_present| is_present).count();
        if before + len > count {
            return Err(Malformed("more rows with a value than values"));
        }
        let slots = slots.iter_mut().zip(present);
        let present = slots.filter_map(|(slot, is_present)| is_present.then_some(slot));
        self.read_values(plain, before..before + len, present, values)
    }

    /// The same of these values, whose rows have these slots.
    fn read_values<'s>(
        &mut self,
        plain: &[u8],
        range: Range<usize>,
        slots: impl Iterator<Item = &'s mut u32>,
        values: &mut Values,
    ) -> Result<(), Malformed> {
        let count = self.page.values as usize;
        if let Some(dictionary) = self.dictionary {
            let mut codes = plain;
            let width = take(&mut codes, 1)?[0];
            let codes = decode_hybrid(codes, width.into(), count, range)?;
            if codes.iter().any(|&code| code as usize >= dictionary.len()) {
                return Err(Malformed("a code without a value"));
            }
            slots.zip(codes).for_each(|(slot, code)| *slot = code);
            return Ok(());
        }
        let first = values.len() as u32;
        if self.layout == Layout::Delta {
            let words = match &self.words {
                Some(words) => words,
                None => self.words.insert(decode_delta(plain, count)?),
            };
            let words = words.get(range).ok_or(Malformed("too few values"))?;
            for word in words {
                values.push(&word.to_le_bytes());
            }
        } else {
            decode_plain(self.physical, plain, range, values)?;
        }
        slots.zip(first..).for_each(|(slot, at)| *slot = at);
        Ok(())
    }
}

/// The page, not compressed any more.
fn plain_page(segment: &Segment, page: &PageEntry) -> Result<Arc<PlainPage>, DiskError> {
    let id = segment.page_id(page);
    if let Some(plain) = segment.cache().page(id) {
        return Ok(plain);
    }
    let stored = segment.page(page)?;
    let mut body = stored.get(page.header_len as usize..).unwrap_or_default();
    let len = page.values_len as usize;
    let plain = take(&mut body, page.levels_len as usize).and_then(|levels| {
        Ok(PlainPage {
            levels: levels.to_vec(),
            values: if body.len() == len {
                body.to_vec()
            } else {
                decompress(body, len)?
            },
        })
    });
    let plain = plain.map_err(|malformed| corrupt(segment, page, malformed))?;
    let plain = Arc::new(plain);
    segment.cache().keep_page(id, &plain);
    Ok(plain)
}

/// The dictionary of a column, which is on this page.
fn dictionary_of(
    segment: &Segment,
    column: usize,
    page: &PageEntry,
) -> Result<Arc<Values>, DiskError> {
    if let Some(values) = segment.cache().dictionary(segment.page_id(page)) {
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
    let id = segment.page_id(page);
    segment.cache().keep_dictionary(id, &values);
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
