//! Queries take turns, so that none holds up another, nor ingest.

#[cfg(test)]
mod tests;

use std::thread::available_parallelism;

use clew_store::{QueryContext, StoreError};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

/// How many spans a query looks at before another has its turn: a few milliseconds.
const SPANS: usize = 8 << 10;

/// How many queries look at spans at the same time.
#[derive(Debug)]
pub(crate) struct Turns(Semaphore);

impl Turns {
    /// Half of the machine's cores, so that the rest is there for what comes in.
    pub(crate) fn of_this_machine() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self(Semaphore::new((cores / 2).max(1)))
    }

    async fn next<'a>(&'a self, context: &QueryContext) -> Result<SemaphorePermit<'a>, StoreError> {
        context.check()?;
        let deadline = Instant::from_std(context.deadline());
        let turn = timeout_at(deadline, self.0.acquire()).await;
        let turn = turn.map_err(|_| StoreError::Deadline)?;
        // While it waited, whoever asked may have left.
        context.check()?;
        Ok(turn.expect("the semaphore is never closed"))
    }
}

/// The turn of a query, which it gives up from time to time.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    context: &'a QueryContext,
    held: Option<SemaphorePermit<'a>>,
    spans: usize,
}

impl<'a> Turn<'a> {
    /// Waits for the first turn.
    pub(super) async fn wait(
        turns: &'a Turns,
        context: &'a QueryContext,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            turns,
            context,
            held: Some(turns.next(context).await?),
            spans: 0,
        })
    }

    /// How many spans may be looked at in this turn yet; at least one.
    pub(super) fn left(&self) -> usize {
        SPANS - self.spans
    }

    /// So many spans were looked at. If that is enough, others have their turn before this returns.
    pub(super) async fn advance(&mut self, spans: usize) -> Result<(), StoreError> {
        self.advance_by(spans, spans).await
    }

    /// The same of spans that were looked at all at once, which took as long as it takes to look at
    /// `cost` spans one by one.
    pub(super) async fn advance_by(&mut self, spans: usize, cost: usize) -> Result<(), StoreError> {
        self.context.count_scanned(spans as u64);
        self.spans += cost;
        if self.spans >= SPANS {
            self.pause().await?;
        }
        Ok(())
    }

    /// Lets others have their turn.
    async fn pause(&mut self) -> Result<(), StoreError> {
        // Given back first: whoever waits is served in the order of their coming.
        self.rest();
        self.resume().await
    }

    /// Looks at nothing for a while.
    pub(super) fn rest(&mut self) {
        self.held = None;
    }

    /// Waits for another turn after a rest.
    pub(super) async fn resume(&mut self) -> Result<(), StoreError> {
        self.held = Some(self.turns.next(self.context).await?);
        self.spans = 0;
        Ok(())
    }
}
