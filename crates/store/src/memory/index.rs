//! Which spans there are, by trace and by service.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use clew_model::{Batch, SpanId, SpanKind, SpanRef, Timestamp, Trace, TraceId};

use super::content::Content;
use crate::{Operation, TraceQuery};

/// Batches as they came, and where in them everything is.
#[derive(Debug, Default)]
pub(super) struct Index<S = RandomState> {
    batches: Vec<Arc<Batch>>,
    traces: HashMap<TraceId, TraceEntry>,
    by_start: TracesByStart,
    services: BTreeMap<String, ServiceEntry>,
    /// Keyed at random, so that no sender can make spans that collide.
    hasher: S,
}

/// Traces by their earliest start.
type TracesByStart = BTreeSet<(Timestamp, TraceId)>;

/// Where a span is: which batch, and which position in it. Ordered as the spans arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SpanAt {
    batch: usize,
    position: usize,
}

/// A span by its id and the hash of its content, so that telling a resent span from a new one takes
/// no longer where many share an id. A hash that other content has is counted up.
type SpanKey = (SpanId, u64);

#[derive(Debug)]
struct TraceEntry {
    /// When its earliest span started.
    start: Timestamp,
    /// When its last span started.
    last_start: Timestamp,
    services: BTreeSet<String>,
    spans: BTreeMap<SpanKey, SpanAt>,
}

#[derive(Debug, Default)]
struct ServiceEntry {
    operations: BTreeMap<String, BTreeSet<SpanKind>>,
    by_start: TracesByStart,
}

impl<S: BuildHasher> Index<S> {
    pub(super) fn insert(&mut self, batch: Batch) {
        let batch = Arc::new(batch);
        self.batches.push(Arc::clone(&batch));
        let mut is_news = false;
        for (position, span) in batch.spans().enumerate() {
            let at = SpanAt {
                batch: self.batches.len() - 1,
                position,
            };
            if let Some(key) = self.new_key(span) {
                self.enter_trace(span, key, at);
                is_news = true;
            }
        }
        if !is_news {
            self.batches.pop();
        }
    }

    /// Where in its trace the span belongs, or `None` if it is there already.
    fn new_key(&self, span: SpanRef<'_>) -> Option<SpanKey> {
        let content = Content::of(span);
        let mut key = (span.span_id(), self.hasher.hash_one(&content));
        let Some(trace) = self.traces.get(&span.trace_id()) else {
            return Some(key);
        };
        while let Some(&other) = trace.spans.get(&key) {
            if Content::of(self.span(other)) == content {
                return None;
            }
            key.1 = key.1.wrapping_add(1);
        }
        Some(key)
    }

    fn enter_trace(&mut self, span: SpanRef<'_>, key: SpanKey, at: SpanAt) {
        let (id, start) = (span.trace_id(), span.start());
        let trace = self.traces.entry(id).or_insert_with(|| {
            self.by_start.insert((start, id));
            TraceEntry::starting(start)
        });
        if start < trace.start {
            move_to(&mut self.by_start, (trace.start, id), start);
            for name in &trace.services {
                if let Some(service) = self.services.get_mut(name) {
                    move_to(&mut service.by_start, (trace.start, id), start);
                }
            }
            trace.start = start;
        }
        trace.last_start = trace.last_start.max(start);
        trace.spans.insert(key, at);

        if let Some(name) = span.service_name() {
            trace.services.insert(name.to_owned());
            let service = self.services.entry(name.to_owned()).or_default();
            service.by_start.insert((trace.start, id));
            let kinds = service.operations.entry(span.name().to_owned());
            kinds.or_default().insert(span.kind());
        }
    }

    pub(super) fn trace(&self, id: TraceId) -> Option<FoundTrace> {
        self.traces.get(&id).map(|entry| self.found(id, entry))
    }

    /// Goes through the traces that may fit from the newest on, until there are enough.
    pub(super) fn search(&self, query: &TraceQuery) -> Vec<FoundTrace> {
        let by_start = match &query.span.service {
            Some(name) => self.services.get(name).map(|service| &service.by_start),
            None => Some(&self.by_start),
        };
        let Some(by_start) = by_start else {
            return Vec::new();
        };
        // A trace starts no later than any of its spans.
        let newest = (query.time.end, last_trace_id());
        by_start
            .range(..=newest)
            .rev()
            .filter_map(|(_, id)| self.traces.get_key_value(id))
            .filter(|(_, entry)| entry.last_start >= query.time.start)
            .filter(|(_, entry)| self.fits(entry, query))
            .take(query.limit)
            .map(|(id, entry)| self.found(*id, entry))
            .collect()
    }

    pub(super) fn services(&self) -> Vec<String> {
        self.services.keys().cloned().collect()
    }

    pub(super) fn operations(&self, service: &str, kind: Option<SpanKind>) -> Vec<Operation> {
        let Some(service) = self.services.get(service) else {
            return Vec::new();
        };
        let operations = service.operations.iter().flat_map(|(name, kinds)| {
            kinds.iter().map(|&kind| Operation {
                name: name.clone(),
                kind,
            })
        });
        operations
            .filter(|operation| kind.is_none_or(|kind| operation.kind == kind))
            .collect()
    }

    fn fits(&self, trace: &TraceEntry, query: &TraceQuery) -> bool {
        let mut spans = trace.spans.values().map(|&at| self.span(at));
        spans.any(|span| query.time.contains(span.start()) && query.span.fits(span))
    }

    fn found(&self, id: TraceId, entry: &TraceEntry) -> FoundTrace {
        let spans = entry.spans.values();
        let spans = spans.map(|&at| (at, Arc::clone(&self.batches[at.batch])));
        FoundTrace {
            id,
            spans: spans.collect(),
        }
    }

    fn span(&self, at: SpanAt) -> SpanRef<'_> {
        at.of(&self.batches[at.batch])
    }
}

/// A trace that was found, and where its spans are: all that must be copied from the index.
pub(super) struct FoundTrace {
    id: TraceId,
    spans: Vec<(SpanAt, Arc<Batch>)>,
}

impl FoundTrace {
    /// The trace itself, its spans by their start.
    pub(super) fn into_trace(self) -> Trace {
        let spans = self.spans.iter().map(|(at, batch)| (at, at.of(batch)));
        let mut spans: Vec<_> = spans.collect();
        spans.sort_unstable_by_key(|&(at, span)| (span.start(), span.span_id(), at));
        let spans = spans.into_iter().map(|(_, span)| span.to_span()).collect();
        Trace { id: self.id, spans }
    }
}

impl SpanAt {
    /// The span, in the batch that it was noted in.
    fn of(self, batch: &Batch) -> SpanRef<'_> {
        batch
            .span(self.position)
            .expect("the span was there when its position was noted, and batches do not change")
    }
}

impl TraceEntry {
    fn starting(start: Timestamp) -> Self {
        Self {
            start,
            last_start: start,
            services: BTreeSet::new(),
            spans: BTreeMap::new(),
        }
    }
}

fn move_to(traces: &mut TracesByStart, old: (Timestamp, TraceId), start: Timestamp) {
    traces.remove(&old);
    traces.insert((start, old.1));
}

fn last_trace_id() -> TraceId {
    TraceId::from_bytes([u8::MAX; 16]).expect("its bytes are not zero")
}
