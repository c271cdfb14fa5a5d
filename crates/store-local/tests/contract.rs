//! The local store keeps the contract, on a real disk.

use clew_model::{Batch, Span};
use clew_store::contract::{self, Level, Subject};
use clew_store_local::LocalStore;
use tempfile::TempDir;

struct InDirectory(TempDir);

impl Subject for InDirectory {
    type Store = LocalStore;

    const NAME: &str = "LocalStore";
    const LEVELS: &[Level] = &[Level::Query, Level::Typed, Level::Durable];

    async fn open(&self) -> LocalStore {
        LocalStore::open(self.0.path(), |_| {}).expect("the directory is the test's own")
    }

    fn batch_of(&self, spans: &[Span]) -> Batch {
        clew_testkit::batch_of(spans)
    }
}

#[tokio::test]
async fn the_local_store_keeps_the_contract() {
    contract::run(|| InDirectory(tempfile::tempdir().unwrap())).await;
}
