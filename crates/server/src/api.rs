//! The query APIs: Jaeger's, for clients that there are, and Clew's own, which loses nothing.

mod clew;
mod duration;
mod failure;
mod filter;
mod jaeger;
mod parameters;
mod rfc3339;
mod shared;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clew_store::{
    LogSnapshot, LogStore, MemoryBudget, QueryContext, QueryPool, TraceSnapshot, TraceStore,
};
use tokio::sync::watch;

pub(crate) use failure::Failure;
pub(crate) use jaeger::no_such_path;

/// How long a query may take. Jaeger's own UI gives up after 10 s, other clients later.
const QUERY_TIME: Duration = Duration::from_secs(30);

/// How much memory a query may take: as some hundred thousand spans of the usual size do, though
/// most answers are sent as they are made and take a small part of it.
const QUERY_BYTES_MAX: usize = 256 << 20;

/// How much memory all queries may take together. One that finds no room is told to come again.
const QUERIES_BYTES_MAX: usize = 2 * QUERY_BYTES_MAX;

/// Turns true when it is time to stop; also when nobody is left to say so.
type Stopped = watch::Receiver<bool>;

/// The routes, as they are below `/api`. An answer without an end has one when `stopped` turns true.
pub(crate) fn router(
    store: Arc<dyn TraceStore>,
    logs: Option<Arc<dyn LogStore>>,
    memory: &MemoryBudget,
    stopped: Stopped,
) -> Router {
    let pool = QueryPool::within(memory, QUERIES_BYTES_MAX);
    let of_logs = logs.map(|store| LogQueries {
        store,
        pool: pool.clone(),
    });
    let queries = Queries { store, pool };
    jaeger::router(queries.clone()).nest("/clew/v1", clew::router(queries, of_logs, stopped))
}

/// What questions are answered from, and within which bounds.
#[derive(Clone)]
struct Queries {
    store: Arc<dyn TraceStore>,
    pool: QueryPool,
}

/// A query on its way: what was stored when it began, and its bounds.
struct Query {
    snapshot: Arc<dyn TraceSnapshot>,
    context: QueryContext,
}

/// The same of log records.
#[derive(Clone)]
struct LogQueries {
    store: Arc<dyn LogStore>,
    pool: QueryPool,
}

/// A query of log records on its way.
struct LogQuery {
    snapshot: Arc<dyn LogSnapshot>,
    context: QueryContext,
}

impl LogQueries {
    /// The bounds of one query.
    fn context(&self) -> QueryContext {
        self.pool.query(QUERY_TIME, QUERY_BYTES_MAX)
    }

    async fn begin(&self) -> Result<LogQuery, Failure> {
        let context = self.context();
        let snapshot = self.store.log_snapshot(context.clone()).await?;
        Ok(LogQuery { snapshot, context })
    }
}

impl Queries {
    async fn begin(&self) -> Result<Query, Failure> {
        let context = self.pool.query(QUERY_TIME, QUERY_BYTES_MAX);
        let snapshot = self.store.snapshot(context.clone()).await?;
        Ok(Query { snapshot, context })
    }
}
