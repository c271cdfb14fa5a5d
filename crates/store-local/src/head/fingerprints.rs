//! Which spans, or log records, are there already, by a hash of all that they say.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashSet;

use crate::batch::SignalBatch;

/// How many rows are known at the least, of those that came last. An exporter sends again what was
/// not acknowledged after some seconds; even at 50,000 spans a second these are eighteen. It is what
/// a table of 2^20 places takes, of 9 bytes each.
const ROWS: usize = (1 << 20) / 8 * 7;

/// A number of 64 bits for each of the last rows: a hash that is keyed at random, so that no sender
/// can make two that collide. By chance a row is taken for another once in 10^13.
///
/// It is the bytes of a row that are hashed, as they were sent: an exporter that tries again sends
/// the same. A span that is encoded in another way, or sent again later than that, is kept twice, and
/// shown once; a log record is shown twice.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    /// The last [`ROWS`] at the most.
    newer: HashSet<u64, AlreadyHashed>,
    /// As many before them.
    older: HashSet<u64, AlreadyHashed>,
    key: RandomState,
    is_off: bool,
}

impl Fingerprints {
    /// The rows that are not there yet; from now on they are. Of log records that are alike as many are
    /// kept as one batch has; a span is the same span, however often it is sent.
    pub(crate) fn new_rows<B: SignalBatch>(&mut self, batch: &B) -> Vec<u32> {
        let rows = 0..u32::try_from(batch.len()).unwrap_or(u32::MAX);
        if self.is_off {
            return rows.collect();
        }
        // Apart, so that the places in the table, which is longer than a cache, are fetched at once.
        let fingerprints = batch.fingerprints(&self.key);
        let rows = rows.zip(fingerprints);
        rows.filter_map(|(row, fingerprint)| self.insert(fingerprint).then_some(row))
            .collect()
    }

    /// From now on all rows are new.
    pub(crate) fn switch_off(&mut self) {
        self.is_off = true;
    }

    /// Whether it is new.
    fn insert(&mut self, fingerprint: u64) -> bool {
        if self.older.contains(&fingerprint) || !self.newer.insert(fingerprint) {
            return false;
        }
        if self.newer.len() >= ROWS {
            self.older = std::mem::take(&mut self.newer);
        }
        true
    }
}

/// Fingerprints are hashes, and need no other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AlreadyHashed;

impl BuildHasher for AlreadyHashed {
    type Hasher = Itself;

    fn build_hasher(&self) -> Itself {
        Itself(0)
    }
}

pub(crate) struct Itself(u64);

impl std::hash::Hasher for Itself {
    fn write(&mut self, _: &[u8]) {
        unreachable!("a fingerprint is a number")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
