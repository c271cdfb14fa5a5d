//! Two traces of the same work side by side: what is new, gone, slower and faster.
//!
//! Spans are matched from the top down by what they are, and not by when they ran: roots with roots,
//! and children of spans that match with children. What is below a span that is new or gone is that
//! too.

mod explain;
mod family;
mod matching;
#[cfg(test)]
mod tests;

use std::time::Duration;

use clew_model::{Span, SpanId, SpanKind, SpanNode, Timestamp, Trace, TraceId};
use clew_store::{Held, QueryContext, StoreError};

use explain::Paths;
pub use explain::{EXPLANATIONS_MAX, Explanation};
use family::Family;
use matching::{Step, steps};

/// Less than that is of schedulers and networks rather than of the code, and differs between any two
/// runs.
pub(crate) const DIFFERENCE_MIN: Duration = Duration::from_millis(1);

/// A span is slower or faster if it differs by more than this part of the shorter duration: less is
/// what durations scatter by from run to run. Of the shorter one, so that it is as far back as it is
/// there.
const DIFFERENCE_PART: u32 = 4;

/// What a span takes on the way beside its row: its node, its places in lists of siblings, and its entry
/// in the tables that lead to them.
const WORK_BYTES: usize = size_of::<SpanNode<'_>>() + 448;

/// After so many rows a look at whether anybody still waits, which is after a few milliseconds.
const ROWS_BETWEEN_CHECKS: usize = 1 << 12;

/// Two traces, span by span.
#[derive(Debug)]
pub struct Comparison {
    /// The one that the other is compared with.
    pub before: ComparedTrace,
    /// The one that is compared.
    pub after: ComparedTrace,
    /// In the order of the tree of `after`, a parent before its children; what is gone stands where it
    /// was among its siblings.
    pub rows: Vec<ComparedRow>,
    /// How many rows there are of each change.
    pub totals: ChangeTotals,
    /// What makes the most of the difference, the largest first; at most [`EXPLANATIONS_MAX`].
    pub explanations: Vec<Explanation>,
    _memory: Held,
}

/// One of the two traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedTrace {
    /// Which trace.
    pub id: TraceId,
    /// How many spans it has.
    pub spans: usize,
    /// From the start of its first span to the end of its last.
    pub duration: Duration,
}

/// A span of one of the traces, or of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRow {
    /// How many ancestors it has.
    pub depth: usize,
    /// What became of it.
    pub change: Change,
    /// Its service, if its resource names one.
    pub service: Option<String>,
    /// What it did: in `after`, if it is there.
    pub name: String,
    /// What that was called before, if it was called otherwise.
    pub name_before: Option<String>,
    /// The part that it played.
    pub kind: SpanKind,
    /// As it was before; `None` if it is new.
    pub before: Option<ComparedSpan>,
    /// As it was after; `None` if it is gone.
    pub after: Option<ComparedSpan>,
}

/// A span as it was in one of the traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparedSpan {
    /// Which span.
    pub id: SpanId,
    /// When it began, from the start of its trace on.
    pub offset: Duration,
    /// How long it took.
    pub duration: Duration,
    /// How long it worked while none of its children did.
    pub self_time: Duration,
    /// Whether it says that it failed.
    pub is_error: bool,
}

/// What became of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It was not there before.
    New,
    /// It is not there any more.
    Gone,
    /// It took longer by more than runs differ.
    Slower,
    /// It took less time, by more than runs differ.
    Faster,
    /// It took about as long.
    Same,
}

/// What became of the failure of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorChange {
    /// It fails, and did not before.
    Appeared,
    /// It failed before, and does not any more.
    WentAway,
}

/// How many rows there are of each change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "they are named as the changes are")]
pub struct ChangeTotals {
    pub new: usize,
    pub gone: usize,
    pub slower: usize,
    pub faster: usize,
    pub same: usize,
    pub errors_appeared: usize,
    pub errors_went_away: usize,
}

impl Comparison {
    /// Compares `after` with `before`, in time and memory that grow with the spans of the two (and a
    /// logarithm of them, for sorting), however deep they lead.
    ///
    /// # Errors
    /// If the query has no memory for it, or no time.
    pub fn new(before: &Trace, after: &Trace, context: &QueryContext) -> Result<Self, StoreError> {
        let mut memory = context.hold();
        memory.grow(bytes_of(before).saturating_add(bytes_of(after)))?;
        let before = Family::new(before);
        context.check()?;
        let after = Family::new(after);
        context.check()?;
        let (rows, paths) = rows(&before, &after, context)?;
        Ok(Self {
            before: before.described(),
            after: after.described(),
            totals: ChangeTotals::of(&rows),
            explanations: paths.explanations(),
            rows,
            _memory: memory,
        })
    }
}

/// What comparing the spans takes at most: each may have a row of its own.
fn bytes_of(trace: &Trace) -> usize {
    let of_span = |span: &Span| {
        let service_len = span.service_name().map_or(0, str::len);
        WORK_BYTES + size_of::<ComparedRow>() + service_len + span.name.len()
    };
    trace.spans.iter().map(of_span).sum()
}

/// A row that is yet to be written.
struct Pending {
    step: Step,
    depth: usize,
    /// The path of its parent.
    path: Option<usize>,
}

