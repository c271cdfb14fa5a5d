//! The local store keeps the contract, on a real disk and in memory.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use clew_model::{Batch, LogBatch, LogRecord, Span};
use clew_store::contract::logs::LogSubject;
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

impl LogSubject for OnDisk {
    type Store = LocalStore;

    const LEVELS: &[Level] = <Self as Subject>::LEVELS;

    async fn open(&self) -> LocalStore {
        Subject::open(self).await
    }

    fn batch_of(&self, records: &[LogRecord]) -> LogBatch {
        clew_testkit::log_batch_of(records)
    }
}

/// Every group of the log becomes a segment at once, if none is being made.
#[derive(Default)]
struct InSegments(OnDisk);

impl Subject for InSegments {
    type Store = LocalStore;

    const LEVELS: &[Level] = <OnDisk as Subject>::LEVELS;

    async fn open(&self) -> LocalStore {
        let mut options = Options::default();
        options.head_spans = 1;
        LocalStore::open(self.0.0.path(), &options, |_| {}).unwrap()
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

impl LogSubject for InSegments {
    type Store = LocalStore;

    const LEVELS: &[Level] = <Self as Subject>::LEVELS;

    async fn open(&self) -> LocalStore {
        Subject::open(self).await
    }

    fn batch_of(&self, records: &[LogRecord]) -> LogBatch {
        clew_testkit::log_batch_of(records)
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

impl LogSubject for InMemory {
    type Store = LocalStore;

    const LEVELS: &[Level] = <Self as Subject>::LEVELS;

    async fn open(&self) -> LocalStore {
        Subject::open(self).await
    }

    fn batch_of(&self, records: &[LogRecord]) -> LogBatch {
        clew_testkit::log_batch_of(records)
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

mod logs_on_disk {
    use super::OnDisk;

    clew_store::log_contract_tests! {
        OnDisk {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: kept,
        }
    }
}

mod logs_in_segments {
    use super::InSegments;

    clew_store::log_contract_tests! {
        InSegments {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: kept,
        }
    }
}

mod logs_in_memory {
    use super::InMemory;

    clew_store::log_contract_tests! {
        InMemory {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: not_kept,
        }
    }
}
