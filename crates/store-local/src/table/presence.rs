//! Which rows have a value.
#![expect(
    clippy::cast_possible_truncation,
    reason = "a table has fewer than 2^16 rows"
)]

use std::ops::Range;

/// A bit for each row up to the last one that has a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presence {
    words: Vec<u64>,
}

impl Presence {
    /// Says that the row has a value; it had none before, nor has any later row.
    pub(crate) fn push(&mut self, row: usize) {
        debug_assert!(!self.contains(row));
        self.words.resize(row / 64 + 1, 0);
        self.words[row / 64] |= 1 << (row % 64);
    }

    fn contains(&self, row: usize) -> bool {
        let word = self.words.get(row / 64).copied().unwrap_or(0);
        word >> (row % 64) & 1 == 1
    }

    /// The same, ready to say which of the values a row has.
    pub(crate) fn ranked(self) -> Ranks {
        let mut before = 0;
        let starts = self.words.iter().map(|word| {
            let start = before;
            before += word.count_ones();
            start
        });
        Ranks {
            starts: starts.collect(),
            presence: self,
        }
    }
}

/// Says which of the values a row has.
#[derive(Debug, Clone)]
pub(crate) struct Ranks {
    presence: Presence,
    /// For each 64 rows, how many rows before them have a value.
    starts: Vec<u32>,
}

impl Ranks {
    /// How many rows before this one have a value, if this one has.
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        self.presence
            .contains(row)
            .then(|| self.before(row) as usize)
    }

    /// How many rows before this one have a value.
    fn before(&self, row: usize) -> u32 {
        let Some(word) = self.presence.words.get(row / 64) else {
            let last = self.presence.words.last().zip(self.starts.last());
            return last.map_or(0, |(word, start)| start + word.count_ones());
        };
        let below = word & ((1 << (row % 64)) - 1);
        self.starts[row / 64] + below.count_ones()
    }

    /// The rows of this range that have a value, each with how many before it have.
    pub(crate) fn present(&self, range: Range<u32>) -> impl Iterator<Item = (u32, u32)> {
        let mut rank = self.before(range.start as usize);
        let first_word = range.start as usize / 64;
        let words = self.presence.words.iter().enumerate().skip(first_word);
        let words = words.take_while(move |(at, _)| at * 64 < range.end as usize);
        let rows = words.flat_map(move |(at, &word)| {
            let start = at as u32 * 64;
            // Without the bits before the range and after it.
            let below = range.start.saturating_sub(start).min(63);
            let mut left = word & (u64::MAX << below);
            if range.end - start < 64 {
                left &= (1 << (range.end - start)) - 1;
            }
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(start + bit)
            })
        });
        rows.map(move |row| {
            let of_row = rank;
            rank += 1;
            (row, of_row)
        })
    }

    /// How much memory it takes, in bytes.
    pub(crate) fn memory_len(&self) -> usize {
        self.presence.words.capacity() * 8 + self.starts.capacity() * 4
    }
}
