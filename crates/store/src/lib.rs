//! Where traces and log records are kept: what a store is asked, what it answers, and the contract every
//! one keeps.
//!
//! A store answers about **spans**. What a trace is made of, its structure and its summary, is found
//! out above it, once for all stores. So a store implements five questions, and an engine of columns
//! can answer them as well as a database elsewhere.

mod aggregate;
mod budget;
mod context;
pub mod contract;
mod edges;
mod error;
mod field;
mod histogram;
mod identity;
mod load;
mod logs;
mod position;
mod predicate;
mod record;
mod reference;
mod scan;
mod values;

pub use aggregate::{Aggregate, AggregateFold, Cell, Exemplar, Measure, Series, SeriesPlace};
pub use budget::{BudgetShare, MemoryBudget};
pub use context::{CancelOnDrop, Held, QueryContext, QueryPool};
pub use edges::{
    CallGraph, Edge, EdgeKind, Edges, EdgesFold, SYSTEMS, is_called, is_calling, system_of,
};
pub use error::StoreError;
pub use field::{AttributeScope, Field, FieldRef, Intrinsic, Scalar};
pub use histogram::{Extremes, Histogram};
pub use identity::SpanIdentity;
pub use load::{Collect, Columns, Parts, TracePart, TraceSink};
pub use logs::{
    FoundLogRecord, LogCell, LogCounts, LogCountsFold, LogOrder, LogPage, LogPlace,
    LogRecordIdentity, LogScan, LogSnapshot, LogStore, SeverityCounts,
};
pub use position::Position;
pub use predicate::{Anchoring, Comparison, Pattern, PatternError, Predicate, TextSearch};
pub use record::Record;
pub use reference::ReferenceStore;
pub use scan::{Candidate, Cursor, Found, Order, OrderKey, Scan, TraceKey};
pub use values::{TopValues, ValueCount, Values, ValuesFold, ValuesOf};

use std::sync::Arc;

use async_trait::async_trait;
use clew_model::Batch;

/// Where traces are kept and found again.
///
/// Every method may be called at any time from any task. [`contract`] holds what each
/// implementation must do, as tests.
#[async_trait]
pub trait TraceStore: Send + Sync + 'static {
    /// Keeps every span of the batch, and says which position it has.
    ///
    /// When this returns `Ok`, the spans are as safe as the store can make them (promise W1 for a
    /// durable one) and found in the next snapshot (Q1). A span that is there already changes
    /// nothing: one of the same [identity](SpanIdentity), as far as the store can tell: it may forget
    /// spans that came long ago, and know only those that are encoded alike. Different spans under
    /// one id are all kept.
    /// A caller that does not wait for the answer may find the spans kept or not.
    ///
    /// # Errors
    /// [`StoreError::TryLater`] if there is no room now, or they cannot be made safe: the same
    /// batch may be sent again, whether or not any of it was kept.
    async fn append(&self, batch: Batch) -> Result<Position, StoreError>;

    /// What is stored now, for one query.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn snapshot(&self, context: QueryContext) -> Result<Arc<dyn TraceSnapshot>, StoreError>;
}

/// What was stored at one moment: no append changes it while it is held.
///
/// Every method ends with an error soon after the query's deadline, after nobody waits for it any
/// more, and before it has taken more memory than the query may. None holds up an append or another
/// query for more than some milliseconds.
///
/// # Errors
/// Any [`StoreError`] but `TryLater`.
#[async_trait]
pub trait TraceSnapshot: Send + Sync {
    /// The position of the next batch: what arrives later has it, or a later one.
    fn end(&self) -> Position;

    /// The traces that the scan asks for, in its order: after the cursor, if there is one, and as
    /// many as the limit allows.
    async fn candidates(
        &self,
        scan: &Scan,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Answer<Vec<Candidate>>, StoreError>;

    /// Hands the traces to the sink, whole, in the order of the keys. A trace that is not there has
    /// no part.
    async fn load(
        &self,
        traces: &[TraceKey],
        columns: &Columns,
        sink: &mut dyn TraceSink,
    ) -> Result<Answer<()>, StoreError>;

    /// Numbers about many spans.
    async fn aggregate(&self, aggregate: &Aggregate) -> Result<Answer<Vec<Series>>, StoreError>;

    /// Which values there are, with how many spans have them.
    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError>;

    /// Who calls whom.
    async fn edges(&self, edges: &Edges) -> Result<Answer<CallGraph>, StoreError>;
}

/// What was found, and whether that is all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was found.
    pub value: T,
    /// Whether that is all.
    pub coverage: Coverage,
}

/// How much of what is stored an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// All of it.
    Complete,
    /// Some of it: why, for whoever reads the answer.
    Partial(String),
}

impl Coverage {
    /// That of an answer made of two: partial if one of them is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::Complete => other,
            partial @ Self::Partial(_) => partial,
        }
    }

    /// Why it is not all.
    pub fn partial(&self) -> Option<&str> {
        match self {
            Self::Complete => None,
            Self::Partial(why) => Some(why),
        }
    }
}

impl<T> Answer<T> {
    /// An answer about all that is stored.
    pub fn complete(value: T) -> Self {
        Self {
            value,
            coverage: Coverage::Complete,
        }
    }
}
