//! The store: the log, and the head with all that it holds.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use clew_model::Batch;
use clew_store::{Position, QueryContext, StoreError, TraceSnapshot, TraceStore};

use crate::commit::Committer;
use crate::disk::{self, Disk, OsDisk};
use crate::error::{DiskError, OpenError, corrupt, io_error};
use crate::head::Head;
use crate::lock::DirLock;
use crate::progress::{Meter, Progress};
use crate::wal::{Log, ReplayedGroup, Signal};

/// Where in the data directory the log lies.
const WAL_DIR: &str = "wal";

/// How long the files of the log are. Making a file takes a few syncs, so it must be rare; opening
/// a store reads the last one whole, so it must be short.
const WAL_FILE_LEN: u64 = 32 << 20;

/// A store in a directory of its own, or in memory alone.
///
/// What was acknowledged survives the end of the process and of the power (W1), unless it is kept in
/// memory alone. All spans are held in memory in either case, where they are searched, and there is
/// no bound on them: a span of a usual size (400 bytes on the wire, ten attributes) takes about a
/// kilobyte.
#[derive(Debug)]
pub struct LocalStore {
    /// `None` if nothing is written.
    committer: Option<Committer>,
    head: Arc<Head>,
}

impl LocalStore {
    /// A store that ends with its process.
    pub fn in_memory() -> Self {
        Self {
            committer: None,
            head: Arc::new(Head::new()),
        }
    }

    /// Opens the store of this directory, or makes a new one there.
    ///
    /// Its log is read first. If that takes more than a second, `progress` hears a few times a
    /// second how far it is, and once when it is done.
    ///
    /// # Errors
    /// If another process has the directory open, or what is in it cannot be read.
    pub fn open(dir: &Path, progress: impl FnMut(Progress)) -> Result<Self, OpenError> {
        let wal_dir = dir.join(WAL_DIR);
        disk::create_dir(&wal_dir).map_err(io_error("make", &wal_dir))?;
        let lock = DirLock::acquire(dir)?;
        let disk = Arc::new(OsDisk);
        let (committer, head) = open_wal(disk, &wal_dir, WAL_FILE_LEN, Some(lock), progress)?;
        Ok(Self {
            committer: Some(committer),
            head,
        })
    }

    /// Takes no more spans, and waits until all that were appended are dealt with: then the
    /// directory can be opened again. Whoever drops a store that is not closed waits for the same.
    pub async fn close(&self) {
        if let Some(committer) = &self.committer {
            committer.close().await;
        }
    }

    /// Completes when the store can never take anything again, and says why: the thread that
    /// writes its log has panicked.
    pub async fn failure(&self) -> String {
        match &self.committer {
            Some(committer) => committer.failure().await,
            None => std::future::pending().await,
        }
    }
}

/// Replays the log into the head, and goes on with it.
fn open_wal(
    disk: Arc<dyn Disk>,
    dir: &Path,
    file_len: u64,
    lock: Option<DirLock>,
    progress: impl FnMut(Progress),
) -> Result<(Committer, Arc<Head>), OpenError> {
    let log = Log::find(disk, dir)?;
    let head = Arc::new(Head::new());
    let mut meter = Meter::new(progress, log.len(), Instant::now());
    let replayed = log.replay(file_len, |group| {
        let spans = restore(&group, &head)?;
        meter.advance(group.len, spans, Instant::now());
        Ok(())
    })?;
    meter.finish();
    if let Some((file, offset)) = replayed.torn {
        tracing::warn!(
            "{} ends at byte {offset} with a group of records that is not whole, and it is left \
             out. If Clew was killed or the power failed as it wrote, the group was not \
             acknowledged; if the disk has damaged it since, it was. Its bytes stay in the file",
            file.display()
        );
    }
    let committer = Committer::start(replayed.wal, Arc::clone(&head), lock);
    let committer = committer.map_err(io_error("start a thread for", dir))?;
    Ok((committer, head))
}

/// Puts the group's spans into the head, and says how many there were.
fn restore(group: &ReplayedGroup<'_>, head: &Head) -> Result<u64, DiskError> {
    let mut spans = 0;
    for record in group.records() {
        let (offset, record) = record?;
        match record.signal {
            Signal::Traces => {
                // A copy, since the batch would keep the whole file in memory.
                let request = Bytes::copy_from_slice(record.payload);
                let decoded = clew_otlp::decode_traces(request)
                    .map_err(|error| corrupt(group.file, offset, error.to_string()))?;
                spans += decoded.batch.len() as u64;
                head.append(decoded.batch);
            }
        }
    }
    Ok(spans)
}

#[async_trait]
impl TraceStore for LocalStore {
    async fn append(&self, batch: Batch) -> Result<Position, StoreError> {
        match &self.committer {
            // A request without a valid span is not worth a sync.
            Some(committer) if !batch.is_empty() => committer.append(batch).await,
            // Apart from the threads that serve everyone: a large batch takes a while to sort, and
            // whoever appends next waits for it.
            _ => {
                let head = Arc::clone(&self.head);
                let appended = tokio::task::spawn_blocking(move || head.append(batch)).await;
                // It is never cancelled, so if it is not done it panicked, and so does this.
                appended.map_err(|error| std::panic::resume_unwind(error.into_panic()))
            }
        }
    }

    async fn snapshot(&self, context: QueryContext) -> Result<Arc<dyn TraceSnapshot>, StoreError> {
        Ok(Arc::new(self.head.snapshot(context)))
    }
}
