//! Counts of values by their size, from which percentiles are read.

#[cfg(test)]
mod tests;

/// How many of the bits after a number's first one tell its bucket: with 4 there are 16 buckets to
/// a power of two, each 4 to 6 % wide.
const MANTISSA_BITS: u32 = 4;

/// How many buckets there are between two powers of two.
const OCTAVE: usize = 1 << MANTISSA_BITS;

/// How far the bits of an `f64` move to leave sign, exponent and those.
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - MANTISSA_BITS;

/// Counts of values in buckets whose width grows with the values, so that what is read of it is
/// right within 3 % whatever the values are, and never less than the least of them or more than the
/// greatest. Two are merged by adding up their counts, without any loss: so one can be made of each
/// segment, and of each store.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Those that have any, in the order of their numbers.
    octaves: Vec<Octave>,
    count: u64,
    extremes: Extremes,
}

/// The least and the greatest of some values; of none, infinity and its negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Extremes {
    const NONE: Self = Self {
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    fn include(&mut self, other: Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The value, or the extreme that it lies beyond.
    fn clamp(self, value: f64) -> f64 {
        value.max(self.min).min(self.max)
    }
}

impl From<f64> for Extremes {
    fn from(value: f64) -> Self {
        Self {
            min: value,
            max: value,
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            octaves: Vec::new(),
            count: 0,
            extremes: Extremes::NONE,
        }
    }
}

/// The buckets between two powers of two.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Octave {
    /// The number of its first bucket, divided by that of its buckets.
    number: i32,
    counts: [u64; OCTAVE],
}

impl Histogram {
    /// Counts a value. NaN has no size and is not counted.
    pub fn record(&mut self, value: f64) {
        if !value.is_nan() {
            let (number, at) = octave_of(bucket(value));
            self.octave(number).counts[at] += 1;
            self.count += 1;
            self.extremes.include(value.into());
        }
    }

    /// Counts these values, which takes less time than one by one.
    pub fn record_all(&mut self, values: &[f64]) {
        /// So many octaves are counted in a table: more would take longer to go through than the
        /// values.
        const TABLE_MAX: usize = 64;

        if values.len() < OCTAVE || values.iter().any(|value| value.is_nan()) {
            return values.iter().for_each(|&value| self.record(value));
        }
        let buckets: Vec<i32> = values.iter().map(|&value| bucket(value)).collect();
        let min = buckets
            .iter()
            .fold(i32::MAX, |min, &bucket| min.min(bucket));
        let max = buckets
            .iter()
            .fold(i32::MIN, |max, &bucket| max.max(bucket));
        let (first, last) = (octave_of(min).0, octave_of(max).0);
        let octaves = last.abs_diff(first) as usize + 1;
        if octaves > TABLE_MAX {
            return values.iter().for_each(|&value| self.record(value));
        }
        let start = first << MANTISSA_BITS;
        // Neighbours are often alike, and to add to the same count again takes longer than to add to
        // another: so there are two tables.
        let mut tables = [0, 1].map(|_| vec![[0_u32; OCTAVE]; octaves]);
        let [one, other] = &mut tables;
        let (one, other) = (one.as_flattened_mut(), other.as_flattened_mut());
        for pair in buckets.chunks(2) {
            one[pair[0].abs_diff(start) as usize] += 1;
            if let Some(bucket) = pair.get(1) {
                other[bucket.abs_diff(start) as usize] += 1;
            }
        }
        for table in &tables {
            for (number, counts) in (first..).zip(table) {
                if counts.iter().any(|&count| count > 0) {
                    let into = self.octave(number).counts.iter_mut();
                    into.zip(counts)
                        .for_each(|(into, &count)| *into += u64::from(count));
                }
            }
        }
        self.count += values.len() as u64;
        for &value in values {
            self.extremes.include(value.into());
        }
    }

    /// Counts all that the other has counted.
    pub fn merge(&mut self, other: &Self) {
        for Octave { number, counts } in &other.octaves {
            let into = self.octave(*number).counts.iter_mut();
            into.zip(counts).for_each(|(into, count)| *into += count);
        }
        self.count += other.count;
        self.extremes.include(other.extremes);
    }

    fn octave(&mut self, number: i32) -> &mut Octave {
        let at = self.octaves.binary_search_by_key(&number, |it| it.number);
        let at = at.unwrap_or_else(|at| {
            let counts = [0; OCTAVE];
            self.octaves.insert(at, Octave { number, counts });
            at
        });
        &mut self.octaves[at]
    }

    /// How much memory it takes, in bytes.
    pub fn memory_len(&self) -> usize {
        self.octaves.capacity() * size_of::<Octave>()
    }

    /// The histogram of which another one's [`Histogram::counts`] and [`Histogram::extremes`] tell.
    pub fn from_counts(counts: impl IntoIterator<Item = (i32, u64)>, extremes: Extremes) -> Self {
        let mut histogram = Self {
            extremes,
            ..Self::default()
        };
        for (bucket, count) in counts {
            let (number, at) = octave_of(bucket);
            histogram.octave(number).counts[at] += count;
            histogram.count += count;
        }
        histogram
    }

    /// The least value and the greatest.
    pub fn extremes(&self) -> Extremes {
        self.extremes
    }

    /// The numbers of the buckets that are not empty, in the order of their values, and how many values
    /// each has.
    pub fn counts(&self) -> impl Iterator<Item = (i32, u64)> {
        self.octaves.iter().flat_map(|octave| {
            let first = octave.number << MANTISSA_BITS;
            let counts = (first..).zip(octave.counts);
            counts.filter(|&(_, count)| count > 0)
        })
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
        let reached = self.counts().find(|&(_, count)| {
            seen += count;
            seen >= rank.max(1)
        });
        reached.map(|(bucket, _)| self.extremes.clamp(middle(bucket)))
    }

    /// The buckets that are not empty, from the least value on: from which value up to which, and
    /// how many.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        self.counts().map(|(bucket, count)| {
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

/// Which octave has the bucket, and where in it. The mirrored buckets of negative values make octaves
/// too.
fn octave_of(bucket: i32) -> (i32, usize) {
    let number = bucket >> MANTISSA_BITS;
    let at = bucket - (number << MANTISSA_BITS);
    (number, at.unsigned_abs() as usize)
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
