//! Which pages of a column of text may have some text within them, told without reading them.
//!
//! Text is cut into *grams*, the bytes that stand side by side in it: those of three, and those of six,
//! since three hexadecimal digits are on every page that has ids. A page that lacks one gram of what is
//! looked for does not have it. Grams are kept as a Bloom filter for each page, but bit by bit instead
//! of page by page: of the bit of a gram those of all pages stand side by side.
//!
//! The case of letters does not count. Letters beyond ASCII are grams of their own that nobody looks
//! for.

use std::collections::HashSet;
use std::ops::Range;

use super::directory::{ColumnEntry, PageEntry};
use super::leaf::{Data, Leaf};

/// Fewer pages are read instead.
const PAGES_MIN: usize = 3;

/// How many bits a page has at the most: a sixteenth of its bytes.
const BITS_MAX: usize = 64 << 10;

/// Of the page that has most grams so many bits in eight may be set, if there may be more bits: what is
/// looked for has several grams, and each alone leaves that part of the pages.
const SET_MAX_OF_8: usize = 3;

/// How the filter begins: how many pages there are, and how many bits each has, little-endian.
const HEADER_LEN: usize = 8;

/// A gram, hashed.
type Gram = u32;

/// The filter of a column of text; `None` if it is of no use, since the column has few pages, or a
/// dictionary.
pub(super) fn encode(leaf: &Leaf, entry: &ColumnEntry) -> Option<Vec<u8>> {
    if entry.pages.len() < PAGES_MIN || entry.layout.is_dictionary() {
        return None;
    }
    let mut first = 0;
    let mut folded = Vec::new();
    let of_page = |page: &PageEntry| {
        let values = first..first + page.values as usize;
        first = values.end;
        Bits::of_page(leaf, values, &mut folded)
    };
    let mut pages: Vec<Bits> = entry.pages.iter().map(of_page).collect();
    while pages.iter().all(Bits::can_fold) {
        pages.iter_mut().for_each(Bits::fold);
    }
    let bits = pages.first()?.len();
    let row_len = pages.len().div_ceil(8);
    let mut filter = Vec::with_capacity(HEADER_LEN + bits * row_len);
    filter.extend_from_slice(&u32::try_from(pages.len()).ok()?.to_le_bytes());
    filter.extend_from_slice(&u32::try_from(bits).ok()?.to_le_bytes());
    filter.resize(HEADER_LEN + bits * row_len, 0);
    let rows = &mut filter[HEADER_LEN..];
    for (number, page) in pages.iter().enumerate() {
        for bit in page.iter() {
            rows[bit * row_len + number / 8] |= 1 << (number % 8);
        }
    }
    Some(filter)
}

/// The grams that every text has that this one is within, whatever the case of its letters.
pub(super) fn grams_of_query(text: &str) -> Vec<Gram> {
    let mut found = HashSet::new();
    for run in text.as_bytes().split(|byte| !byte.is_ascii()) {
        let run = run.to_ascii_lowercase();
        for_each_gram(&run, |gram| {
            found.insert(gram);
        });
    }
    found.into_iter().collect()
}

/// Of each page whether it may have all of these grams; `None` if these bytes are no filter.
pub(super) fn pages_with(filter: &[u8], grams: &[Gram]) -> Option<Vec<bool>> {
    let (header, rows) = filter.split_first_chunk::<HEADER_LEN>()?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    };
    let (pages, bits) = (number(0)?, number(4)?);
    let row_len = pages.div_ceil(8);
    if !bits.is_power_of_two() || rows.len() != bits.checked_mul(row_len)? {
        return None;
    }
    let mut left = vec![u8::MAX; row_len];
    for gram in grams {
        let bit = *gram as usize & (bits - 1);
        let row = &rows[bit * row_len..][..row_len];
        for (left, row) in left.iter_mut().zip(row) {
            *left &= row;
        }
    }
    let is_left = |page: usize| left[page / 8] >> (page % 8) & 1 == 1;
    Some((0..pages).map(is_left).collect())
}

/// Shows the grams of a text, which has no letters that differ from others by case alone.
fn for_each_gram(text: &[u8], mut see: impl FnMut(Gram)) {
    /// So many bytes are the last in a number.
    const SHORT: u64 = 0xff_ffff;
    const LONG: u64 = 0xffff_ffff_ffff;
    let mut last = 0_u64;
    for (at, &byte) in text.iter().enumerate() {
        last = last << 8 | u64::from(byte);
        if at >= 2 {
            see(hash(last & SHORT));
        }
        if at >= 5 {
            // No gram of three has the highest byte.
            see(hash(last & LONG | 1 << 63));
        }
    }
}

fn hash(gram: u64) -> Gram {
    let mixed = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 32) as Gram
}

/// The grams of a page: of each, one bit is set.
struct Bits(Vec<u64>);

impl Bits {
    /// Those of these values. `folded` is room for one of them.
    fn of_page(leaf: &Leaf, values: Range<usize>, folded: &mut Vec<u8>) -> Self {
        let mut bits = vec![0; BITS_MAX / 64];
        if let Data::Codes {
            codes,
            values: texts,
            ..
        } = &leaf.data
        {
            for &code in &codes[values] {
                fold_case(texts.get(code as usize).unwrap_or_default(), folded);
                for_each_gram(folded, |gram| {
                    let bit = gram as usize & (BITS_MAX - 1);
                    bits[bit / 64] |= 1 << (bit % 64);
                });
            }
        }
        Self(bits)
    }

    /// How many bits there are, a power of two.
    fn len(&self) -> usize {
        self.0.len() * 64
    }

    /// Whether half as many bits are enough.
    fn can_fold(&self) -> bool {
        let (one, other) = self.0.split_at(self.0.len() / 2);
        let set = one.iter().zip(other).map(|(one, other)| one | other);
        let set: u32 = set.map(u64::count_ones).sum();
        self.0.len() >= 2 && set as usize * 8 <= self.len() / 2 * SET_MAX_OF_8
    }

    /// The same of half as many bits.
    fn fold(&mut self) {
        let other = self.0.split_off(self.0.len() / 2);
        for (one, other) in self.0.iter_mut().zip(other) {
            *one |= other;
        }
    }

    /// Which are set.
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.checked_sub(1)?;
                Some(at * 64 + bit)
            })
        })
    }
}

/// The text in small letters. Two that are not ASCII have a small letter that is.
fn fold_case(text: &[u8], folded: &mut Vec<u8>) {
    folded.clear();
    if text.is_ascii() {
        folded.extend(text.iter().map(u8::to_ascii_lowercase));
        return;
    }
    let letters = String::from_utf8_lossy(text);
    folded.extend(letters.chars().map(|letter| {
        match letter {
            '\u{212a}' => b'k',
            '\u{17f}' => b's',
            letter => u8::try_from(letter)
                .ok()
                .filter(u8::is_ascii)
                .map_or(u8::MAX, |byte| byte.to_ascii_lowercase()),
        }
    }));
}

#[cfg(test)]
mod tests;
