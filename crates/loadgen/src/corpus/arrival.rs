//! Spans in the order in which they arrive at a backend.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use clew_model::{Span, Timestamp, Trace};

use super::{SPANS_PER_REQUEST, Traces};

/// The requests in which the services of a corpus send its spans.
///
/// Each holds spans of one service, sorted by instrumentation scope as SDKs send them, 512 but for
/// the last one of each service. Only spans that have started but not left are in memory.
#[derive(Debug)]
pub struct Requests {
    traces: Traces,
    /// How many spans are still to be made.
    left: u64,
    /// Spans that end after the start of the newest trace, by their end and then by when they were
    /// made: an earlier end may still come.
    open: BTreeMap<(Timestamp, u64), Span>,
    made: u64,
    /// Spans that have ended: for each service those that it will send next, at least one.
    ended: Vec<Vec<Span>>,
    /// Full requests.
    ready: VecDeque<Vec<Span>>,
}

impl Requests {
    pub(super) fn new(traces: Traces, spans: u64) -> Self {
        Self {
            traces,
            left: spans,
            open: BTreeMap::new(),
            made: 0,
            ended: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    /// Starts a trace: what ends before it will not be overtaken any more.
    fn start(&mut self, trace: Trace) {
        self.left = self.left.saturating_sub(trace.spans.len() as u64);
        if let Some(root) = trace.spans.first() {
            self.end_until(root.start);
        }
        for span in trace.spans {
            self.open.insert((span.end, self.made), span);
            self.made += 1;
        }
    }

    fn end_until(&mut self, now: Timestamp) {
        while let Some(first) = self.open.first_entry() {
            if first.key().0 > now {
                break;
            }
            let span = first.remove();
            self.end(span);
        }
    }

    fn end(&mut self, span: Span) {
        let same = |spans: &Vec<Span>| Arc::ptr_eq(&spans[0].resource, &span.resource);
        let Some(at) = self.ended.iter().position(same) else {
            let mut spans = Vec::with_capacity(SPANS_PER_REQUEST);
            spans.push(span);
            self.ended.push(spans);
            return;
        };
        self.ended[at].push(span);
        if self.ended[at].len() == SPANS_PER_REQUEST {
            let spans = self.ended.swap_remove(at);
            self.ready.push_back(spans);
        }
    }
}

impl Iterator for Requests {
    type Item = Vec<Span>;

    fn next(&mut self) -> Option<Vec<Span>> {
        while self.ready.is_empty() && self.left > 0 {
            let trace = self.traces.next()?;
            self.start(trace);
        }
        if self.ready.is_empty() {
            self.end_until(Timestamp::MAX);
            self.ready.extend(self.ended.drain(..));
        }
        let mut spans = self.ready.pop_front()?;
        spans.sort_by(|a, b| a.scope.name.cmp(&b.scope.name));
        Some(spans)
    }
}
