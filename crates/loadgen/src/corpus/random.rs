//! Random numbers that are the same everywhere and for ever.

#[cfg(test)]
mod tests;

use clew_model::{SpanId, TraceId};

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
///
/// It is here because a library may change its generator from one version to the next, and
/// the corpus with it. For the same reason nothing below needs a function of the platform's
/// mathematics library: additions, products, quotients and square roots are exact by IEEE 754.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to `bound`, without it.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound);
        (product >> 64) as u64
    }

    /// An index of a list of this length, which is not empty.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
        let index = self.below(len as u64) as usize;
        index
    }

    /// One of the members of a list, which is not empty.
    pub(crate) fn pick<'a, T>(&mut self, members: &'a [T]) -> &'a T {
        &members[self.index(members.len())]
    }

    /// Whether something happens that happens in `share` of all cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// From 0 up to 1, without it.
    pub(crate) fn unit(&mut self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "53 bits are what a double holds"
        )]
        let unit = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        unit
    }

    /// A time such as services take: at least `least`, with the long tail that they have, ten
    /// times as long in one case of a hundred (a Pareto distribution of index 2).
    pub(crate) fn nanos(&mut self, least: u64) -> u64 {
        /// No longer than this many times the least, so that a trace ends.
        const TAIL_MAX: f64 = 300.0;
        let factor = (1.0 / (1.0 - self.unit()).sqrt()).min(TAIL_MAX);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and far below 2^53"
        )]
        let nanos = (least as f64 * factor) as u64;
        nanos
    }

    pub(crate) fn trace_id(&mut self) -> TraceId {
        loop {
            let bits = u128::from(self.bits()) << 64 | u128::from(self.bits());
            if let Some(id) = TraceId::from_bytes(bits.to_be_bytes()) {
                return id;
            }
        }
    }

    pub(crate) fn span_id(&mut self) -> SpanId {
        loop {
            if let Some(id) = SpanId::from_bytes(self.bits().to_be_bytes()) {
                return id;
            }
        }
    }

    /// A UUID of version 4, as text.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        let version = high & 0x0fff | 0x4000;
        let variant = low >> 48 & 0x3fff | 0x8000;
        format!(
            "{:08x}-{:04x}-{version:04x}-{variant:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            low & 0xffff_ffff_ffff
        )
    }
}
