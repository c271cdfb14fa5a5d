//! Counts of values by their size, from which percentiles are read.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

/// How many of the bits after a number's first one tell its bucket: with 4 there are 16 buckets to
/// a power of two, each 4 to 6 % wide.
const MANTISSA_BITS: u32 = 4;

/// How far the bits of an `f64` move to leave sign, exponent and those.
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - MANTISSA_BITS;

/// Counts of values in buckets whose width grows with the values, so that what is read of it is
/// right within 3 % whatever the values are. Two are merged by adding up their counts, without any
/// loss: so one can be made of each segment, and of each store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// By bucket: the leading bits of the values, negative ones mirrored.
    counts: BTreeMap<i32, u64>,
    count: u64,
}

impl Histogram {
    /// Counts a value. NaN has no size and is not counted.
    pub fn record(&mut self, value: f64) {
        if !value.is_nan() {
            *self.counts.entry(bucket(value)).or_default() += 1;
            self.count += 1;
        }
    }

    /// Counts these values, which takes less time than one by one.
    pub fn record_all(&mut self, values: &[f64]) {
        /// So many buckets are counted in a table, in addition to as many as there are values: more
        /// would take longer to go through than the values.
        const SPARE: usize = 512;

        let values = || values.iter().filter(|value| !value.is_nan());
        let buckets: Vec<i32> = values().map(|&value| bucket(value)).collect();
        let (Some(&min), Some(&max)) = (buckets.iter().min(), buckets.iter().max()) else {
            return;
        };
        // Buckets are numbers of 17 bits.
        let range = max.abs_diff(min) as usize + 1;
        if range > buckets.len() + SPARE {
            return values().for_each(|&value| self.record(value));
        }
        let mut counts = vec![0_u32; range];
        for bucket in &buckets {
            counts[bucket.abs_diff(min) as usize] += 1;
        }
        for (bucket, count) in (min..).zip(counts) {
            if count > 0 {
                *self.counts.entry(bucket).or_default() += u64::from(count);
            }
        }
        self.count += buckets.len() as u64;
    }

    /// Counts all that the other has counted.
    pub fn merge(&mut self, other: &Self) {
        for (&bucket, &count) in &other.counts {
            *self.counts.entry(bucket).or_default() += count;
        }
        self.count += other.count;
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// A value that this part of all are not greater than: 0.5 asks for the median. `None` if there
    /// are no values.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank is as exact as the part that was asked for, and not negative"
        )]
        let rank = (part.clamp(0.0, 1.0) * self.count as f64).ceil() as u64;
        let mut seen = 0;
        let reached = self.counts.iter().find(|&(_, count)| {
            seen += count;
            seen >= rank.max(1)
        });
        reached.map(|(&bucket, _)| middle(bucket))
    }

    /// The buckets that are not empty, from the least value on: from which value up to which, and
    /// how many.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        let counts = self.counts.iter();
        counts.map(|(&bucket, &count)| {
            let (near, far) = bounds(bucket);
            (near.min(far), near.max(far), count)
        })
    }
}

fn bucket(value: f64) -> i32 {
    // Sign and exponent are 12 bits, so that this fits.
    let magnitude = (value.abs().to_bits() >> SHIFT) as i32;
    if value < 0.0 {
        -magnitude - 1
    } else {
        magnitude
    }
}

/// The end of the bucket that is nearer to zero, and the other.
fn bounds(bucket: i32) -> (f64, f64) {
    let (magnitude, sign) = if bucket < 0 {
        (-(bucket + 1), -1.0)
    } else {
        (bucket, 1.0)
    };
    let bound = |magnitude: i32| {
        let bits = u64::from(magnitude.unsigned_abs()) << SHIFT;
        sign * f64::from_bits(bits)
    };
    // After the last finite bucket comes infinity, and that is the far end of its own.
    let far = if bound(magnitude).is_finite() {
        bound(magnitude + 1)
    } else {
        bound(magnitude)
    };
    (bound(magnitude), far)
}

fn middle(bucket: i32) -> f64 {
    let (near, far) = bounds(bucket);
    // Zero is what most values of the first bucket are.
    if near == 0.0 || !far.is_finite() {
        near
    } else {
        f64::midpoint(near, far)
    }
}
