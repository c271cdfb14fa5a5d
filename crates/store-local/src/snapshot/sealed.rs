//! Reading segments for a query.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use clew_model::TimeRange;
use clew_store::{Answer, Coverage, Position, Predicate, StoreError};

use crate::columns::{Columnar, Filter, Projection, ReadRows, Rows};
use crate::error::{DiskError, describe};

/// How many rows are read at once: a page of each column.
const CHUNK_ROWS: u32 = 8192;

/// Which segments a question is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// When spans started.
    pub(super) time: TimeRange,
    /// The service that they are of; `None` if of any.
    pub(super) service: Option<&'a str>,
    /// When they arrived; `None` if ever.
    pub(super) arrived: Option<&'a Range<Position>>,
}

impl Wanted<'_> {
    /// Whether the segment may have such spans.
    pub(super) fn may_be_in(&self, table: &dyn Columnar) -> bool {
        let summary = table.summary();
        let (first, last) = summary.positions;
        summary.has_starts_in(self.time)
            && self.service.is_none_or(|name| summary.has_service(name))
            && self
                .arrived
                .is_none_or(|range| first < range.end.0 && last >= range.start.0)
    }
}

/// What could not be read of what was asked for: the answer is about the rest.
#[derive(Debug, Default)]
pub(super) struct Damage(Option<String>);

impl Damage {
    /// So many rows cannot be read, as was seen when the store was opened.
    pub(super) fn of_lost(lost: u64, rows: &str) -> Self {
        let why = || {
            format!(
                "{lost} of the {rows} that are stored cannot be read; the log says which files are \
                 damaged"
            )
        };
        Self((lost > 0).then(why))
    }

    /// What was read; `None` if it could not be, which is noted and logged.
    pub(super) fn note<T>(&mut self, read: Result<T, DiskError>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                say_once(&describe(&error));
                self.0.get_or_insert_with(|| {
                    "some of what is stored cannot be read; the log says which file".to_owned()
                });
                None
            }
        }
    }

    /// Whether all could be read.
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Notes what could not be read of a part.
    pub(super) fn add(&mut self, of_part: Self) {
        self.0 = self.0.take().or(of_part.0);
    }

    /// The answer, and what it is about.
    pub(super) fn answer<T>(self, value: T) -> Answer<T> {
        Answer {
            value,
            coverage: self.0.map_or(Coverage::Complete, Coverage::Partial),
        }
    }
}

/// Logs what cannot be read: once, however many queries come across it.
fn say_once(why: &str) {
    /// So many are remembered; what is said again after that is better than memory without a bound.
    const SAID_MAX: usize = 1000;
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.len() >= SAID_MAX {
        said.clear();
    }
    if said.insert(why.to_owned()) {
        tracing::error!("queries leave out what cannot be read: {why}");
    }
}

/// The first of these rows, or all.
pub(super) async fn read(
    table: &Arc<dyn Columnar>,
    rows: Range<u32>,
    projection: &Arc<Projection>,
) -> Result<Result<Rows, DiskError>, StoreError> {
    let (table, projection) = (Arc::clone(table), Arc::clone(projection));
    let end = rows.end.min(rows.start.saturating_add(CHUNK_ROWS));
    blocking(move || Rows::read(&*table, rows.start..end, &projection)).await
}

/// The rows of a segment of which a predicate holds, a chunk at a time.
pub(super) struct Selection<R> {
    table: Arc<dyn Columnar>,
    filter: Filter,
    projection: Arc<Projection>,
    /// The next row.
    at: u32,
    rows: PhantomData<fn() -> R>,
}

impl<R: ReadRows> Selection<R> {
    pub(super) async fn new(
        table: &Arc<dyn Columnar>,
        predicate: &Arc<Predicate>,
        projection: &Arc<Projection>,
    ) -> Result<Result<Self, DiskError>, StoreError> {
        let (table, projection) = (Arc::clone(table), Arc::clone(projection));
        let predicate = Arc::clone(predicate);
        blocking(move || {
            let filter = Filter::new(&predicate, &*table)?;
            let at = if filter.is_never() { table.rows() } else { 0 };
            Ok(Self {
                table,
                filter,
                projection,
                at,
                rows: PhantomData,
            })
        })
        .await
    }

    /// The next chunk, and how many rows were looked at for it; `None` at the end.
    pub(super) async fn next(
        mut self,
    ) -> Result<Option<(Self, Result<(Vec<R>, usize), DiskError>)>, StoreError> {
        if self.at >= self.table.rows() {
            return Ok(None);
        }
        blocking(move || {
            let end = self.table.rows().min(self.at.saturating_add(CHUNK_ROWS));
            let rows = self.at..end;
            self.at = end;
            let selected = self.filter.rows(&*self.table, rows.clone());
            let selected = selected.and_then(|selected| {
                let found = R::selected(&*self.table, rows.start, &selected, &self.projection)?;
                Ok((found, rows.len()))
            });
            Some((self, selected))
        })
        .await
    }
}

/// Does what may wait for the disk, apart from the threads that serve everyone.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        // The runtime ends.
        Err(_) => StoreError::Cancelled,
    })
}
