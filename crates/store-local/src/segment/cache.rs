//! Dictionaries that were decoded, as many as there is room for: every page of a column needs its.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::table::Values;

/// How much memory the dictionaries of all segments may take, in bytes: those of the last few.
const BYTES_MAX: u64 = 16 << 20;

/// How many dictionaries that is about.
const DICTIONARIES_USUAL: usize = 2048;

/// The dictionaries of a store.
#[derive(Debug)]
pub(crate) struct DictionaryCache(Cache<(u64, usize), Arc<Values>, ByMemory>);

#[derive(Debug, Clone)]
struct ByMemory;

impl Weighter<(u64, usize), Arc<Values>> for ByMemory {
    fn weight(&self, _: &(u64, usize), values: &Arc<Values>) -> u64 {
        (size_of::<Values>() + values.memory_len()) as u64
    }
}

impl Default for DictionaryCache {
    fn default() -> Self {
        Self(Cache::with_weighter(
            DICTIONARIES_USUAL,
            BYTES_MAX,
            ByMemory,
        ))
    }
}

impl DictionaryCache {
    /// The dictionary of a column of a segment, if it is there.
    pub(super) fn get(&self, segment: SegmentId, column: usize) -> Option<Arc<Values>> {
        self.0.get(&(segment.0, column))
    }

    pub(super) fn insert(&self, segment: SegmentId, column: usize, values: &Arc<Values>) {
        self.0.insert((segment.0, column), Arc::clone(values));
    }
}

/// Tells open segments apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentId(u64);

impl SegmentId {
    /// One that no segment had before.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
