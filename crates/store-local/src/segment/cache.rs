//! What was read of segments and decompressed, as much as there is room for: people look at the same
//! traces again, and every page of a column needs its dictionary.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::columns::Values;

/// How much memory the dictionaries of all segments may take, in bytes.
const DICTIONARIES_BYTES_MAX: u64 = 16 << 20;

/// How much memory the pages of all segments may take, in bytes: the starts and durations of two
/// million spans, or all pages of some hundred traces.
const PAGES_BYTES_MAX: u64 = 40 << 20;

/// How many dictionaries, or pages, that is about.
const ENTRIES_USUAL: usize = 2048;

/// What was read of the segments of a store.
#[derive(Debug)]
pub(crate) struct SegmentCache {
    dictionaries: Cache<PageId, Arc<Values>, ByMemory>,
    pages: Cache<PageId, Arc<PlainPage>, ByMemory>,
}

/// Names a page, or the dictionary of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PageId {
    segment: u64,
    /// Where in the file it begins.
    offset: u64,
}

/// A page of a column that is not compressed any more.
#[derive(Debug)]
pub(super) struct PlainPage {
    /// Which rows have a value; empty if all have.
    pub(super) levels: Vec<u8>,
    pub(super) values: PlainValues,
}

/// The values of a page.
#[derive(Debug)]
pub(super) enum PlainValues {
    /// As they are stored.
    Stored(Vec<u8>),
    /// Those that are stored as differences.
    Words(Arc<[u64]>),
}

impl PlainValues {
    fn memory_len(&self) -> usize {
        match self {
            Self::Stored(bytes) => bytes.capacity(),
            Self::Words(words) => words.len() * size_of::<u64>(),
        }
    }
}

#[derive(Debug, Clone)]
struct ByMemory;

impl Weighter<PageId, Arc<Values>> for ByMemory {
    fn weight(&self, _: &PageId, values: &Arc<Values>) -> u64 {
        (size_of::<Values>() + values.memory_len()) as u64
    }
}

impl Weighter<PageId, Arc<PlainPage>> for ByMemory {
    fn weight(&self, _: &PageId, page: &Arc<PlainPage>) -> u64 {
        (size_of::<PlainPage>() + page.levels.capacity() + page.values.memory_len()) as u64
    }
}

impl Default for SegmentCache {
    fn default() -> Self {
        Self {
            dictionaries: Cache::with_weighter(ENTRIES_USUAL, DICTIONARIES_BYTES_MAX, ByMemory),
            pages: Cache::with_weighter(ENTRIES_USUAL, PAGES_BYTES_MAX, ByMemory),
        }
    }
}

impl SegmentCache {
    pub(super) fn dictionary(&self, id: PageId) -> Option<Arc<Values>> {
        self.dictionaries.get(&id)
    }

    pub(super) fn keep_dictionary(&self, id: PageId, values: &Arc<Values>) {
        self.dictionaries.insert(id, Arc::clone(values));
    }

    pub(super) fn page(&self, id: PageId) -> Option<Arc<PlainPage>> {
        self.pages.get(&id)
    }

    pub(super) fn keep_page(&self, id: PageId, page: &Arc<PlainPage>) {
        self.pages.insert(id, Arc::clone(page));
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

    /// The page that begins there.
    pub(super) fn page(self, offset: u64) -> PageId {
        PageId {
            segment: self.0,
            offset,
        }
    }
}
