//! Where the backend keeps its traces.

use std::path::Path;
use std::sync::Arc;

use clew_store::{MemoryStore, StoreError, TraceStore};
use clew_store_local::{LocalStore, OpenError};
use clew_terminal::Progress;

use crate::error::{CommandError, with_sources};

/// The store in this directory, or one in memory alone.
pub(super) async fn open(data_dir: Option<&Path>) -> Result<Arc<dyn TraceStore>, CommandError> {
    let Some(data_dir) = data_dir else {
        return Ok(Arc::new(MemoryStore::new()));
    };
    let data_dir = data_dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || open_local(&data_dir)).await?;
    opened.map(|store| Arc::new(store) as _)
}

fn open_local(data_dir: &Path) -> Result<LocalStore, CommandError> {
    let mut bar = None;
    let opened = LocalStore::open(data_dir, |progress| {
        bar.get_or_insert_with(|| Progress::start("bytes", progress.bytes_total))
            .show(progress.bytes_read);
    });
    drop(bar);
    opened.map_err(|error| problem(&error))
}

fn problem(error: &OpenError) -> CommandError {
    let problem = CommandError::user(with_sources(error));
    match error {
        OpenError::InUse { .. } => {
            problem.with_hint("stop that process, or choose another directory with --data-dir")
        }
        // It says itself what to do.
        OpenError::Version { .. } => problem,
        OpenError::Store(StoreError::Corrupt { .. }) => problem.with_hint(
            "put the data directory back from a copy, or start a new one with --data-dir",
        ),
        OpenError::Store(_) => problem.with_hint("choose another directory with --data-dir"),
    }
}
