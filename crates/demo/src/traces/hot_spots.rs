//! Where the time of a trace went.

use std::time::Duration;

use clew_model::{Span, SpanTree, Trace};
use clew_terminal::trace_duration;

#[cfg(test)]
mod tests;

/// The spans that explain this much of a trace's time are enough to look at.
const EXPLAINED_PERCENT: u128 = 90;

/// A span that worked alone for a good part of the trace's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotSpot<'a> {
    pub(crate) span: &'a Span,
    /// How long it worked while none of its children did.
    pub(crate) self_time: Duration,
}

/// The fewest spans whose self times explain the trace's time, the longest first.
pub(crate) fn hot_spots(trace: &Trace) -> Vec<HotSpot<'_>> {
    let tree = SpanTree::new(trace);
    let mut candidates: Vec<HotSpot<'_>> = tree
        .nodes()
        .iter()
        .map(|node| HotSpot {
            span: node.span,
            self_time: node.self_time,
        })
        .collect();
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.self_time));
    let mut missing = trace_duration(trace).as_nanos() * EXPLAINED_PERCENT / 100;
    candidates.retain(|candidate| {
        let is_needed = missing > 0 && !candidate.self_time.is_zero();
        missing = missing.saturating_sub(candidate.self_time.as_nanos());
        is_needed
    });
    candidates
}

/// How many percent of the trace's time the spans explain.
pub(crate) fn explained_percent(spots: &[HotSpot<'_>], trace: &Trace) -> u128 {
    let explained: Duration = spots.iter().map(|spot| spot.self_time).sum();
    percent(explained, trace_duration(trace))
}

/// The part in percent of the whole, rounded to the nearest.
pub(crate) fn percent(part: Duration, whole: Duration) -> u128 {
    let whole = whole.as_nanos().max(1);
    (200 * part.as_nanos() + whole) / (2 * whole)
}
