//! Which spans are there already, by a hash of all that they say.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher as _, RandomState};

use clew_model::{Batch, SpanRef};
use clew_store::SpanIdentity;

/// One number for each span. It has 128 bits, of which 64 are a keyed hash of the whole span: no
/// sender can make two spans that collide, and of a million millions of spans none does by chance.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    known: HashSet<u128>,
    key: RandomState,
}

impl Fingerprints {
    /// The rows of the spans that are not there yet; from now on they are.
    pub(crate) fn new_spans(&mut self, batch: &Batch) -> Vec<u32> {
        let mut rows = Vec::with_capacity(batch.len());
        for (row, span) in (0..).zip(batch.spans()) {
            if self.known.insert(self.of(span)) {
                rows.push(row);
            }
        }
        rows
    }

    fn of(&self, span: SpanRef<'_>) -> u128 {
        let keyed = self.key.hash_one(SpanIdentity::of(span));
        // Spans of other ids differ in these as well.
        let mut ids = self.key.build_hasher();
        ids.write(&span.trace_id().to_bytes());
        ids.write(&span.span_id().to_bytes());
        u128::from(keyed) << 64 | u128::from(ids.finish())
    }
}
