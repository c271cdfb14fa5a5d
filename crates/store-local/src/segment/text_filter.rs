//! Which pages of a column of text may have some text within them, told without reading them.
//!
//! Text is cut into *grams*, the bytes that stand side by side in it: all of three, and of those of six
//! some that are chosen by their hash, since three hexadecimal digits are on every page that has ids. A
//! page that lacks one gram of what is looked for does not have it. Grams are kept as a Bloom filter
//! for each page, but bit by bit instead of page by page: of the bits of a gram those of all pages
//! stand side by side.
//!
//! The case of letters does not count. Letters beyond ASCII are grams of their own that nobody looks
//! for.

use std::collections::HashSet;
use std::ops::Range;

use super::directory::{ColumnEntry, PageEntry};
use super::leaf::{Data, Leaf};

/// Fewer pages are read instead.
const PAGES_MIN: usize = 3;

/// How many bits each gram sets.
const BITS_PER_GRAM: u32 = 2;

/// How many bits there are for each gram of the page that has most, at the least. What is looked for
/// has several grams, so that one bit in three may be set.
const BITS_MIN: usize = 4;

/// A page has no more bits, whatever it holds: as many as it has bytes.
const BITS_MAX: usize = 128 << 10;

/// Of so many grams of six one is chosen, by its hash.
const CHOSEN: u32 = 4;

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
    let mut grams = Grams::default();
    let mut first = 0;
    let of_page = |page: &PageEntry| {
        let values = first..first + page.values as usize;
        first = values.end;
        grams.of_page(leaf, values)
    };
    let of_pages: Vec<Vec<Gram>> = entry.pages.iter().map(of_page).collect();
    let most = of_pages.iter().map(Vec::len).max().unwrap_or(0);
    let bits = (most * BITS_MIN).next_power_of_two().min(BITS_MAX);
    let row_len = of_pages.len().div_ceil(8);
    let mut filter = Vec::with_capacity(HEADER_LEN + bits * row_len);
    filter.extend_from_slice(&u32::try_from(of_pages.len()).ok()?.to_le_bytes());
    filter.extend_from_slice(&u32::try_from(bits).ok()?.to_le_bytes());
    filter.resize(HEADER_LEN + bits * row_len, 0);
    for (page, grams) in of_pages.iter().enumerate() {
        for &gram in grams {
            for bit in bits_of(gram, bits) {
                filter[HEADER_LEN + bit * row_len + page / 8] |= 1 << (page % 8);
            }
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
    for bit in grams.iter().flat_map(|&gram| bits_of(gram, bits)) {
        let row = &rows[bit * row_len..][..row_len];
        for (left, row) in left.iter_mut().zip(row) {
            *left &= row;
        }
    }
    let is_left = |page: usize| left[page / 8] >> (page % 8) & 1 == 1;
    Some((0..pages).map(is_left).collect())
}

/// Which bits a gram sets, of a power of two.
fn bits_of(gram: Gram, bits: usize) -> impl Iterator<Item = usize> {
    let step = (gram.wrapping_mul(0x85eb_ca6b) >> 7) | 1;
    (0..BITS_PER_GRAM).map(move |number| {
        let bit = gram.wrapping_add(step.wrapping_mul(number));
        bit as usize & (bits - 1)
    })
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
            let gram = hash(last & LONG | 1 << 63);
            if gram.is_multiple_of(CHOSEN) {
                see(gram);
            }
        }
    }
}

fn hash(gram: u64) -> Gram {
    let mixed = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (mixed >> 32) as Gram
}

/// Collects the grams of pages.
struct Grams {
    /// What was seen last of those that share a place, so that most of what is there already is left
    /// out without a look at all.
    seen: Vec<Gram>,
    found: Vec<Gram>,
    folded: Vec<u8>,
}

const SEEN: usize = 16 << 10;

impl Default for Grams {
    fn default() -> Self {
        Self {
            seen: vec![0; SEEN],
            found: Vec::new(),
            folded: Vec::new(),
        }
    }
}

impl Grams {
    /// Those of these values, each once.
    fn of_page(&mut self, leaf: &Leaf, values: Range<usize>) -> Vec<Gram> {
        let Data::Codes {
            codes,
            values: texts,
            ..
        } = &leaf.data
        else {
            return Vec::new();
        };
        self.seen.fill(0);
        // The gram that an empty place seems to have.
        self.found.push(0);
        for &code in &codes[values] {
            self.fold(texts.get(code as usize).unwrap_or_default());
            let (seen, found) = (&mut self.seen, &mut self.found);
            for_each_gram(&self.folded, |gram| {
                let place = &mut seen[gram as usize % SEEN];
                if *place != gram {
                    *place = gram;
                    found.push(gram);
                }
            });
        }
        self.found.sort_unstable();
        self.found.dedup();
        std::mem::take(&mut self.found)
    }

    /// The text in small letters. Two that are not ASCII have a small letter that is.
    fn fold(&mut self, text: &[u8]) {
        self.folded.clear();
        if text.is_ascii() {
            self.folded.extend(text.iter().map(u8::to_ascii_lowercase));
            return;
        }
        let letters = String::from_utf8_lossy(text);
        self.folded.extend(letters.chars().map(|letter| {
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
}

#[cfg(test)]
mod tests;
