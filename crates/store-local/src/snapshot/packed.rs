//! Histograms in a few bytes, to be kept: most buckets are empty, and most others have few values.

use clew_store::Histogram;

use crate::varint;

/// The buckets of a histogram that are not empty, each as the distance from the one before it and how many
/// values it has.
#[derive(Debug)]
pub(super) struct PackedHistogram(Box<[u8]>);

impl PackedHistogram {
    pub(super) fn new(histogram: &Histogram) -> Self {
        let mut bytes = Vec::new();
        let mut last = i32::MIN;
        for (bucket, count) in histogram.counts() {
            varint::push(u64::from(bucket.abs_diff(last)), &mut bytes);
            varint::push(count, &mut bytes);
            last = bucket;
        }
        Self(bytes.into())
    }

    pub(super) fn unpack(&self) -> Histogram {
        let mut histogram = Histogram::default();
        let mut bytes = &*self.0;
        let mut last = i32::MIN;
        while let Some((distance, count)) = varint::take(&mut bytes).zip(varint::take(&mut bytes)) {
            last = u32::try_from(distance).map_or(last, |it| last.wrapping_add_unsigned(it));
            histogram.add_count(last, count);
        }
        histogram
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) fn memory_len(&self) -> usize {
        self.0.len()
    }
}
