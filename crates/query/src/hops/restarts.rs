//! Calls whose other end began a trace of its own: it is looked for in other traces, by time and peer.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::ControlFlow;

use async_trait::async_trait;
use clew_model::{Span, SpanId, SpanKind, TimeRange, Timestamp, TraceId};
use clew_store::{
    Columns, Held, Intrinsic, Order, Predicate, QueryContext, Scalar, Scan, StoreError, TraceKey,
    TracePart, TraceSink, TraceSnapshot,
};

use super::problems::HopProblem;
use super::request::Request;
use super::{Hop, HopSpan, Seen};

/// How many calls of a trace, and how many beginnings of it, are looked for elsewhere: each is a search.
/// Whoever mends one of them has mostly mended all.
pub(super) const SEARCHES_MAX: usize = 8;

/// How many traces are looked into for each.
const CANDIDATES_MAX: usize = 16;

/// How many spans are read for each.
const SPANS_MAX: usize = 20_000;

/// How long before its callee a caller may have begun: longer than most wait for an answer.
const CALLED_NANOS_MAX: u64 = 60_000_000_000;

/// How far the clocks of two machines may differ for the two ends of a call to be found: NTP keeps them
/// within that over the internet.
const CLOCKS_NANOS_MAX: u64 = 50_000_000;

/// One end of a call, of which the other is looked for.
pub(super) struct LooseEnd {
    pub(super) span: HopSpan,
    request: Request,
    side: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Callee,
}

/// The other end, and where it is.
struct OtherEnd {
    trace: TraceId,
    span: HopSpan,
    /// How many fit besides.
    others: usize,
}

impl LooseEnd {
    /// A call that nobody in this trace answers.
    pub(super) fn of_call(caller: &Seen) -> Self {
        Self::of(caller, Side::Caller)
    }

    /// A call that came in without word of a trace.
    pub(super) fn of_beginning(callee: &Seen) -> Self {
        Self::of(callee, Side::Callee)
    }

    fn of(seen: &Seen, side: Side) -> Self {
        Self {
            span: seen.span.clone(),
            request: seen.request.clone(),
            side,
        }
    }

    /// Which spans of other traces may be the other end.
    fn scan(&self) -> Scan {
        let kinds = |kinds: [SpanKind; 2]| {
            let is = kinds.map(|kind| Predicate::equal(Intrinsic::Kind, Scalar::Kind(kind)));
            Predicate::Any(is.into())
        };
        let HopSpan { start, end, .. } = self.span;
        let (time, order, spans) = match self.side {
            Side::Caller => {
                let has_parent = Predicate::Exists(Intrinsic::ParentSpanId.into());
                let spans = vec![
                    kinds([SpanKind::Server, SpanKind::Consumer]),
                    Predicate::Not(Box::new(has_parent)),
                    self.request.answers(),
                ];
                (range(start, end, CLOCKS_NANOS_MAX), Order::Oldest, spans)
            }
            Side::Callee => {
                let spans = vec![
                    kinds([SpanKind::Client, SpanKind::Producer]),
                    self.request.callers(self.span.service.as_deref()),
                ];
                (range(start, start, CALLED_NANOS_MAX), Order::Newest, spans)
            }
        };
        Scan {
            order,
            ..Scan::newest(time, Predicate::All(spans))
        }
    }

    /// The other end among the spans of other traces, if it is there: of several that fit, the closest.
    async fn find(
        &self,
        trace: TraceId,
        snapshot: &dyn TraceSnapshot,
        context: &QueryContext,
    ) -> Result<Option<OtherEnd>, StoreError> {
        let found = snapshot
            .candidates(&self.scan(), None, CANDIDATES_MAX)
            .await?;
        let others = found.value.iter().filter(|it| it.id != trace);
        let keys: Vec<TraceKey> = others.map(clew_store::Candidate::trace_key).collect();
        let columns = Columns {
            attributes: true,
            ..Columns::SUMMARY
        };
        let mut ends = Ends::new(self, context);
        if !keys.is_empty() {
            snapshot.load(&keys, &columns, &mut ends).await?;
        }
        ends.closest()
    }

    /// How far apart the beginnings of the two are, in nanoseconds, if the one can be the other's.
    fn distance(&self, span: &HopSpan, request: &Request) -> Option<u64> {
        let ((caller, sent), (callee, received)) = match self.side {
            Side::Caller => ((&self.span, &self.request), (span, request)),
            Side::Callee => ((span, request), (&self.span, &self.request)),
        };
        // Nobody waits for who takes a message.
        let waits = callee.kind == SpanKind::Server;
        let during =
            is_before(caller.start, callee.start) && (!waits || is_before(callee.end, caller.end));
        let fits = during && sent.fits(received, callee.service.as_deref());
        let (one, other) = (caller.start.unix_nanos(), callee.start.unix_nanos());
        fits.then(|| one.abs_diff(other))
    }
}

/// As far as clocks of two machines tell.
fn is_before(one: Timestamp, other: Timestamp) -> bool {
    one.unix_nanos() <= other.unix_nanos().saturating_add(CLOCKS_NANOS_MAX)
}

