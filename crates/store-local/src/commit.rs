//! Group commit: one thread that writes the log, and syncs once for all that wait.

mod pipeline;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clew_model::{Batch, LogBatch};
use clew_store::{MemoryBudget, Position, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::error::describe;
use crate::lock::DirLock;
use crate::seal::panic_message;
use crate::wal::{Lsn, Record, Signal, Wal};

pub(crate) use pipeline::{HeadBounds, Pipeline};

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

/// How often it looks whether spans are due to be sealed while nothing comes in.
const TICK: Duration = Duration::from_secs(1);

/// How long a full head may hold up those who wait for the log. A segment is made in less than a
/// second, and exporters give up after ten.
const ROOM_PATIENCE: Duration = Duration::from_secs(5);

/// How long a store that is closed waits for its last segment; what is in none is in the log.
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);

/// Takes batches to the log, and to the heads when they are safe.
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

/// A request of any signal.
pub(crate) enum AnyBatch {
    Spans(Batch),
    Logs(LogBatch),
}

impl From<Batch> for AnyBatch {
    fn from(batch: Batch) -> Self {
        Self::Spans(batch)
    }
}

impl From<LogBatch> for AnyBatch {
    fn from(batch: LogBatch) -> Self {
        Self::Logs(batch)
    }
}

impl AnyBatch {
    pub(crate) fn signal(&self) -> Signal {
        match self {
            Self::Spans(_) => Signal::Traces,
            Self::Logs(_) => Signal::Logs,
        }
    }

    /// How many spans or log records there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Spans(batch) => batch.len(),
            Self::Logs(batch) => batch.len(),
        }
    }

    fn bytes(&self) -> &Bytes {
        match self {
            Self::Spans(batch) => batch.bytes(),
            Self::Logs(batch) => batch.bytes(),
        }
    }
}

/// A batch that waits for the log.
struct Waiting {
    batch: AnyBatch,
    answer: oneshot::Sender<Result<Position, StoreError>>,
    /// Given back when the batch is dealt with.
    _room: OwnedSemaphorePermit,
}

