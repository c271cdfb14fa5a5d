//! Group commit: one thread that writes the log, and syncs once for all that wait.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use clew_model::Batch;
use clew_store::{MemoryStore, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::wal::{Record, Signal, Wal};

/// How many requests may wait for the log. A sync takes a few milliseconds, and a sender has a
/// handful of requests under way: more than this is a log that has come to a standstill.
const WAITING_MAX: usize = 1024;

/// How many KiB of requests may wait for the log: twice the longest request that a receiver takes
/// by default, and what a disk of the slower sort writes in a second.
const WAITING_KIB_MAX: u32 = 128 << 10;

/// How many bytes of requests one sync makes safe, unless a single one is longer. Enough that the
/// cost of the sync is nothing beside that of the writing, and little enough to write in the time
/// that senders wait anyway.
const GROUP_LEN_MAX: usize = 8 << 20;

/// Takes batches to the log, and to memory when they are safe.
#[derive(Debug)]
pub(crate) struct Committer {
    /// `None` only while it is dropped.
    queue: Option<SyncSender<Waiting>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

/// A batch that waits for the log.
struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<(), StoreError>>,
    /// Given back when the batch is dealt with.
    _room: OwnedSemaphorePermit,
}

impl Committer {
    /// Starts the thread.
    pub(crate) fn start(wal: Wal, memory: Arc<MemoryStore>) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("wal".to_owned())
            .spawn(move || write_groups(wal, &memory, &waiting))?;
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(WAITING_KIB_MAX as usize)),
            thread: Some(thread),
        })
    }

    /// Makes the batch safe, and then puts it into memory.
    pub(crate) async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        let kib = u32::try_from(batch.bytes().len() >> 10).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room);
        let room = room
            .try_acquire_many_owned(kib.saturating_add(1).min(WAITING_KIB_MAX))
            .map_err(|_| try_later("too many bytes are waiting to be written"))?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            batch,
            answer,
            _room: room,
        };
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => try_later("too many requests are waiting to be written"),
            TrySendError::Disconnected(_) => stopped(),
        })?;
        answered.await.map_err(|_| stopped())?
    }
}

/// Waits until all that was appended is dealt with.
impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the log has panicked");
        }
    }
}

/// Writes what is waiting until nobody can append any more.
fn write_groups(mut wal: Wal, memory: &MemoryStore, waiting: &Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let group = gather(first, waiting);
        let records: Vec<Record<'_>> = group
            .iter()
            .map(|waiting| Record {
                signal: Signal::Traces,
                payload: waiting.batch.bytes(),
            })
            .collect();
        let written = wal.append(&records);
        match written {
            Ok(()) => acknowledge(group, memory),
            Err(error) => refuse(group, &describe(&error)),
        }
    }
}

/// All that wait, as far as they make one group.
fn gather(first: Waiting, waiting: &Receiver<Waiting>) -> Vec<Waiting> {
    let mut len = first.batch.bytes().len();
    let mut group = vec![first];
    while len < GROUP_LEN_MAX
        && let Ok(next) = waiting.try_recv()
    {
        len += next.batch.bytes().len();
        group.push(next);
    }
    group
}

/// Promises W1 and Q1: the spans are safe, and found by whoever hears the answer. Whoever does not
/// wait for it any more has them kept all the same.
fn acknowledge(group: Vec<Waiting>, memory: &MemoryStore) {
    for Waiting { batch, answer, .. } in group {
        memory.insert(batch);
        answer.send(Ok(())).ok();
    }
}

fn refuse(group: Vec<Waiting>, reason: &str) {
    for Waiting { answer, .. } in group {
        answer.send(Err(try_later(reason))).ok();
    }
}

/// The error with what the operating system said.
fn describe(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn try_later(reason: &str) -> StoreError {
    StoreError::TryLater {
        reason: reason.to_owned(),
    }
}

fn stopped() -> StoreError {
    try_later("the thread that writes the log has stopped; Clew must be started again")
}
