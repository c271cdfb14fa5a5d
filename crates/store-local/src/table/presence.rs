//! Which rows have a value.

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

    pub(crate) fn contains(&self, row: usize) -> bool {
        let word = self.words.get(row / 64).copied().unwrap_or(0);
        word >> (row % 64) & 1 == 1
    }

    /// For each 64 rows, how many rows before them have a value.
    pub(crate) fn ranks(&self) -> Ranks<'_> {
        let mut before = 0;
        let starts = self.words.iter().map(|word| {
            let start = before;
            before += word.count_ones() as usize;
            start
        });
        Ranks {
            starts: starts.collect(),
            presence: self,
        }
    }
}

/// Says which of the values a row has.
#[derive(Debug)]
pub(crate) struct Ranks<'a> {
    starts: Vec<usize>,
    presence: &'a Presence,
}

impl Ranks<'_> {
    /// How many rows before this one have a value, if this one has.
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        if !self.presence.contains(row) {
            return None;
        }
        let below = self.presence.words[row / 64] & ((1 << (row % 64)) - 1);
        Some(self.starts[row / 64] + below.count_ones() as usize)
    }
}