impl Committer {
    /// Starts the thread, which has the lock of the data directory for as long as it writes.
    pub(crate) fn start(keeper: Keeper, lock: Option<DirLock>) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let (state, watched) = watch::channel(ThreadState::Running);
        let thread = std::thread::Builder::new()
            .name("wal".to_owned())
            .spawn(move || {
                let write = AssertUnwindSafe(|| write_groups(keeper, &waiting));
                // After a panic nothing is used any more but the contents, which are sound.
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
    pub(crate) async fn append(&self, batch: impl Into<AnyBatch>) -> Result<Position, StoreError> {
        let batch = batch.into();
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

/// Writes what is waiting until nobody can append any more, and then seals the rest.
fn write_groups(mut keeper: Keeper, waiting: &Receiver<Waiting>) {
    loop {
        match waiting.recv_timeout(TICK) {
            Ok(first) => {
                keeper.keep(gather(first, waiting));
                keeper.move_to_columns();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        keeper.seal_if_due();
    }
    keeper.close();
}

/// Keeps what comes in: in the log, in the heads, and in the end in segments.
pub(crate) struct Keeper {
    /// `None` in a store that ends with its process.
    pub(crate) wal: Option<Wal>,
    pub(crate) spans: Pipeline<Batch>,
    pub(crate) logs: Pipeline<LogBatch>,
    pub(crate) memory: MemoryBudget,
    /// The group of the log that was written last.
    pub(crate) last_group: u64,
    /// The last group of the log that it was told to give back.
    pub(crate) released_group: u64,
    /// Whether the disk had no room for the last group.
    pub(crate) needs_room: bool,
}

impl Keeper {
    /// Makes the group safe and puts it into the heads, or refuses it.
    fn keep(&mut self, group: Vec<Waiting>) {
        let group = self.refuse_where_full(group);
        if group.is_empty() {
            return;
        }
        let records: Vec<Record<'_>> = group
            .iter()
            .map(|waiting| Record {
                signal: waiting.batch.signal(),
                payload: waiting.batch.bytes(),
            })
            .collect();
        let payloads = records.iter().map(|record| record.payload.len() as u64);
        let payloads: u64 = payloads.sum();
        let written = match &mut self.wal {
            Some(wal) => wal.append(&records).map(|lsn| lsn.0),
            None => Ok(self.last_group + 1),
        };
        match written {
            Ok(last_group) => {
                self.last_group = last_group;
                self.spans.logged_bytes += payloads;
                self.logs.logged_bytes += payloads;
                self.needs_room = false;
                self.acknowledge(group);
                self.count_heads();
            }
            Err(error) => {
                self.needs_room = error.is_lack_of_room();
                refuse(group, &describe(&error));
            }
        }
    }

    /// Promises W1 and Q1: what was sent is safe, and found by whoever hears the answer. Whoever does
    /// not wait for it any more has it kept all the same.
    fn acknowledge(&self, group: Vec<Waiting>) {
        for Waiting { batch, answer, .. } in group {
            let position = match batch {
                AnyBatch::Spans(batch) => self.spans.contents.append(batch),
                AnyBatch::Logs(batch) => self.logs.contents.append(batch),
            };
            answer.send(Ok(position)).ok();
        }
    }

    /// Says how much memory the heads take.
    fn count_heads(&mut self) {
        self.spans.count_heads();
        self.logs.count_heads();
    }

    /// Refuses the requests of a group that there is no room for; the others go on.
    fn refuse_where_full(&mut self, group: Vec<Waiting>) -> Vec<Waiting> {
        // What waits here is counted already, by whoever has received it.
        if !self.memory.has_room_for(0) {
            self.count_heads();
            if !self.memory.has_room_for(0) {
                refuse(
                    group,
                    "the memory that there is for what comes in is in use",
                );
                return Vec::new();
            }
        }
        let until = Instant::now() + ROOM_PATIENCE;
        if let Err(reason) = self.make_room_in_log(until) {
            refuse(group, &reason);
            return Vec::new();
        }
        let mut left = group;
        for signal in [Signal::Traces, Signal::Logs] {
            let (of_signal, others): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|waiting| waiting.batch.signal() == signal);
            left = others;
            if of_signal.is_empty() {
                continue;
            }
            let made = match signal {
                Signal::Traces => self.spans.make_room(self.last_group, until),
                Signal::Logs => self.logs.make_room(self.last_group, until),
            };
            match made {
                Ok(()) => left.extend(of_signal),
                Err(reason) => refuse(of_signal, &reason),
            }
        }
        left
    }

    /// Waits for a signal that cannot be sealed, once the log is far longer than it need be for it: of
    /// the log nothing can be given back meanwhile, whatever it is of.
    fn make_room_in_log(&mut self, until: Instant) -> Result<(), String> {
        if self.wal.is_none() {
            return Ok(());
        }
        self.spans.make_room_in_log(until)?;
        self.logs.make_room_in_log(until)
    }

    /// Has rows put into columns, if there are enough.
    fn move_to_columns(&mut self) {
        self.spans.move_to_columns();
        self.logs.move_to_columns();
    }

    fn seal_if_due(&mut self) {
        self.spans.check();
        self.logs.check();
        self.release_log();
        self.count_heads();
        let (spans, logs) = (self.spans.sealed_group(), self.logs.sealed_group());
        self.spans
            .seal_if_due(self.last_group, logs, self.needs_room);
        self.logs
            .seal_if_due(self.last_group, spans, self.needs_room);
    }

    /// The last group of the log of which nothing is needed any more.
    fn sealed_group(&self) -> u64 {
        self.spans.sealed_group().min(self.logs.sealed_group())
    }

    /// Gives back what the log has of segments.
    fn release_log(&mut self) {
        let sealed = self.sealed_group();
        let Some(wal) = &mut self.wal else { return };
        let released = if self.needs_room && sealed == self.last_group {
            // The last file too, which is full, or stands in the way of a larger one.
            wal.release_all()
        } else if sealed > self.released_group {
            wal.release(Lsn(sealed + 1))
        } else {
            return;
        };
        match released {
            Ok(()) => {
                self.released_group = sealed;
                self.needs_room = false;
            }
            // Whoever sends is told so, and each that is refused tries again.
            Err(_) if self.needs_room => {}
            Err(error) => {
                // It is made up for after the next seal.
                self.released_group = sealed;
                let error = describe(&error);
                tracing::warn!("the log keeps more than it needs: {error}");
            }
        }
    }

    /// Seals what there is, so that little of the log is read when the store is opened again.
    fn close(mut self) {
        let until = Instant::now() + CLOSE_PATIENCE;
        self.spans.begin_to_close(self.last_group, until);
        self.logs.begin_to_close(self.last_group, until);
        self.spans.wait_to_close(until);
        self.logs.wait_to_close(until);
        self.release_log();
        let is_sealed = self.sealed_group() == self.last_group;
        let closed = self.wal.map(|mut wal| {
            if is_sealed {
                wal.release_all()?;
            }
            wal.close()
        });
        if let Some(Err(error)) = closed {
            let error = describe(&error);
            tracing::warn!("the log is whole, but is not marked as closed: {error}");
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

fn refuse(group: Vec<Waiting>, reason: &str) {
    for Waiting { answer, .. } in group {
        answer.send(Err(try_later(reason))).ok();
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
