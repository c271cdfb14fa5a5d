//! Distinct values, numbered.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::columns::Values;

/// A table of what senders chose, keyed at random.
pub(crate) type FastMap<K, V> = hashbrown::HashMap<K, V, RandomState>;

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

    pub(crate) fn into_values(self) -> Values {
        self.values
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
