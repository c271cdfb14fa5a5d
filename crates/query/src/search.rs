//! Which traces there are, as summaries, a page at a time.

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use async_trait::async_trait;
use clew_store::{
    Candidate, Columns, Coverage, Cursor, Scan, StoreError, TraceKey, TracePart, TraceSink,
    TraceSnapshot,
};

use crate::{Summarizer, TraceSummary};

/// What to search for: the plan of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Which traces, in which order.
    pub scan: Scan,
    /// The last trace of the page before; `None` for the first page.
    pub after: Option<Cursor>,
    /// How many traces to answer at the most.
    pub limit: usize,
}

/// Some of the traces that a search finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The traces, in the order of the scan.
    pub traces: Vec<TraceSummary>,
    /// Where the next page begins; `None` if this is the last one.
    pub next: Option<Cursor>,
    /// Whether all that is stored was looked at.
    pub coverage: Coverage,
}

impl Search {
    /// Finds a page.
    ///
    /// # Errors
    /// What the store says, such as that the query has taken too long.
    pub async fn run(&self, snapshot: &dyn TraceSnapshot) -> Result<Page, StoreError> {
        // One more than wanted says whether there is another page.
        let limit = self.limit.saturating_add(1);
        let found = snapshot
            .candidates(&self.scan, self.after.as_ref(), limit)
            .await?;
        let mut candidates = found.value;
        let has_more = candidates.len() > self.limit;
        candidates.truncate(self.limit);
        let next = candidates
            .last()
            .filter(|_| has_more)
            .map(Candidate::cursor);
        let keys: Vec<TraceKey> = candidates.iter().map(Candidate::trace_key).collect();
        let mut summaries = Summaries::default();
        let loaded = snapshot
            .load(&keys, &Columns::SUMMARY, &mut summaries)
            .await?;
        Ok(Page {
            traces: summaries.done,
            next,
            coverage: found.coverage.and(loaded.coverage),
        })
    }
}

/// Makes summaries of traces as they are loaded.
#[derive(Default)]
struct Summaries {
    done: Vec<TraceSummary>,
    current: Option<Summarizer>,
}

#[async_trait]
impl TraceSink for Summaries {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        let current = self.current.take();
        let mut current = current.unwrap_or_else(|| Summarizer::new(part.id));
        for span in &part.spans {
            current.add(span);
        }
        if part.is_last {
            self.done.extend(current.finish());
        } else {
            self.current = Some(current);
        }
        ControlFlow::Continue(())
    }
}
