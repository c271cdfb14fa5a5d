//! Histograms in a few bytes, to be kept: most buckets are empty, and most others have few values.

use clew_store::{Extremes, Histogram};

use crate::varint;

/// A histogram that takes little room.
#[derive(Debug)]
pub(super) struct PackedHistogram {
    /// The buckets that are not empty, each as the distance from the one before it and how many values it
    /// has.
    counts: Box<[u8]>,
    extremes: Extremes,
}

impl PackedHistogram {
    pub(super) fn new(histogram: &Histogram) -> Self {
        let mut bytes = Vec::new();
        let mut last = i32::MIN;
        for (bucket, count) in histogram.counts() {
            varint::push(u64::from(bucket.abs_diff(last)), &mut bytes);
            varint::push(count, &mut bytes);
            last = bucket;
        }
        Self {
            counts: bytes.into(),
            extremes: histogram.extremes(),
        }
    }

    pub(super) fn unpack(&self) -> Histogram {
        let mut bytes = &*self.counts;
        let mut last = i32::MIN;
        let counts = std::iter::from_fn(|| {
            let (distance, count) = varint::take(&mut bytes).zip(varint::take(&mut bytes))?;
            last = u32::try_from(distance).map_or(last, |it| last.wrapping_add_unsigned(it));
            Some((last, count))
        });
        Histogram::from_counts(counts, self.extremes)
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) fn memory_len(&self) -> usize {
        self.counts.len()
    }
}
