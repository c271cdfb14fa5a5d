//! Distinct values, numbered.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// Values one after the other, and where each ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Values {
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes the values have together.
    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn last(&self) -> Option<&[u8]> {
        self.get(self.len().checked_sub(1)?)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let value = &self.bytes[start..end];
            start = end;
            value
        })
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
