//! Spans in the order in which they arrive at a backend.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clew_model::{Resource, Scope, Span, Timestamp, Trace};
use clew_otlp::{EncodedSpans, encode_resource_spans};

use super::{SPANS_PER_REQUEST, Traces};

/// Spans, or log records, of one service, as it sends them.
#[derive(Debug, Clone)]
pub struct Request {
    /// An `ExportTraceServiceRequest`, or `ExportLogsServiceRequest`, as protobuf.
    pub body: Bytes,
    /// How many spans or log records it has.
    pub spans: usize,
}

/// The requests in which the services of a corpus send its spans.
///
/// Each holds spans of one service, those of an instrumentation scope together as SDKs send them, 512
/// but for the last one of each service. Only spans that have started but not left are in memory,
/// and those in their short form.
#[derive(Debug)]
pub struct Requests {
    traces: Traces,
    /// How many spans are still to be made.
    left: u64,
    /// How long an exporter waits between two batches, in nanoseconds.
    delay: u64,
    /// Spans that leave after the start of the newest trace, by when they leave and then by when they
    /// were made: one that leaves earlier may still come.
    open: BTreeMap<(Timestamp, u64), OpenSpan>,
    made: u64,
    /// For each service the spans that have ended and that it will send next, at least one.
    ended: Vec<Outbox>,
    /// Full ones.
    ready: VecDeque<Outbox>,
}

#[derive(Debug)]
struct OpenSpan {
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    encoded: EncodedSpans,
}

/// Spans of one service.
#[derive(Debug)]
struct Outbox {
    resource: Arc<Resource>,
    scopes: Vec<(Arc<Scope>, EncodedSpans)>,
    spans: usize,
}

impl Requests {
    pub(super) fn new(traces: Traces, spans: u64, delay: Duration) -> Self {
        Self {
            traces,
            delay: u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX),
            left: spans,
            open: BTreeMap::new(),
            made: 0,
            ended: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    /// Starts a trace: what ends before it will not be overtaken any more.
    fn start(&mut self, trace: &Trace) {
        self.left = self.left.saturating_sub(trace.spans.len() as u64);
        if let Some(root) = trace.spans.first() {
            self.end_until(root.start);
        }
        for span in &trace.spans {
            let leaves = self.departure(span);
            self.open.insert((leaves, self.made), OpenSpan::new(span));
            self.made += 1;
        }
    }

    /// When the span leaves its service: as it ends, or with the next batch. Services were started at
    /// different times, and so their batches leave at different times.
    fn departure(&self, span: &Span) -> Timestamp {
        let end = span.end.unix_nanos();
        let Some(batches) = end.checked_div(self.delay) else {
            return span.end;
        };
        let name = span.service_name().unwrap_or_default();
        let started = name.bytes().fold(0_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        // The same of all services, so that it stays below a whole delay.
        let phase = started.wrapping_mul(0x9e37_79b9_7f4a_7c15) % self.delay;
        let batch = batches * self.delay + phase;
        let leaves = if batch < end {
            batch + self.delay
        } else {
            batch
        };
        Timestamp::from_unix_nanos(leaves)
    }

    fn end_until(&mut self, now: Timestamp) {
        while let Some(first) = self.open.first_entry() {
            if first.key().0 > now {
                break;
            }
            let span = first.remove();
            self.end(&span);
        }
    }

    fn end(&mut self, span: &OpenSpan) {
        let same = |outbox: &Outbox| Arc::ptr_eq(&outbox.resource, &span.resource);
        let at = self.ended.iter().position(same).unwrap_or_else(|| {
            self.ended.push(Outbox::new(Arc::clone(&span.resource)));
            self.ended.len() - 1
        });
        self.ended[at].put(span);
        if self.ended[at].spans == SPANS_PER_REQUEST {
            self.ready.push_back(self.ended.swap_remove(at));
        }
    }
}

impl OpenSpan {
    fn new(span: &Span) -> Self {
        let mut encoded = EncodedSpans::default();
        encoded.push(span);
        Self {
            resource: Arc::clone(&span.resource),
            scope: Arc::clone(&span.scope),
            encoded,
        }
    }
}

impl Outbox {
    fn new(resource: Arc<Resource>) -> Self {
        Self {
            resource,
            scopes: Vec::new(),
            spans: 0,
        }
    }

    fn put(&mut self, span: &OpenSpan) {
        self.spans += 1;
        let same = |(scope, _): &(Arc<Scope>, _)| Arc::ptr_eq(scope, &span.scope);
        let at = self.scopes.iter().position(same).unwrap_or_else(|| {
            let scope = Arc::clone(&span.scope);
            self.scopes.push((scope, EncodedSpans::default()));
            self.scopes.len() - 1
        });
        self.scopes[at].1.append(&span.encoded);
    }

    fn into_request(self) -> Request {
        let scopes = self.scopes.iter().map(|(scope, spans)| (&**scope, spans));
        Request {
            body: encode_resource_spans(&self.resource, scopes),
            spans: self.spans,
        }
    }
}

impl Iterator for Requests {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        while self.ready.is_empty() && self.left > 0 {
            let trace = self.traces.next()?;
            self.start(&trace);
        }
        if self.ready.is_empty() {
            self.end_until(Timestamp::MAX);
            self.ready.extend(self.ended.drain(..));
        }
        self.ready.pop_front().map(Outbox::into_request)
    }
}