/// The rows in their order, and what they differ by along the paths to them.
fn rows<'a>(
    before: &'a Family<'_>,
    after: &'a Family<'_>,
    context: &QueryContext,
) -> Result<(Vec<ComparedRow>, Paths<'a>), StoreError> {
    let mut rows = Vec::with_capacity(before.nodes().len().max(after.nodes().len()));
    let mut paths = Paths::default();
    // A stack in place of recursion: the depth is the sender's choice.
    let mut stack = Vec::new();
    let below = |stack: &mut Vec<Pending>, children: Vec<Step>, depth, path| {
        let pending = |step| Pending { step, depth, path };
        stack.extend(children.into_iter().rev().map(pending));
    };
    below(&mut stack, steps(before, after, None), 0, None);
    while let Some(Pending { step, depth, path }) = stack.pop() {
        if rows.len() % ROWS_BETWEEN_CHECKS == 0 {
            context.check()?;
        }
        let (node_before, node_after) = match step {
            Step::Both(before_at, after_at) => (Some(before_at), Some(after_at)),
            Step::New(after_at) => (None, Some(after_at)),
            Step::Gone(before_at) => (Some(before_at), None),
        };
        let ends = (
            node_before.map(|at| &before.nodes()[at]),
            node_after.map(|at| &after.nodes()[at]),
        );
        let Some(row) = ComparedRow::new(depth, ends, before.start(), after.start()) else {
            continue;
        };
        let span = ends.1.or(ends.0).map(|node| node.span);
        let path = span.map(|span| paths.add(path, span, &row, rows.len()));
        rows.push(row);
        below(
            &mut stack,
            steps(before, after, Some(step)),
            depth + 1,
            path,
        );
    }
    Ok((rows, paths))
}

impl ComparedRow {
    /// The row of a span of which there is at least one end.
    fn new(
        depth: usize,
        (before, after): (Option<&SpanNode<'_>>, Option<&SpanNode<'_>>),
        start_before: Timestamp,
        start_after: Timestamp,
    ) -> Option<Self> {
        let span = after.or(before)?.span;
        let called_before = before.map(|node| node.span.name.as_str());
        let name_before = called_before.filter(|name| *name != span.name);
        let before = before.map(|node| ComparedSpan::new(node, start_before));
        let after = after.map(|node| ComparedSpan::new(node, start_after));
        Some(Self {
            depth,
            change: Change::between(before.as_ref(), after.as_ref()),
            service: span.service_name().map(str::to_owned),
            name: span.name.clone(),
            name_before: name_before.map(str::to_owned),
            kind: span.kind,
            before,
            after,
        })
    }

    /// By how many nanoseconds its self time became longer; all of it, if the span is new or gone.
    pub fn self_time_difference_nanos(&self) -> i128 {
        let nanos = |end: &Option<ComparedSpan>| {
            let self_time = end.as_ref().map_or(Duration::ZERO, |end| end.self_time);
            // Less than 2^64: both ends are times of 64 bits.
            i128::try_from(self_time.as_nanos()).unwrap_or(i128::MAX)
        };
        nanos(&self.after) - nanos(&self.before)
    }

    /// What became of its failure; `None` if it fails as before, or not as before.
    pub fn error_change(&self) -> Option<ErrorChange> {
        let fails = |end: &Option<ComparedSpan>| end.as_ref().is_some_and(|end| end.is_error);
        match (fails(&self.before), fails(&self.after)) {
            (false, true) => Some(ErrorChange::Appeared),
            (true, false) => Some(ErrorChange::WentAway),
            _ => None,
        }
    }
}

impl ComparedSpan {
    fn new(node: &SpanNode<'_>, trace_start: Timestamp) -> Self {
        Self {
            id: node.span.span_id,
            offset: node.span.start.since(trace_start),
            duration: node.span.duration(),
            self_time: node.self_time,
            is_error: node.span.is_error(),
        }
    }
}

impl Change {
    fn between(before: Option<&ComparedSpan>, after: Option<&ComparedSpan>) -> Self {
        let (before, after) = match (before, after) {
            (None, _) => return Self::New,
            (_, None) => return Self::Gone,
            (Some(before), Some(after)) => (before.duration, after.duration),
        };
        let least = (before.min(after) / DIFFERENCE_PART).max(DIFFERENCE_MIN);
        if after.saturating_sub(before) > least {
            Self::Slower
        } else if before.saturating_sub(after) > least {
            Self::Faster
        } else {
            Self::Same
        }
    }

    /// Its name where it is written, such as in an API.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Same => "same",
        }
    }
}

impl ErrorChange {
    /// Its name where it is written, such as in an API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::WentAway => "wentAway",
        }
    }
}

impl ChangeTotals {
    fn of(rows: &[ComparedRow]) -> Self {
        let mut totals = Self::default();
        for row in rows {
            *match row.change {
                Change::New => &mut totals.new,
                Change::Gone => &mut totals.gone,
                Change::Slower => &mut totals.slower,
                Change::Faster => &mut totals.faster,
                Change::Same => &mut totals.same,
            } += 1;
            match row.error_change() {
                Some(ErrorChange::Appeared) => totals.errors_appeared += 1,
                Some(ErrorChange::WentAway) => totals.errors_went_away += 1,
                None => {}
            }
        }
        totals
    }
}
