//! How long each of many things took, in little memory.

#[cfg(test)]
mod tests;

use std::time::Duration;

/// Each power of two is told in so many steps, so that what is told is at most 1/128 too long.
const STEPS: u64 = 128;
const STEPS_BITS: u32 = STEPS.trailing_zeros();

/// A histogram of times to the microsecond, on a logarithmic scale. Its size does not depend on how
/// much is recorded.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    /// Grows up to the longest time recorded: 7,424 counts for all that a `u64` can hold.
    counts: Vec<u64>,
    count: u64,
    max: Duration,
}

impl Latencies {
    /// Counts one.
    pub fn record(&mut self, latency: Duration) {
        let step = step_of(micros(latency));
        if self.counts.len() <= step {
            self.counts.resize(step + 1, 0);
        }
        self.counts[step] += 1;
        self.count += 1;
        self.max = self.max.max(latency);
    }

    /// Counts all that the other has counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest of all, zero if there was none.
    pub fn max(&self) -> Duration {
        self.max
    }

    /// The time that this many of a thousand kept within, zero if none was counted.
    pub fn per_mille(&self, share: u64) -> Duration {
        let rank = (self.count * share).div_ceil(1000).max(1);
        let mut seen = 0;
        for (step, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_micros(last_of(step)).min(self.max);
            }
        }
        Duration::ZERO
    }
}

fn micros(latency: Duration) -> u64 {
    u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)
}

/// Which step of the scale a number falls into: the first ones hold one number each, then each
/// power of two has as many steps as the one before.
fn step_of(micros: u64) -> usize {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(STEPS_BITS + 1);
    let step = u64::from(shift) * STEPS + (micros >> shift);
    #[expect(clippy::cast_possible_truncation, reason = "at most 7423")]
    let step = step as usize;
    step
}

/// The largest number that falls into the step.
fn last_of(step: usize) -> u64 {
    let step = step as u64;
    let shift = (step / STEPS).saturating_sub(1);
    let within = step - shift * STEPS;
    (within << shift) + ((1 << shift) - 1)
}
