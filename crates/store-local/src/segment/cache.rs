//! What was read of segments and decompressed, as much as there is room for: people look at the same
//! traces again, and every page of a column needs its dictionary.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clew_store::{BudgetShare, MemoryBudget};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::columns::Values;

/// How much memory all of it may take, in bytes: the starts and durations of two million spans, or all
/// pages of some hundred traces, and the dictionaries that go with them.
const BYTES_MAX: usize = 56 << 20;

/// Which part of the memory that there is for everything it may take, if that is little.
const BUDGET_PART: usize = 8;

/// Which part of it is for dictionaries: two of seven.
const DICTIONARIES: (u64, u64) = (2, 7);

/// How many dictionaries, or pages, that is about.
const ENTRIES_USUAL: usize = 2048;

/// What was read of the segments of a store.
#[derive(Debug)]
pub(crate) struct SegmentCache {
    dictionaries: Cache<PageId, Arc<Values>, ByMemory>,
    pages: Cache<PageId, Arc<PlainPage>, ByMemory>,
    /// What they may take together, whether or not they do: they fill up soon.
    _memory: BudgetShare,
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

impl SegmentCache {
    /// A cache that is part of this budget.
    pub(crate) fn new(memory: &MemoryBudget) -> Self {
        let bytes_max = BYTES_MAX.min(memory.bytes_max() / BUDGET_PART);
        let mut share = memory.share();
        share.set(bytes_max);
        let (part, parts) = DICTIONARIES;
        let of_dictionaries = bytes_max as u64 * part / parts;
        let of_pages = bytes_max as u64 - of_dictionaries;
        Self {
            dictionaries: Cache::with_weighter(ENTRIES_USUAL, of_dictionaries, ByMemory),
            pages: Cache::with_weighter(ENTRIES_USUAL, of_pages, ByMemory),
            _memory: share,
        }
    }

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

    pub(super) fn number(self) -> u64 {
        self.0
    }

    /// The page that begins there.
    pub(super) fn page(self, offset: u64) -> PageId {
        PageId {
            segment: self.0,
            offset,
        }
    }
}
