//! Some of the rows of a stretch.

/// A bit for each row, counted from the first of the stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowSet {
    words: Vec<u64>,
    len: usize,
}

impl RowSet {
    /// None of so many rows.
    pub(crate) fn none(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
            len,
        }
    }

    /// All of so many rows.
    pub(crate) fn all(len: usize) -> Self {
        let mut all = Self::none(len);
        all.words.fill(u64::MAX);
        all.clear_rest();
        all
    }

    /// The rows of whose items this is so.
    pub(crate) fn of<T>(items: &[T], is_in: impl Fn(&T) -> bool) -> Self {
        let word = |items: &[T]| {
            let bits = (0..).zip(items);
            bits.fold(0, |word, (bit, item)| word | u64::from(is_in(item)) << bit)
        };
        Self {
            words: items.chunks(64).map(word).collect(),
            len: items.len(),
        }
    }

    pub(crate) fn insert(&mut self, row: usize) {
        debug_assert!(row < self.len);
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub(crate) fn contains(&self, row: usize) -> bool {
        let word = self.words.get(row / 64).copied().unwrap_or(0);
        word >> (row % 64) & 1 == 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether it has all rows.
    pub(crate) fn is_full(&self) -> bool {
        let count: u32 = self.words.iter().map(|word| word.count_ones()).sum();
        count as usize == self.len
    }

    /// The rows, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.checked_sub(1)?;
                Some(at * 64 + bit)
            })
        })
    }

    /// Keeps the rows of which this is so.
    pub(crate) fn retain(&mut self, is_in: impl Fn(usize) -> bool) {
        for (at, word) in self.words.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                if !is_in(at * 64 + bit as usize) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Keeps the rows that are in the other set too.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds the rows of the other set.
    pub(crate) fn unite(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// The other rows.
    pub(crate) fn complement(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.clear_rest();
    }

    /// The last word may have bits beyond the last row.
    fn clear_rest(&mut self) {
        let rest = self.len % 64;
        if rest > 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }
}
