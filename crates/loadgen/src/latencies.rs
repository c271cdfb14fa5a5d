//! How long each of many things took, in little memory.

#[cfg(test)]
mod tests;

use std::time::Duration;

use hdrhistogram::Histogram;

/// What is told is at most 1/128 too long: each power of two is told in so many steps at least.
const SIGNIFICANT_DIGITS: u8 = 2;

/// A histogram of times to the microsecond, on a logarithmic scale. Its size does not depend on how
/// much is recorded.
#[derive(Debug, Clone)]
pub struct Latencies {
    micros: Histogram<u64>,
    max: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        let micros = Histogram::new(SIGNIFICANT_DIGITS).expect("up to five digits are possible");
        Self {
            micros,
            max: Duration::ZERO,
        }
    }
}

impl Latencies {
    /// Counts one.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.micros += micros;
        self.max = self.max.max(latency);
    }

    /// Counts all that the other has counted.
    pub fn merge(&mut self, other: &Self) {
        self.micros += &other.micros;
        self.max = self.max.max(other.max);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    /// The longest of all, zero if there was none.
    pub fn max(&self) -> Duration {
        self.max
    }

    /// The time that this many of a thousand kept within, zero if none was counted.
    pub fn per_mille(&self, share: u16) -> Duration {
        let micros = self.micros.value_at_quantile(f64::from(share) / 1000.0);
        Duration::from_micros(micros).min(self.max)
    }
}
