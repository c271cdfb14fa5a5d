//! Group commit: one thread that writes the log, and syncs once for all that wait.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clew_model::Batch;
use clew_store::{BudgetShare, MemoryBudget, Position, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::contents::{Contents, HeadSize};
use crate::error::describe;
use crate::head::ColumnsThread;
use crate::lock::DirLock;
use crate::seal::{Sealing, panic_message};
use crate::wal::{Lsn, Record, Signal, Wal};

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

/// Keeps spans: in the log, in the head, and in the end in segments.
pub(crate) struct Keeper {
    /// `None` in a store that ends with its process.
    pub(crate) wal: Option<Wal>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) columns: ColumnsThread,
    pub(crate) memory: MemoryBudget,
    /// What the head takes of it, and the one that is being sealed.
    pub(crate) heads: BudgetShare,
    pub(crate) sealing: Sealing,
    pub(crate) bounds: HeadBounds,
    /// The group of the log that was written last.
    pub(crate) last_group: u64,
    /// The last group of the log that it was told to give back.
    pub(crate) released_group: u64,
    /// How many bytes of requests the log has since the head was sealed last.
    pub(crate) logged_bytes: u64,
    /// Whether the disk had no room for the last group.
    pub(crate) needs_room: bool,
}

/// How much there is in the head before it is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadBounds {
    /// How many spans.
    pub(crate) rows: usize,
    /// How much memory, in bytes.
    pub(crate) bytes: usize,
    /// For how long they stay, if they are fewer.
    pub(crate) age: Duration,
    /// How many bytes the log has of them, and of what was sent again: that takes room in the log, and
    /// none in the head.
    pub(crate) log_bytes: u64,
}

impl HeadBounds {
    pub(crate) fn are_reached(&self, head: HeadSize) -> bool {
        head.rows >= self.rows || head.bytes >= self.bytes
    }
}

impl Keeper {
    /// Makes the group safe and puts it into the head, or refuses it.
    fn keep(&mut self, group: Vec<Waiting>) {
        if let Err(reason) = self.make_room() {
            return refuse(group, &reason);
        }
        let records: Vec<Record<'_>> = group
            .iter()
            .map(|waiting| Record {
                signal: Signal::Traces,
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
                self.logged_bytes += payloads;
                self.needs_room = false;
                acknowledge(group, &self.contents);
                self.heads.set(self.contents.heads_bytes());
            }
            Err(error) => {
                self.needs_room = error.is_lack_of_room();
                refuse(group, &describe(&error));
            }
        }
    }

    /// Waits until the head is not full, if it is: what comes in is then faster than the disk.
    fn make_room(&mut self) -> Result<(), String> {
        // What waits here is counted already, by whoever has received it.
        if !self.memory.has_room_for(0) {
            self.heads.set(self.contents.heads_bytes());
            if !self.memory.has_room_for(0) {
                return Err("the memory that there is for traces is in use".to_owned());
            }
        }
        let head = self.contents.head_size();
        if head.is_behind {
            self.columns.wait(ROOM_PATIENCE)?;
        }
        if self.bounds.are_reached(head) {
            self.sealing.wait(ROOM_PATIENCE)?;
            self.begin_to_seal();
        }
        Ok(())
    }

    /// Has spans put into columns, if there are enough.
    fn move_to_columns(&mut self) {
        match self.columns.is_busy() {
            Ok(true) => {}
            Ok(false) => {
                if let Some(blocks) = self.contents.begin_to_move() {
                    self.columns.begin(blocks);
                }
            }
            // What is said of this thread is then said of that one.
            Err(why) => panic!("{why}"),
        }
    }

    fn seal_if_due(&mut self) {
        if let Some(why) = self.sealing.panic() {
            // What is said of this thread is then said of that one.
            panic!("{why}");
        }
        self.release_log();
        self.heads.set(self.contents.heads_bytes());
        let head = self.contents.head_size();
        let is_old = |since: Instant| since.elapsed() >= self.bounds.age;
        // A segment takes a tenth of the room that the log takes for the same spans.
        let is_log_long = self.needs_room || self.logged_bytes >= self.bounds.log_bytes;
        let is_due = self.bounds.are_reached(head) || is_log_long;
        if (is_due || head.since.is_some_and(is_old)) && self.sealing.is_idle() {
            self.begin_to_seal();
        }
    }

    /// Has all that the log holds sealed. A head may have no spans of it: they were sent again, and
    /// are in segments already.
    fn begin_to_seal(&mut self) {
        let is_empty = self.contents.head_size().rows == 0;
        if is_empty && self.last_group == self.sealing.sealed_group() {
            return;
        }
        if let Some(frozen) = self.contents.freeze() {
            self.logged_bytes = 0;
            self.sealing.begin(frozen, self.last_group);
        }
    }

    /// Gives back what the log has of segments.
    fn release_log(&mut self) {
        let Some(wal) = &mut self.wal else { return };
        let sealed = self.sealing.sealed_group();
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
        let sealed = self.sealing.wait(CLOSE_PATIENCE).and_then(|()| {
            self.begin_to_seal();
            self.sealing.wait(CLOSE_PATIENCE)
        });
        if let Err(why) = sealed {
            tracing::warn!("the last spans stay in the log until the next start: {why}");
        }
        self.release_log();
        let is_sealed = self.sealing.sealed_group() == self.last_group;
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

/// Promises W1 and Q1: the spans are safe, and found by whoever hears the answer. Whoever does not
/// wait for it any more has them kept all the same.
fn acknowledge(group: Vec<Waiting>, contents: &Contents) {
    for Waiting { batch, answer, .. } in group {
        let position = contents.append(batch);
        answer.send(Ok(position)).ok();
    }
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
