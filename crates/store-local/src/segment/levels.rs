//! Which rows of a column have a value, in memory and in a page.

use std::ops::Range;

use crate::varint;

/// A bit for each row.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    words: Vec<u64>,
    len: usize,
}

impl Levels {
    /// None yet, of so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self {
            words: Vec::with_capacity(rows.div_ceil(64)),
            len: 0,
        }
    }

    /// So many rows that have no value.
    pub(super) fn none(rows: usize) -> Self {
        Self {
            words: vec![0; rows.div_ceil(64)],
            len: rows,
        }
    }

    /// The next row has a value or not.
    #[inline]
    pub(super) fn push(&mut self, is_present: bool) {
        let bit = self.len % 64;
        if bit == 0 {
            self.words.push(0);
        }
        if let Some(last) = self.words.last_mut() {
            *last |= u64::from(is_present) << bit;
        }
        self.len += 1;
    }

    /// How many rows are added at once by [`push_word`](Self::push_word).
    pub(super) const WORD: usize = 64;

    /// Of so many of the next rows each has a value or not, the first as the lowest bit says; all rows
    /// before them were added so.
    pub(super) fn push_word(&mut self, bits: u64, rows: usize) {
        debug_assert_eq!(self.len % Self::WORD, 0);
        self.words.push(bits);
        self.len += rows;
    }

    /// This row has a value.
    pub(super) fn insert(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub(super) fn contains(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// How many rows of the range have a value.
    pub(super) fn count(&self, rows: Range<usize>) -> usize {
        let words = rows.clone().step_by(64);
        let count = |at: usize| self.bits_from(at, rows.end - at).count_ones() as usize;
        words.map(count).sum()
    }

    /// The bits of up to 64 rows from this one on.
    fn bits_from(&self, row: usize, rows: usize) -> u64 {
        let (at, shift) = (row / 64, row % 64);
        let word = |at: usize| self.words.get(at).copied().unwrap_or(0);
        let mut bits = word(at) >> shift;
        if shift > 0 {
            bits |= word(at + 1) << (64 - shift);
        }
        if rows < 64 {
            bits & ((1 << rows) - 1)
        } else {
            bits
        }
    }

    /// Encodes the rows of the range in Parquet's RLE and bit-packing hybrid, of one bit each.
    pub(super) fn encode(&self, rows: Range<usize>, out: &mut Vec<u8>) {
        let starts = rows.clone().step_by(64);
        let bytes = starts.flat_map(|at| self.bits_from(at, rows.end - at).to_le_bytes());
        let bytes: Vec<u8> = bytes.take(rows.len().div_ceil(8)).collect();
        // The last byte may be of fewer than 8 rows.
        let whole = rows.len() / 8;
        let is_run = |at: usize| at < whole && matches!(bytes[at], 0 | 0xff);
        let mut packed = 0..0;
        let mut at = 0;
        while at < bytes.len() {
            let mut run = 1;
            if is_run(at) {
                let same = bytes[at..whole].iter();
                run = same.take_while(|&&byte| byte == bytes[at]).count();
            }
            if run > 1 {
                packed.end = at;
                encode_packed(&bytes[packed], out);
                varint::push(run as u64 * 8 * 2, out);
                out.push(bytes[at] & 1);
                packed = at + run..at + run;
            }
            at += run;
        }
        packed.end = bytes.len();
        encode_packed(&bytes[packed], out);
    }
}

fn encode_packed(bytes: &[u8], out: &mut Vec<u8>) {
    if !bytes.is_empty() {
        varint::push(bytes.len() as u64 * 2 + 1, out);
        out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests;