/// From so long before the one to so long after the other.
fn range(start: Timestamp, end: Timestamp, nanos: u64) -> TimeRange {
    TimeRange {
        start: Timestamp::from_unix_nanos(start.unix_nanos().saturating_sub(nanos)),
        end: Timestamp::from_unix_nanos(end.unix_nanos().saturating_add(nanos)),
    }
}

/// Looks at traces for the other end of a call.
struct Ends<'a> {
    of: &'a LooseEnd,
    found: Vec<(u64, TraceId, HopSpan)>,
    /// Where the spans of this trace begin in `found`.
    trace_start: usize,
    /// Spans of this trace that were called, by who called them.
    callers: HashSet<SpanId>,
    spans: usize,
    memory: Held,
    failure: Option<StoreError>,
}

/// What is kept of a span, beside its texts.
const FOUND_BYTES: usize = 2 * size_of::<(u64, TraceId, HopSpan)>();

impl<'a> Ends<'a> {
    fn new(of: &'a LooseEnd, context: &QueryContext) -> Self {
        Self {
            of,
            found: Vec::new(),
            trace_start: 0,
            callers: HashSet::new(),
            spans: 0,
            memory: context.hold(),
            failure: None,
        }
    }

    fn look_at(&mut self, span: &Span) -> Result<(), StoreError> {
        let is_called = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
        let is_calling = matches!(span.kind, SpanKind::Client | SpanKind::Producer);
        let may_be = match self.of.side {
            Side::Caller => is_called && span.parent_span_id.is_none(),
            Side::Callee => is_calling,
        };
        if is_called && let Some(parent) = span.parent_span_id {
            self.memory.grow(2 * size_of::<SpanId>())?;
            self.callers.insert(parent);
        }
        if may_be {
            let hop_span = HopSpan::of(span);
            if let Some(distance) = self.of.distance(&hop_span, &Request::of(span)) {
                self.memory.grow(FOUND_BYTES + hop_span.text_len())?;
                self.found.push((distance, span.trace_id, hop_span));
            }
        }
        Ok(())
    }

    /// A call that was answered in its own trace has its other end.
    fn end_trace(&mut self) {
        let of_trace = self.found.split_off(self.trace_start);
        let callers = std::mem::take(&mut self.callers);
        let loose = of_trace
            .into_iter()
            .filter(|(.., span)| !callers.contains(&span.id));
        self.found.extend(loose);
        self.trace_start = self.found.len();
    }

    fn closest(mut self) -> Result<Option<OtherEnd>, StoreError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        // What was not seen to its end may have been answered.
        self.found.truncate(self.trace_start);
        let others = self.found.len().saturating_sub(1);
        let closest = self
            .found
            .into_iter()
            .min_by_key(|&(distance, trace, _)| (distance, trace));
        Ok(closest.map(|(_, trace, span)| OtherEnd {
            trace,
            span,
            others,
        }))
    }
}

#[async_trait]
impl TraceSink for Ends<'_> {
    async fn take(&mut self, part: TracePart) -> ControlFlow<()> {
        for span in &part.spans {
            if let Err(error) = self.look_at(span) {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
        }
        self.spans += part.spans.len();
        if part.is_last {
            self.end_trace();
        }
        if self.spans > SPANS_MAX {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Calls of a trace that have but one end in it.
pub struct LooseEnds {
    trace: TraceId,
    ends: Vec<LooseEnd>,
    context: QueryContext,
}

impl LooseEnds {
    pub(super) fn new(trace: TraceId, ends: Vec<LooseEnd>, context: QueryContext) -> Self {
        Self {
            trace,
            ends,
            context,
        }
    }

    /// Looks in other traces for the other ends, and tells the hops of those that it finds, one by one:
    /// whoever waits no longer has what was found by then. What there is no time or memory for, or is not
    /// readable, is not found: the hops are worth having without it.
    ///
    /// # Errors
    /// If nobody waits for the answer any more.
    pub async fn find(
        self,
        hops: &mut Vec<Hop>,
        snapshot: &dyn TraceSnapshot,
    ) -> Result<(), StoreError> {
        for end in self.ends {
            let found = match end.find(self.trace, snapshot, &self.context).await {
                Err(StoreError::Deadline) => break,
                Err(StoreError::Cancelled) => return Err(StoreError::Cancelled),
                found => found.ok().flatten(),
            };
            if let Some(other) = found {
                end.tell(&other, hops);
            }
        }
        Ok(())
    }
}

impl LooseEnd {
    fn tell(self, other: &OtherEnd, hops: &mut Vec<Hop>) {
        match self.side {
            Side::Caller => {
                let problem =
                    HopProblem::of_restart(&self.span, &other.span, other.trace, other.others);
                let here = |hop: &&mut Hop| {
                    hop.callee.is_none()
                        && hop.caller.as_ref().is_some_and(|it| it.id == self.span.id)
                };
                if let Some(hop) = hops.iter_mut().find(here) {
                    hop.problems = vec![problem];
                }
            }
            Side::Callee => {
                let problem =
                    HopProblem::of_restarted(&self.span, &other.span, other.trace, other.others);
                hops.push(Hop {
                    caller: None,
                    caller_id: None,
                    callee: Some(self.span),
                    traceparent: None,
                    tracestate: None,
                    problems: vec![problem],
                });
                hops.sort_by_key(Hop::start);
            }
        }
    }
}
