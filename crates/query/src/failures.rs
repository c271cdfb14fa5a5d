//! Which spans of a trace failed, and where that began.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use clew_model::{Span, SpanId};
use clew_store::{Held, QueryContext, StoreError};

use crate::hops::{HopSpan, shortened};

/// How much of a trace failed, and where that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// How many spans failed.
    pub spans: u64,
    /// Of those without a failed child, the one that ended first; `None` if no span failed.
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
    /// Of those that failed.
    parents: HashSet<SpanId>,
    memory: Held,
}

/// What a failed span takes here, beside its texts and with its entry in the table.
const SPAN_BYTES: usize = 2 * (size_of::<FailedSpan>() + size_of::<SpanId>());

impl Failures {
    /// No span was seen yet.
    pub fn new(context: &QueryContext) -> Self {
        Self {
            spans: Vec::new(),
            parents: HashSet::new(),
            memory: context.hold(),
        }
    }

    /// Looks at the next span.
    ///
    /// # Errors
    /// If the query has no memory for it.
    pub fn add(&mut self, span: &Span) -> Result<(), StoreError> {
        if !span.is_error() {
            return Ok(());
        }
        let failed = FailedSpan {
            span: HopSpan::of(span),
            message: shortened(&span.status.message),
        };
        let text_len = failed.span.text_len() + failed.message.len();
        self.memory.grow(SPAN_BYTES + text_len)?;
        self.parents.extend(span.parent_span_id);
        self.spans.push(failed);
        Ok(())
    }

    /// What was found.
    pub fn finish(self) -> Failed {
        let count = self.spans.len() as u64;
        let parents = self.parents;
        // A failure goes up from callee to caller. Only where ids go in a circle has each a failed child.
        let key = |it: &FailedSpan| (parents.contains(&it.span.id), it.span.end);
        Failed {
            spans: count,
            first: self.spans.into_iter().min_by_key(key),
        }
    }
}
