//! Which spans are there already, by a hash of all that they say.

use std::hash::{BuildHasher, Hasher};

use clew_model::{Batch, SpanRef};
use foldhash::quality::RandomState;
use hashbrown::HashSet;

/// How many spans are known at the least, of those that came last. An exporter sends again what was
/// not acknowledged after some seconds; even at 50,000 spans a second these are eighteen. It is what
/// a table of 2^20 places takes, of 9 bytes each.
const SPANS: usize = (1 << 20) / 8 * 7;

/// A number of 64 bits for each of the last spans: a hash that is keyed at random, so that no sender
/// can make two spans that collide. By chance a span is taken for another once in 10^13.
///
/// It is the bytes of a span that are hashed, as they were sent: an exporter that tries again sends
/// the same. A span that is encoded in another way, or sent again later than that, is kept twice, and
/// shown once.
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
        // Apart, so that the places in the table, which is longer than a cache, are fetched at once.
        let fingerprints: Vec<u64> = batch.spans().map(|span| self.fingerprint(span)).collect();
        let rows = (0..).zip(fingerprints);
        rows.filter_map(|(row, fingerprint)| self.insert(fingerprint).then_some(row))
            .collect()
    }

    /// The same resource may be described more fully by one collector than by another: only the
    /// service tells spans apart, as in [`SpanIdentity`](clew_store::SpanIdentity).
    fn fingerprint(&self, span: SpanRef<'_>) -> u64 {
        let mut hasher = self.key.build_hasher();
        hasher.write(span.encoded());
        hasher.write(span.service_name().unwrap_or_default().as_bytes());
        hasher.finish()
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
