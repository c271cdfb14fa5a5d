//! The reference keeps the contract.

use clew_model::{Batch, LogBatch, LogRecord, Span};
use clew_store::ReferenceStore;
use clew_store::contract::logs::LogSubject;
use clew_store::contract::{Level, Subject};

#[derive(Default)]
struct Reference;

impl Subject for Reference {
    type Store = ReferenceStore;

    const LEVELS: &[Level] = &[
        Level::Query,
        Level::Typed,
        Level::Isolated,
        Level::Deduplicated,
    ];

    async fn open(&self) -> ReferenceStore {
        ReferenceStore::new()
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

impl LogSubject for Reference {
    type Store = ReferenceStore;

    const LEVELS: &[Level] = <Self as Subject>::LEVELS;

    async fn open(&self) -> ReferenceStore {
        ReferenceStore::new()
    }

    fn batch_of(&self, records: &[LogRecord]) -> LogBatch {
        clew_testkit::log_batch_of(records)
    }
}

clew_store::contract_tests! {
    Reference {
        query: kept,
        typed: kept,
        isolated: kept,
        deduplicated: kept,
        durable: not_kept,
    }
}

mod logs {
    use super::Reference;

    clew_store::log_contract_tests! {
        Reference {
            query: kept,
            typed: kept,
            isolated: kept,
            deduplicated: kept,
            durable: not_kept,
        }
    }
}
