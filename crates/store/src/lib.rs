//! The `TraceStore` trait, its errors, the in-memory reference and the contract every store keeps.

mod error;
mod query;

pub use error::StoreError;
pub use query::{AttributeFilter, Operation, SpanFilter, TraceQuery};

use async_trait::async_trait;
use clew_model::{Batch, SpanKind, Trace, TraceId};

/// Where traces are kept and found again.
///
/// Every method may be called at any time from any task.
#[async_trait]
pub trait TraceStore: Send + Sync + 'static {
    /// Keeps every span of the batch.
    ///
    /// When this returns `Ok`, the spans are as safe as the store can make them (promise W1 for a
    /// durable one) and found by the next query (Q1). A span that is there already changes nothing.
    ///
    /// # Errors
    /// [`StoreError::TryLater`] if there is no room now: nothing of the batch was kept.
    async fn append(&self, batch: Batch) -> Result<(), StoreError>;

    /// All spans of the trace, or `None` if there are none.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn trace(&self, id: TraceId) -> Result<Option<Trace>, StoreError>;

    /// The traces that hold a span that fits, whole, newest first by their earliest start.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn search(&self, query: &TraceQuery) -> Result<Vec<Trace>, StoreError>;

    /// The names of all services, sorted.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn services(&self) -> Result<Vec<String>, StoreError>;

    /// What the service does: the names and kinds of its spans, sorted; `kind` narrows them.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn operations(
        &self,
        service: &str,
        kind: Option<SpanKind>,
    ) -> Result<Vec<Operation>, StoreError>;
}
