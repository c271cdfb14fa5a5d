//! A thread that puts rows into columns, so that whoever appends need not wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use clew_model::Batch;

use super::{Arrived, Block};
use crate::batch::SignalBatch;
use crate::contents::Contents;
use crate::seal::panic_message;
use crate::table::SortedTable;

/// The thread.
#[derive(Debug)]
pub(crate) struct ColumnsThread<B: SignalBatch = Batch> {
    /// `None` once nothing more is done.
    requests: Option<SyncSender<Vec<Arc<Block<B>>>>>,
    /// Says of each request that it is done, or what the thread has panicked over.
    done: Receiver<Result<(), String>>,
    is_busy: bool,
    /// What it has panicked over.
    failed: Option<String>,
    thread: Option<JoinHandle<()>>,
}

impl<B: SignalBatch> ColumnsThread<B> {
    /// Starts the thread.
    pub(crate) fn start(contents: Arc<Contents<B>>) -> std::io::Result<Self> {
        let (requests, received) = sync_channel::<Vec<Arc<Block<B>>>>(1);
        let (finished, done) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("columns".to_owned())
            .spawn(move || {
                for blocks in received {
                    let work = || contents.move_to_columns(&blocks);
                    let outcome = catch_unwind(AssertUnwindSafe(work));
                    let outcome = outcome.map_err(|panic| panic_message(&*panic));
                    if finished.send(outcome).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self {
            requests: Some(requests),
            done,
            is_busy: false,
            failed: None,
            thread: Some(thread),
        })
    }

    /// Whether it is at work.
    ///
    /// # Errors
    /// What it has panicked over.
    pub(crate) fn is_busy(&mut self) -> Result<bool, String> {
        if self.is_busy {
            match self.done.try_recv() {
                Ok(outcome) => self.finish(outcome),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.finish(Err(ended())),
            }
        }
        self.check().map(|()| self.is_busy)
    }

    fn finish(&mut self, outcome: Result<(), String>) {
        self.is_busy = false;
        self.failed = outcome.err();
    }

    fn check(&self) -> Result<(), String> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Waits until it is not at work, for so long at the most.
    ///
    /// # Errors
    /// What it has panicked over.
    pub(crate) fn wait(&mut self, patience: Duration) -> Result<(), String> {
        if self.is_busy {
            match self.done.recv_timeout(patience) {
                Ok(outcome) => self.finish(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.finish(Err(ended())),
            }
        }
        self.check()
    }

    /// Has these blocks put into columns; it is not at work.
    pub(crate) fn begin(&mut self, blocks: Vec<Arc<Block<B>>>) {
        if let Some(requests) = &self.requests {
            // If the thread is gone, that is heard of when it is asked whether it is busy.
            requests.send(blocks).ok();
            self.is_busy = true;
        }
    }
}

impl<B: SignalBatch> Drop for ColumnsThread<B> {
    fn drop(&mut self) {
        self.requests.take();
        if let Some(thread) = self.thread.take() {
            // It catches its panics.
            thread.join().ok();
        }
    }
}

fn ended() -> String {
    "the thread that puts rows into columns has ended".to_owned()
}

/// The rows of the blocks in columns, in tables of so many.
pub(crate) fn sorted_tables<B: SignalBatch>(
    blocks: &[Arc<Block<B>>],
    table_rows: usize,
) -> Vec<Arc<SortedTable>> {
    let mut tables = Vec::new();
    let mut table = B::Table::default();
    for Arrived {
        batch,
        position,
        rows,
        ..
    } in blocks.iter().flat_map(|block| block.arrived())
    {
        batch.append_to(&mut table, rows, *position);
        // A block has a bounded number of rows of one batch, so that there are never too many.
        if B::table_len(&table) >= table_rows {
            let full = std::mem::take(&mut table);
            tables.push(Arc::new(B::sorted(full)));
        }
    }
    if B::table_len(&table) > 0 {
        tables.push(Arc::new(B::sorted(table)));
    }
    tables
}
