//! A column's values, out of its pages.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a segment has fewer than 2^31 rows, and no more values in a column"
)]

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use zstd::bulk::Decompressor;

use super::cache::{PlainPage, PlainValues};
use super::codec::{decode_delta, decode_hybrid, decode_levels, take, unpack_bits};
use super::directory::{Layout, PageEntry};
use super::read::Segment;
use super::schema::Physical;
use crate::columns::{ABSENT, ColumnRows, Malformed, Values, Words};
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
        let plain = plain_page(segment, entry.layout, page)?;
        let reader = PageReader {
            physical,
            dictionary,
            page,
            plain: &plain,
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

/// The numbers of these rows, of a column that has one in each row, as differences.
pub(super) fn words(
    segment: &Segment,
    column: usize,
    rows: &Range<u32>,
) -> Result<Words, DiskError> {
    let layout = segment.entry(column).layout;
    let mut pieces = Vec::new();
    for (start, page) in segment.pages_from(column, rows) {
        let plain = plain_page(segment, layout, page)?;
        let from = (rows.start.max(start) - start) as usize;
        let to = (rows.end.min(start + page.rows) - start) as usize;
        let PlainValues::Words(words) = &plain.values else {
            return Err(corrupt(segment, page, Malformed("no differences")));
        };
        if words.len() < to {
            return Err(corrupt(segment, page, TOO_FEW));
        }
        pieces.push(Words::Shared(Arc::clone(words), from..to));
    }
    if pieces.len() == 1 {
        return Ok(pieces.remove(0));
    }
    Ok(Words::Own(
        pieces
            .iter()
            .map(|piece| &piece[..])
            .collect::<Vec<_>>()
            .concat(),
    ))
}

const TOO_FEW: Malformed = Malformed("too few values");

/// Reads ranges of a page.
struct PageReader<'a> {
    physical: Physical,
    dictionary: Option<&'a Arc<Values>>,
    page: &'a PageEntry,
    plain: &'a PlainPage,
}

impl PageReader<'_> {
    /// Puts the places of the values of these rows into `slots`. Values that are in no dictionary are
    /// added to `values`.
    fn read(
        &self,
        range: Range<usize>,
        slots: &mut [u32],
        values: &mut Values,
    ) -> Result<(), Malformed> {
        let (rows, count) = (self.page.rows as usize, self.page.values as usize);
        let levels = &self.plain.levels;
        if levels.is_empty() {
            return self.places(range, slots, values);
        }
        let (before, present) = decode_levels(levels, rows, range)?;
        let len = present.iter().filter(|&&is_present| is_present).count();
        if before + len > count {
            return Err(Malformed("more rows with a value than values"));
        }
        let mut places = vec![ABSENT; len];
        self.places(before..before + len, &mut places, values)?;
        let mut places = places.into_iter();
        for (slot, is_present) in slots.iter_mut().zip(present) {
            if is_present {
                *slot = places.next().ok_or(TOO_FEW)?;
            }
        }
        Ok(())
    }

    /// Puts the places of these values of the page into `slots`, as many as they are. The values are
    /// added to `values` if they are in no dictionary.
    fn places(
        &self,
        range: Range<usize>,
        slots: &mut [u32],
        values: &mut Values,
    ) -> Result<(), Malformed> {
        let first = values.len() as u32;
        match (&self.plain.values, self.dictionary) {
            (PlainValues::Words(words), _) => {
                for word in words.get(range).ok_or(TOO_FEW)? {
                    values.push(&word.to_le_bytes());
                }
            }
            (PlainValues::Stored(stored), Some(dictionary)) => {
                let mut codes = &stored[..];
                let width = take(&mut codes, 1)?[0];
                let count = self.page.values as usize;
                decode_hybrid(codes, width.into(), count, range.start, slots)?;
                let max = slots.iter().max();
                if max.is_some_and(|&max| max as usize >= dictionary.len()) {
                    return Err(Malformed("a code without a value"));
                }
                return Ok(());
            }
            (PlainValues::Stored(stored), None) => {
                decode_plain(self.physical, stored, range, values)?;
            }
        }
        if values.len() - first as usize != slots.len() {
            return Err(TOO_FEW);
        }
        for (slot, place) in slots.iter_mut().zip(first..) {
            *slot = place;
        }
        Ok(())
    }
}

/// The page, not compressed any more.
fn plain_page(
    segment: &Segment,
    layout: Layout,
    page: &PageEntry,
) -> Result<Arc<PlainPage>, DiskError> {
    let id = segment.page_id(page);
    if let Some(plain) = segment.cache().page(id) {
        return Ok(plain);
    }
    let stored = segment.page(page)?;
    let plain = decode_page(layout, page, &stored);
    let plain = plain.map_err(|malformed| corrupt(segment, page, malformed))?;
    let plain = Arc::new(plain);
    segment.cache().keep_page(id, &plain);
    Ok(plain)
}

fn decode_page(layout: Layout, page: &PageEntry, stored: &[u8]) -> Result<PlainPage, Malformed> {
    let mut body = stored.get(page.header_len as usize..).unwrap_or_default();
    let len = page.values_len as usize;
    let levels = take(&mut body, page.levels_len as usize)?.to_vec();
    let values = if body.len() == len {
        body.to_vec()
    } else {
        decompress(body, len)?
    };
    let values = if layout == Layout::Delta {
        PlainValues::Words(decode_delta(&values, page.values as usize)?.into())
    } else {
        PlainValues::Stored(values)
    };
    Ok(PlainPage { levels, values })
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
        if physical != Physical::Int32 {
            values.extend(wanted, width);
            return Ok(());
        }
        for number in wanted.as_chunks().0 {
            let number = i64::from(i32::from_le_bytes(*number));
            values.push(&number.to_le_bytes());
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
