//! The local store keeps the contract, on a real disk and in memory.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use clew_model::{Batch, Span};
use clew_store::contract::{Level, Subject};
use clew_store_local::{LocalStore, Options};
use tempfile::TempDir;

struct OnDisk(TempDir);

impl Default for OnDisk {
    fn default() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Subject for OnDisk {
    type Store = LocalStore;

    const LEVELS: &[Level] = &[
        Level::Query,
        Level::Typed,
        Level::Isolated,
        Level::Deduplicated,
        Level::Durable,
    ];

    async fn open(&self) -> LocalStore {
        LocalStore::open(self.0.path(), &Options::default(), |_| {}).unwrap()
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

/// Every group of the log becomes a segment at once, if none is being made.
#[derive(Default)]
struct InSegments(OnDisk);

impl Subject for InSegments {
    type Store = LocalStore;

    const LEVELS: &[Level] = OnDisk::LEVELS;

    async fn open(&self) -> LocalStore {
        let mut options = Options::default();
        options.head_spans = 1;
        LocalStore::open(self.0.0.path(), &options, |_| {}).unwrap()
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

#[derive(Default)]
struct InMemory;

impl Subject for InMemory {
    type Store = LocalStore;

    const LEVELS: &[Level] = &[
        Level::Query,
        Level::Typed,
        Level::Isolated,
        Level::Deduplicated,
    ];

    async fn open(&self) -> LocalStore {
        LocalStore::in_memory(&Options::default()).unwrap()
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

mod on_disk {
    use super::OnDisk;

    clew_store::contract_tests! {
        OnDisk {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: kept,
        }
    }
}

mod in_segments {
    use super::InSegments;

    clew_store::contract_tests! {
        InSegments {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: kept,
        }
    }
}

mod in_memory {
    use super::InMemory;

    clew_store::contract_tests! {
        InMemory {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: not_kept,
        }
    }
}
