//! A thread that seals, so that whoever writes the log need not wait for it.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clew_model::Batch;

use super::Sealer;
use super::merge::Merged;
use crate::batch::SignalBatch;
use crate::contents::{Contents, Frozen};
use crate::error::describe;

/// How long it waits before it tries again what has failed: at first, and at most. Room on the disk
/// comes back in seconds or in hours.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_mins(1);

/// The thread that seals.
#[derive(Debug)]
pub(crate) struct Sealing<B: SignalBatch = Batch> {
    /// `None` once nothing more is sealed.
    events: Option<SyncSender<Event<B>>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread hears of.
#[derive(Debug)]
enum Event<B: SignalBatch> {
    Seal(Request<B>),
    Merged(Box<Merged>),
    /// The state says so.
    Stopping,
}

#[derive(Debug)]
struct Request<B: SignalBatch> {
    frozen: Frozen<B>,
    /// The last group of the log that is in them.
    group: u64,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    work: Work,
    sealed_group: u64,
    /// Nothing is tried again any more.
    is_stopping: bool,
}

/// What the thread is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Work {
    Idle,
    Busy,
    /// It failed, and will be tried again.
    Failing(String),
    Panicked(String),
}

impl<B: SignalBatch> Sealing<B> {
    /// Starts the thread.
    pub(crate) fn start(sealer: Sealer, contents: Arc<Contents<B>>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                work: Work::Idle,
                sealed_group: sealer.sealed_group(),
                is_stopping: false,
            }),
            changed: Condvar::new(),
        });
        // One of each sort may be on its way.
        let (events, received) = sync_channel(3);
        let for_merges = events.clone();
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("seal".to_owned())
            .spawn(move || {
                let work = AssertUnwindSafe(|| {
                    run(sealer, &contents, &received, &for_merges, &for_thread);
                });
                if let Err(panic) = catch_unwind(work) {
                    for_thread.set(Work::Panicked(panic_message(&*panic)));
                }
            })?;
        Ok(Self {
            events: Some(events),
            shared,
            thread: Some(thread),
        })
    }

    /// Begins to seal the blocks, which have all spans up to this group of the log. Nothing else is
    /// being sealed.
    pub(crate) fn begin(&self, frozen: Frozen<B>, group: u64) {
        let mut state = self.shared.state();
        if state.work == Work::Idle {
            state.work = Work::Busy;
        }
        drop(state);
        if let Some(events) = &self.events {
            // If the thread has panicked, that is what its state says.
            events.send(Event::Seal(Request { frozen, group })).ok();
        }
    }

    /// The last group of the log whose spans are in segments.
    pub(crate) fn sealed_group(&self) -> u64 {
        self.shared.state().sealed_group
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.shared.state().work == Work::Idle
    }

    /// Waits until what was begun is done.
    ///
    /// # Errors
    /// Why it is not: it failed, and will be tried again, or it takes too long.
    pub(crate) fn wait(&self, patience: Duration) -> Result<(), String> {
        let state = self.shared.state();
        let is_busy = |state: &mut State| state.work == Work::Busy;
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, patience, is_busy);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &state.work {
            Work::Idle => Ok(()),
            Work::Busy => Err(format!(
                "{} are not written to the disk fast enough",
                B::ROWS
            )),
            Work::Failing(why) => Err(why.clone()),
            Work::Panicked(why) => Err(format!("the thread that seals has panicked: {why}")),
        }
    }

    /// What the thread has panicked over, if it has.
    pub(crate) fn panic(&self) -> Option<String> {
        match &self.shared.state().work {
            Work::Panicked(why) => Some(why.clone()),
            _ => None,
        }
    }
}

/// Waits for what is being sealed or merged, but tries nothing again.
impl<B: SignalBatch> Drop for Sealing<B> {
    fn drop(&mut self) {
        self.shared.state().is_stopping = true;
        self.shared.changed.notify_all();
        if let Some(events) = self.events.take() {
            events.send(Event::Stopping).ok();
        }
        if let Some(thread) = self.thread.take() {
            // It catches its panics.
            thread.join().ok();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, work: Work) {
        self.state().work = work;
        self.changed.notify_all();
    }

    /// Waits that long, or until nothing is tried again any more; whether that is so.
    fn stops_within(&self, delay: Duration) -> bool {
        let until = Instant::now() + delay;
        let mut state = self.state();
        while !state.is_stopping {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_stopping
    }
}

fn run<B: SignalBatch>(
    mut sealer: Sealer,
    contents: &Contents<B>,
    received: &Receiver<Event<B>>,
    for_merges: &SyncSender<Event<B>>,
    shared: &Shared,
) {
    let mut is_merging = false;
    loop {
        retire(&mut sealer, contents);
        if shared.state().is_stopping {
            if !is_merging {
                return;
            }
        } else if !is_merging {
            is_merging = begin_to_merge(&mut sealer, contents, for_merges);
        }
        match received.recv_timeout(sealer.retires_every()) {
            Ok(Event::Seal(request)) => seal(&mut sealer, contents, &request, shared),
            Ok(Event::Merged(merged)) => {
                is_merging = false;
                if let Err(error) = sealer.finish_merge(*merged, contents) {
                    let why = describe(&error);
                    tracing::warn!("small segments are not merged for now: {why}");
                }
            }
            Ok(Event::Stopping) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Makes a segment of what was frozen, however often that has to be tried, unless the store stops.
fn seal<B: SignalBatch>(
    sealer: &mut Sealer,
    contents: &Contents<B>,
    request: &Request<B>,
    shared: &Shared,
) {
    let Request { frozen, group } = request;
    let mut delay = RETRY_FIRST;
    while let Err(error) = sealer.seal(frozen, *group, contents) {
        let why = describe(&error);
        tracing::warn!(
            "{} stay in memory and in the log, since no segment can be made of them: {why}; \
             it is tried again in {} s",
            B::ROWS,
            delay.as_secs()
        );
        // If the disk is full, that may be what helps.
        retire(sealer, contents);
        shared.set(Work::Failing(why));
        if shared.stops_within(delay) {
            return;
        }
        delay = (delay * 2).min(RETRY_MAX);
    }
    shared.state().sealed_group = *group;
    shared.set(Work::Idle);
}

/// Begins a merge on a thread of its own, if there is one to do; it ends with an event.
fn begin_to_merge<B: SignalBatch>(
    sealer: &mut Sealer,
    contents: &Contents<B>,
    events: &SyncSender<Event<B>>,
) -> bool {
    let Some(job) = sealer.next_merge(contents) else {
        return false;
    };
    let events = events.clone();
    let thread = std::thread::Builder::new().name("merge".to_owned());
    // Whoever waits for it waits for the event.
    let spawned = thread.spawn(move || events.send(Event::Merged(Box::new(job.run()))).ok());
    if let Err(error) = &spawned {
        tracing::warn!("small segments are not merged, since there is no thread for it: {error}");
    }
    spawned.is_ok()
}

fn retire<B: SignalBatch>(sealer: &mut Sealer, contents: &Contents<B>) {
    if let Err(error) = sealer.retire(contents) {
        let why = describe(&error);
        tracing::warn!("old {} stay longer than they should: {why}", B::ROWS);
    }
}

/// What was said in a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no reason was given").to_owned()
}
