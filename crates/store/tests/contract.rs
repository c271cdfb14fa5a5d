//! The in-memory reference keeps the contract.

use clew_model::{Batch, Span};
use clew_store::MemoryStore;
use clew_store::contract::{self, Level, Subject};

struct InMemory;

impl Subject for InMemory {
    type Store = MemoryStore;

    const NAME: &str = "MemoryStore";
    const LEVELS: &[Level] = &[Level::Query, Level::Typed];

    async fn open(&self) -> MemoryStore {
        MemoryStore::new()
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

#[tokio::test]
async fn the_memory_store_keeps_the_contract() {
    contract::run(|| InMemory).await;
}
