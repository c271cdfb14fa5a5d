//! Which spans are there already, by a hash of all that they say.

use std::hash::BuildHasher;

use clew_model::Batch;
use clew_store::SpanIdentity;
use foldhash::quality::RandomState;
use hashbrown::HashSet;

/// How many spans are known at the least, of those that came last. An exporter sends again what was
/// not acknowledged after some seconds; even at 50,000 spans a second these are eighteen. It is what
/// a table of 2^20 places takes, of 9 bytes each.
const SPANS: usize = (1 << 20) / 8 * 7;

/// A number of 64 bits for each of the last spans: a hash that is keyed at random, so that no sender
/// can make two spans that collide. By chance a span is taken for another once in 10^13.
///
/// A span that is sent again later than that is kept twice, and shown once.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    /// The last [`SPANS`] at the most.
    newer: HashSet<u64, AlreadyHashed>,
    /// As many before them.
    older: HashSet<u64, AlreadyHashed>,
    key: RandomState,
}

impl Fingerprints {
    /// The rows of the spans that are not there yet; from now on they are.
    pub(crate) fn new_spans(&mut self, batch: &Batch) -> Vec<u32> {
        let mut rows = Vec::with_capacity(batch.len());
        for (row, span) in (0..).zip(batch.spans()) {
            if self.insert(self.key.hash_one(SpanIdentity::of(span))) {
                rows.push(row);
            }
        }
        rows
    }

    /// Whether it is new.
    fn insert(&mut self, fingerprint: u64) -> bool {
        if self.older.contains(&fingerprint) || !self.newer.insert(fingerprint) {
            return false;
        }
        if self.newer.len() >= SPANS {
            self.older = std::mem::take(&mut self.newer);
        }
        true
    }
}

/// Fingerprints are hashes, and need no other.
#[derive(Debug, Clone, Copy, Default)]
struct AlreadyHashed;

impl BuildHasher for AlreadyHashed {
    type Hasher = Itself;

    fn build_hasher(&self) -> Itself {
        Itself(0)
    }
}

struct Itself(u64);

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
