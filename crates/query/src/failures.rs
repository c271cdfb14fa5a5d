//! Which spans of a trace failed, and where that began.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use clew_model::{Span, SpanId};
use clew_store::{Held, QueryContext, StoreError};

use crate::hops::{HopSpan, shortened};

/// How much of a trace failed, and where that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// How many spans failed.
    pub spans: u64,
    /// Of those below which nothing failed, the one that ended first; `None` if no span failed.
    pub first: Option<FailedSpan>,
}

/// A span that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSpan {
    /// Which span.
    pub span: HopSpan,
    /// Why it failed, as its status says; empty if it does not, and cut as the texts of `span` are.
    pub message: String,
}

/// Looks for spans that failed, span by span, in any order.
#[derive(Debug)]
pub struct Failures {
    spans: Vec<FailedSpan>,
    /// Of all spans: between two that failed there may be one that did not.
    parents: HashMap<SpanId, SpanId>,
    memory: Held,
}

/// What a failed span takes here beside its texts, with its entry in the table of those with a failure
/// below them.
const FAILED_BYTES: usize = 2 * (size_of::<FailedSpan>() + size_of::<SpanId>());

/// What a span takes here in the table of parents.
const PARENT_BYTES: usize = 2 * size_of::<(SpanId, SpanId)>();

impl Failures {
    /// No span was seen yet.
    pub fn new(context: &QueryContext) -> Self {
        Self {
            spans: Vec::new(),
            parents: HashMap::new(),
            memory: context.hold(),
        }
    }

    /// Looks at the next span.
    ///
    /// # Errors
    /// If the query has no memory for it.
    pub fn add(&mut self, span: &Span) -> Result<(), StoreError> {
        if let Some(parent) = span.parent_span_id {
            self.memory.grow(PARENT_BYTES)?;
            self.parents.insert(span.span_id, parent);
        }
        if !span.is_error() {
            return Ok(());
        }
        let failed = FailedSpan {
            span: HopSpan::of(span),
            message: shortened(&span.status.message),
        };
        let text_len = failed.span.text_len() + failed.message.len();
        self.memory.grow(FAILED_BYTES + text_len)?;
        self.spans.push(failed);
        Ok(())
    }

    /// What was found.
    pub fn finish(self) -> Failed {
        let count = self.spans.len() as u64;
        let above = self.above_failures();
        // A failure goes up from callee to caller. Only where ids go in a circle is each above one.
        let key = |it: &FailedSpan| (above.contains(&it.span.id), it.span.end);
        Failed {
            spans: count,
            first: self.spans.into_iter().min_by_key(key),
        }
    }

    /// The spans below which one failed. Each is gone through once: from one that is known on, those above it
    /// are known too.
    fn above_failures(&self) -> HashSet<SpanId> {
        let mut above = HashSet::new();
        for failed in &self.spans {
            let mut at = self.parents.get(&failed.span.id);
            while let Some(&id) = at {
                if !above.insert(id) {
                    break;
                }
                at = self.parents.get(&id);
            }
        }
        above
    }
}
