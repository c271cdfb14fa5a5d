//! The in-memory reference: what every other store is compared with.

mod content;
mod index;

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use clew_model::{Batch, SpanKind, Trace, TraceId};

use crate::{Operation, StoreError, TraceQuery, TraceStore};
use index::{FoundTrace, Index};

/// A store that keeps everything in memory, and nothing beyond the life of its process.
///
/// It never forgets and has no bound: whoever appends must bound what comes in. A span of a usual
/// size (400 bytes on the wire, ten attributes) takes about 700 bytes beside its bytes on the wire.
#[derive(Debug, Default)]
pub struct MemoryStore {
    index: RwLock<Index>,
}

impl MemoryStore {
    /// A store without spans.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps every span of the batch; see [`TraceStore::append`], which cannot fail here.
    pub fn insert(&self, batch: Batch) {
        // Nothing panics while it holds the lock; if it did, the rest of the index would be sound.
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.insert(batch);
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TraceStore for MemoryStore {
    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        self.insert(batch);
        Ok(())
    }

    async fn trace(&self, id: TraceId) -> Result<Option<Trace>, StoreError> {
        // Made without the lock, which every append waits for.
        let found = self.read().trace(id);
        Ok(found.map(FoundTrace::into_trace))
    }

    async fn search(&self, query: &TraceQuery) -> Result<Vec<Trace>, StoreError> {
        let found = self.read().search(query);
        Ok(found.into_iter().map(FoundTrace::into_trace).collect())
    }

    async fn services(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.read().services())
    }

    async fn operations(
        &self,
        service: &str,
        kind: Option<SpanKind>,
    ) -> Result<Vec<Operation>, StoreError> {
        Ok(self.read().operations(service, kind))
    }
}
