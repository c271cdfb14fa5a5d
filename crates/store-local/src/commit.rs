//! Group commit: one thread that writes the log, and syncs once for all that wait.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use clew_model::Batch;
use clew_store::{Position, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::error::DiskError;
use crate::head::Head;
use crate::lock::DirLock;
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

/// Takes batches to the log, and to the head when they are safe.
#[derive(Debug)]
pub(crate) struct Committer {
    /// `None` once it is closed.
    queue: Mutex<Option<SyncSender<Waiting>>>,
    room: Arc<Semaphore>,
    state: watch::Receiver<ThreadState>,
    /// `None` only while it is dropped.
    thread: Option<JoinHandle<()>>,
}

/// What the thread that writes the log is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ThreadState {
    Running,
    /// All that was appended is dealt with.
    Ended,
    /// Nothing can be appended any more; the text says why.
    Panicked(String),
}

/// A batch that waits for the log.
struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<Position, StoreError>>,
    /// Given back when the batch is dealt with.
    _room: OwnedSemaphorePermit,
}

impl Committer {
    /// Starts the thread, which has the lock of the data directory for as long as it writes.
    pub(crate) fn start(wal: Wal, head: Arc<Head>, lock: Option<DirLock>) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let (state, watched) = watch::channel(ThreadState::Running);
        let thread = std::thread::Builder::new()
            .name("wal".to_owned())
            .spawn(move || {
                let write = AssertUnwindSafe(|| write_groups(wal, &head, &waiting));
                // After a panic nothing is used any more but the head, which is sound.
                let outcome = catch_unwind(write);
                drop(lock);
                state.send_replace(match outcome {
                    Ok(()) => ThreadState::Ended,
                    Err(panic) => ThreadState::Panicked(panic_message(&*panic)),
                });
            })?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            room: Arc::new(Semaphore::new(WAITING_KIB_MAX as usize)),
            state: watched,
            thread: Some(thread),
        })
    }

    /// Takes no more, and waits until all that was appended is dealt with.
    pub(crate) async fn close(&self) {
        self.queue().take();
        let mut state = self.state.clone();
        // The sender is gone only after it has said how the thread ended.
        let _ = state.wait_for(|state| *state != ThreadState::Running).await;
    }

    /// Waits for the thread to panic, and says why it did; for ever if it does not.
    pub(crate) async fn failure(&self) -> String {
        let mut state = self.state.clone();
        let panicked = |state: &ThreadState| matches!(state, ThreadState::Panicked(_));
        let ended = state.wait_for(panicked).await.map(|state| state.clone());
        match ended {
            Ok(ThreadState::Panicked(why)) => why,
            _ => std::future::pending().await,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Option<SyncSender<Waiting>>> {
        // Nothing panics while it holds the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the batch safe, and then puts it into the head.
    pub(crate) async fn append(&self, batch: Batch) -> Result<Position, StoreError> {
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
        self.enqueue(waiting)?;
        answered.await.map_err(|_| stopped())?
    }

    fn enqueue(&self, waiting: Waiting) -> Result<(), StoreError> {
        let queue = self.queue();
        let sent = queue.as_ref().ok_or_else(stopped)?.try_send(waiting);
        sent.map_err(|error| match error {
            TrySendError::Full(_) => try_later("too many requests are waiting to be written"),
            TrySendError::Disconnected(_) => stopped(),
        })
    }
}

/// Waits until all that was appended is dealt with, unless it was closed: then somebody has waited
/// for as long as they wanted to.
impl Drop for Committer {
    fn drop(&mut self) {
        let is_open = self.queue().take().is_some();
        if let Some(thread) = self.thread.take()
            && is_open
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes the log has panicked as it ended");
        }
    }
}

/// What was said in a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no reason was given").to_owned()
}

/// Writes what is waiting until nobody can append any more.
fn write_groups(mut wal: Wal, head: &Head, waiting: &Receiver<Waiting>) {
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
            Ok(_) => acknowledge(group, head),
            Err(error) => refuse(group, &describe(&error)),
        }
    }
    if let Err(error) = wal.close() {
        let error = describe(&error);
        tracing::warn!("the log is whole, but is not marked as closed: {error}");
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
fn acknowledge(group: Vec<Waiting>, head: &Head) {
    for Waiting { batch, answer, .. } in group {
        let position = head.append(batch);
        answer.send(Ok(position)).ok();
    }
}

fn refuse(group: Vec<Waiting>, reason: &str) {
    for Waiting { answer, .. } in group {
        answer.send(Err(try_later(reason))).ok();
    }
}

/// The error with what the operating system said.
fn describe(error: &DiskError) -> String {
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
