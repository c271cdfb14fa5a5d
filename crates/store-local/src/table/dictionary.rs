//! Distinct values, numbered.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// A table of what senders chose, keyed at random.
pub(crate) type FastMap<K, V> = hashbrown::HashMap<K, V, RandomState>;

/// Values one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    ends: Ends,
}

/// Where each value ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ends {
    /// They have as many bytes each.
    Every(usize),
    At(Vec<usize>),
}

impl Default for Values {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Ends::At(Vec::new()),
        }
    }
}

impl Values {
    /// Values of so many bytes each; at least one.
    pub(crate) fn of_width(width: usize, bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ends: Ends::Every(width),
        }
    }

    /// Adds a value, of as many bytes as the others if they have as many each.
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        match &mut self.ends {
            Ends::Every(width) => debug_assert_eq!(*width, value.len()),
            Ends::At(ends) => ends.push(self.bytes.len()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.ends {
            Ends::Every(width) => self.bytes.len() / width,
            Ends::At(ends) => ends.len(),
        }
    }

    /// How many bytes the values have together.
    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// How much memory they take, in bytes.
    pub(crate) fn memory_len(&self) -> usize {
        let ends = match &self.ends {
            Ends::Every(_) => 0,
            Ends::At(ends) => ends.capacity() * size_of::<usize>(),
        };
        self.bytes.capacity() + ends
    }

    pub(crate) fn last(&self) -> Option<&[u8]> {
        self.get(self.len().checked_sub(1)?)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        match &self.ends {
            Ends::Every(width) => self.bytes.get(index * width..(index + 1) * width),
            Ends::At(ends) => {
                let end = *ends.get(index)?;
                let start = index.checked_sub(1).map_or(0, |before| ends[before]);
                Some(&self.bytes[start..end])
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }
}

/// Numbers each distinct value once: its code.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    values: Values,
    codes: HashTable<u32>,
    /// Keyed at random, since values are a sender's choice.
    hasher: RandomState,
}

impl Dictionary {
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// The code of this value.
    pub(crate) fn intern(&mut self, value: &[u8]) -> u32 {
        let Self {
            values,
            codes,
            hasher,
        } = self;
        let of_code = |code: u32| values.get(code as usize).unwrap_or_default();
        let hash = hasher.hash_one(value);
        if let Some(&code) = codes.find(hash, |&code| of_code(code) == value) {
            return code;
        }
        let code = u32::try_from(values.len()).expect("a table has fewer rows than 2^32");
        codes.insert_unique(hash, code, |&code| hasher.hash_one(of_code(code)));
        values.push(value);
        code
    }
}
