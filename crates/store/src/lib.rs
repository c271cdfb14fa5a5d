//! The `TraceStore` trait, its errors, the in-memory reference and the contract every store keeps.

mod aggregate;
mod context;
pub mod contract;
mod edges;
mod error;
mod field;
mod filter;
mod histogram;
mod load;
mod memory;
mod position;
mod predicate;
mod query;
mod scan;
mod values;

pub use aggregate::{Aggregate, AggregateFold, Cell, Exemplar, Measure, Series};
pub use context::{CancelOnDrop, QueryContext};
pub use edges::{CallGraph, Edge, EdgeKind, Edges, EdgesFold};
pub use error::StoreError;
pub use field::{AttributeScope, Field, FieldRef, Intrinsic, Scalar};
pub use histogram::Histogram;
pub use load::{Collect, Columns, Parts, TracePart, TraceSink};
pub use memory::MemoryStore;
pub use position::Position;
pub use predicate::{Anchoring, Comparison, Pattern, PatternError, Predicate};
pub use query::{AttributeFilter, Operation, SpanFilter, TraceQuery};
pub use scan::{Candidate, Cursor, Found, Order, OrderKey, Scan, TraceKey};
pub use values::{TopValues, ValueCount, Values, ValuesFold, ValuesOf};

use async_trait::async_trait;
use clew_model::{Batch, SpanKind, Trace, TraceId};

/// Where traces are kept and found again.
///
/// Every method may be called at any time from any task. Queries may keep the thread busy that they
/// are polled on; it should not be one that serves others. [`contract`] holds what each
/// implementation must do, as tests.
#[async_trait]
pub trait TraceStore: Send + Sync + 'static {
    /// Keeps every span of the batch.
    ///
    /// When this returns `Ok`, the spans are as safe as the store can make them (promise W1 for a
    /// durable one) and found by the next query (Q1). A span that is there already changes nothing:
    /// one of the same trace id, span id, kind, service and content. Different spans under one id
    /// are all kept. A caller that does not wait for the answer may find the spans kept or not.
    ///
    /// # Errors
    /// [`StoreError::TryLater`] if there is no room now, or they cannot be made safe: the same
    /// batch may be sent again, whether or not any of it was kept.
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

    /// The names of all services, sorted. Spans whose resource has none are in no service.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn services(&self) -> Result<Vec<String>, StoreError>;

    /// What the service does: the names and kinds of its spans, sorted, each once; `kind` narrows
    /// them. Nothing for a service that is not there.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn operations(
        &self,
        service: &str,
        kind: Option<SpanKind>,
    ) -> Result<Vec<Operation>, StoreError>;
}
