//! The store: the log, and in memory all that it holds.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use clew_model::{Batch, SpanKind, Trace, TraceId};
use clew_store::{MemoryStore, Operation, StoreError, TraceQuery, TraceStore};

use crate::commit::Committer;
use crate::disk::{self, Disk, OsDisk};
use crate::error::{OpenError, corrupt, io_error};
use crate::lock::DirLock;
use crate::progress::{Meter, Progress};
use crate::wal::{Log, ReplayedGroup, Signal};

/// Where in the data directory the log lies.
const WAL_DIR: &str = "wal";

/// How long the files of the log are. Making a file takes a few syncs, so it must be rare; opening
/// a store reads the last one whole, so it must be short.
const WAL_FILE_LEN: u64 = 32 << 20;

/// A durable store in a directory of its own.
///
/// What was acknowledged survives the end of the process and of the power (W1). All spans are held
/// in memory as well, where they are searched; see [`MemoryStore`] for what that takes.
#[derive(Debug)]
pub struct LocalStore {
    committer: Committer,
    memory: Arc<MemoryStore>,
}

impl LocalStore {
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
        let (committer, memory) = open_wal(disk, &wal_dir, WAL_FILE_LEN, Some(lock), progress)?;
        Ok(Self { committer, memory })
    }

    /// Takes no more spans, and waits until all that were appended are dealt with: then the
    /// directory can be opened again. Whoever drops a store that is not closed waits for the same.
    pub async fn close(&self) {
        self.committer.close().await;
    }

    /// Completes when the store can never take anything again, and says why: the thread that
    /// writes its log has panicked.
    pub async fn failure(&self) -> String {
        self.committer.failure().await
    }
}

/// Replays the log into memory, and goes on with it.
fn open_wal(
    disk: Arc<dyn Disk>,
    dir: &Path,
    file_len: u64,
    lock: Option<DirLock>,
    progress: impl FnMut(Progress),
) -> Result<(Committer, Arc<MemoryStore>), OpenError> {
    let log = Log::find(disk, dir)?;
    let memory = Arc::new(MemoryStore::new());
    let mut meter = Meter::new(progress, log.len(), Instant::now());
    let replayed = log.replay(file_len, |group| {
        let spans = restore(&group, &memory)?;
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
    let committer = Committer::start(replayed.wal, Arc::clone(&memory), lock);
    let committer = committer.map_err(io_error("start a thread for", dir))?;
    Ok((committer, memory))
}

/// Puts the group's spans into memory, and says how many there were.
fn restore(group: &ReplayedGroup<'_>, memory: &MemoryStore) -> Result<u64, StoreError> {
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
                memory.insert(decoded.batch);
            }
        }
    }
    Ok(spans)
}

#[async_trait]
impl TraceStore for LocalStore {
    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.committer.append(batch).await
    }

    async fn trace(&self, id: TraceId) -> Result<Option<Trace>, StoreError> {
        self.memory.trace(id).await
    }

    async fn search(&self, query: &TraceQuery) -> Result<Vec<Trace>, StoreError> {
        self.memory.search(query).await
    }

    async fn services(&self) -> Result<Vec<String>, StoreError> {
        self.memory.services().await
    }

    async fn operations(
        &self,
        service: &str,
        kind: Option<SpanKind>,
    ) -> Result<Vec<Operation>, StoreError> {
        self.memory.operations(service, kind).await
    }
}
