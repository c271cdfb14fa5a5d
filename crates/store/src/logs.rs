//! Where log records are kept: what a store is asked about them, and what it answers.

mod counts;
mod identity;
mod scan;

use std::sync::Arc;

use async_trait::async_trait;
use clew_model::LogBatch;

use crate::{Answer, Position, QueryContext, StoreError, TopValues, Values};

pub use counts::{LogCell, LogCounts, LogCountsFold, SeverityCounts};
pub use identity::LogRecordIdentity;
pub use scan::{FoundLogRecord, LogOrder, LogPage, LogPlace, LogScan};

/// Where log records are kept and found again, as a [`TraceStore`](crate::TraceStore) keeps spans, with
/// the same promises. [`contract::logs`](crate::contract::logs) holds what each implementation must do,
/// as tests.
#[async_trait]
pub trait LogStore: Send + Sync + 'static {
    /// Keeps every log record of the batch, and says which position it has: batches of log records are
    /// counted apart.
    ///
    /// When this returns `Ok`, they are as safe as the store can make them (promise W1 for a durable
    /// one) and found in the next snapshot (Q1). What was sent again changes nothing: a log record of
    /// the same [identity](LogRecordIdentity) as one of an earlier batch is that one, as far as the store
    /// can tell. Of equal ones in one batch all are kept: a program may say the same twice.
    ///
    /// # Errors
    /// As [`TraceStore::append`](crate::TraceStore::append).
    async fn append_logs(&self, batch: LogBatch) -> Result<Position, StoreError>;

    /// What is stored now, for one query.
    ///
    /// # Errors
    /// Any [`StoreError`] that keeps the store from reading.
    async fn log_snapshot(&self, context: QueryContext)
    -> Result<Arc<dyn LogSnapshot>, StoreError>;
}

/// What was stored at one moment, with the bounds of a [`TraceSnapshot`](crate::TraceSnapshot).
///
/// # Errors
/// Any [`StoreError`] but `TryLater`.
#[async_trait]
pub trait LogSnapshot: Send + Sync {
    /// The position of the next batch: what arrives later has it, or a later one.
    fn end(&self) -> Position;

    /// The log records that the scan asks for, in its order: after the place, if there is one, and as
    /// many as the limit and the memory of a page allow.
    async fn records(
        &self,
        scan: &LogScan,
        after: Option<&LogPlace>,
        limit: usize,
    ) -> Result<Answer<LogPage>, StoreError>;

    /// How many there are, over time and by severity.
    async fn counts(&self, counts: &LogCounts) -> Result<Answer<Vec<LogCell>>, StoreError>;

    /// Which values there are, with how many log records have them.
    async fn values(&self, values: &Values) -> Result<Answer<TopValues>, StoreError>;
}
