//! What a corpus holds, as far as one needs to know to ask about it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use clew_model::{Span, Timestamp, Trace, TraceId};

use super::questions::LIMIT;
use crate::Corpus;

/// At least this many traces are asked about, if there are as many, and less than twice as many:
/// the same question again and again would measure a cache.
const TRACES: usize = 256;

/// What counts as slow.
const SLOW: Duration = Duration::from_millis(500);

/// The same as Jaeger's API has it.
pub(super) const SLOW_TEXT: &str = "500ms";

/// What a corpus holds.
#[derive(Debug)]
pub(super) struct Sample {
    /// Some traces, spread evenly over the corpus, whose users have no more traces than a search
    /// gives.
    pub(super) traces: Vec<SampledTrace>,
    /// The services that are open to the outside: each of their traces starts with them.
    pub(super) edges: Vec<Edge>,
    /// The names of all services.
    pub(super) services: BTreeSet<String>,
    /// When the first trace starts.
    pub(super) start: Timestamp,
    /// When the last span ends.
    pub(super) end: Timestamp,
}

/// A trace to ask about.
#[derive(Debug)]
pub(super) struct SampledTrace {
    pub(super) id: TraceId,
    pub(super) spans: usize,
    /// The service that it starts with.
    pub(super) service: String,
    pub(super) user: String,
    /// How many traces of that service the user has.
    pub(super) of_user: usize,
}

/// A service to ask about, and how many traces it has.
#[derive(Debug, Default)]
pub(super) struct Edge {
    pub(super) name: String,
    pub(super) traces: usize,
    pub(super) failed: usize,
    pub(super) slow: usize,
}

impl Sample {
    /// Goes through the traces that such a load sends.
    pub(super) fn take(corpus: Corpus, spans: u64) -> Self {
        let mut reader = Reader::default();
        let (mut left, mut end) = (spans, corpus.start);
        let mut traces = corpus.traces();
        while left > 0
            && let Some(trace) = traces.next()
        {
            left = left.saturating_sub(trace.spans.len() as u64);
            end = trace
                .spans
                .iter()
                .map(|span| span.end)
                .fold(end, Timestamp::max);
            reader.read(&trace);
        }
        Self {
            traces: reader.sampled(),
            edges: reader.edges.into_values().collect(),
            services: reader.services,
            start: corpus.start,
            end,
        }
    }

    /// An id that no trace has: that of another one, in its last digit and all others changed.
    pub(super) fn missing(&self, turn: usize) -> TraceId {
        let trace = &self.traces[turn % self.traces.len()];
        let inverted = trace.id.to_bytes().map(|byte| !byte);
        // Only the inverse of the largest id is none.
        TraceId::from_bytes(inverted).unwrap_or(trace.id)
    }
}

#[derive(Default)]
struct Reader {
    sampled: Vec<SampledTrace>,
    /// One trace of so many is sampled.
    every: usize,
    read: usize,
    /// How many traces a user has of each service.
    by_user: HashMap<(String, String), usize>,
    edges: BTreeMap<String, Edge>,
    services: BTreeSet<String>,
}

impl Reader {
    fn read(&mut self, trace: &Trace) {
        for span in &trace.spans {
            let service = span.service_name().unwrap_or_default();
            if !self.services.contains(service) {
                self.services.insert(service.to_owned());
            }
        }
        let Some(root) = trace.spans.first() else {
            return;
        };
        let service = root.service_name().unwrap_or_default().to_owned();
        let user = user_of(root);
        self.count(root, &service);
        *self
            .by_user
            .entry((service.clone(), user.clone()))
            .or_default() += 1;
        self.sample(SampledTrace {
            id: trace.id,
            spans: trace.spans.len(),
            service,
            user,
            of_user: 0,
        });
    }

    fn count(&mut self, root: &Span, service: &str) {
        let edge = self.edges.entry(service.to_owned()).or_default();
        service.clone_into(&mut edge.name);
        edge.traces += 1;
        edge.failed += usize::from(root.is_error());
        edge.slow += usize::from(root.duration() >= SLOW);
    }

    /// Keeps every n-th trace, and every second of those whenever there are too many.
    fn sample(&mut self, trace: SampledTrace) {
        self.every = self.every.max(1);
        if self.read.is_multiple_of(self.every) {
            self.sampled.push(trace);
        }
        self.read += 1;
        if self.sampled.len() == 2 * TRACES {
            let mut keep = false;
            self.sampled.retain(|_| {
                keep = !keep;
                keep
            });
            self.every *= 2;
        }
    }

    /// The sample, without the few users that come too often.
    fn sampled(&mut self) -> Vec<SampledTrace> {
        let mut sampled = std::mem::take(&mut self.sampled);
        for trace in &mut sampled {
            let user = (trace.service.clone(), trace.user.clone());
            trace.of_user = self.by_user.get(&user).copied().unwrap_or_default();
        }
        sampled.retain(|trace| trace.of_user <= LIMIT);
        sampled
    }
}

fn user_of(root: &Span) -> String {
    let user = root.attribute("user.id").and_then(|user| user.as_str());
    user.unwrap_or_default().to_owned()
}
