//! Who calls whom: the graph of services, from the parents of their spans.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use clew_model::{SpanId, SpanKind, SpanRef, StatusCode, TimeRange, ValueRef};

use crate::{Histogram, QueryContext, StoreError};

/// Which calls to look at. Where several spans of a trace have one id, any of them may be taken for
/// the parent of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edges {
    /// When the spans started that tell of a call.
    pub time: TimeRange,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallGraph {
    /// In the order of caller, called and kind.
    pub edges: Vec<Edge>,
    /// How many calls came in from a span that is not here, so that nobody knows who called.
    pub unresolved: u64,
}

/// The calls from one service to another, or to a database or a message broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The service that calls.
    pub caller: String,
    /// The service that is called; for a database or a broker, the name of the system.
    pub called: String,
    /// What is called.
    pub kind: EdgeKind,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// How long they took in nanoseconds: on the side of the called service, else of the caller.
    pub durations: Histogram,
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Another service that is traced.
    Service,
    /// A database, which makes no spans of its own.
    Database,
    /// A message broker, which makes no spans of its own.
    Messaging,
}

/// Attributes of a call to a system that makes no spans, by what it is; the first is the present
/// name, the others are those of older conventions.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/database/database-spans/> and
/// <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>.
pub const SYSTEMS: [(&str, EdgeKind); 3] = [
    ("db.system.name", EdgeKind::Database),
    ("db.system", EdgeKind::Database),
    ("messaging.system", EdgeKind::Messaging),
];

/// What an edge takes beside its names.
const EDGE_BYTES: usize = 1024;

/// Looks at calls, trace by trace.
#[derive(Debug)]
pub struct EdgesFold<'a> {
    question: &'a Edges,
    context: &'a QueryContext,
    edges: BTreeMap<(String, String, EdgeKind), Edge>,
    unresolved: u64,
}

impl<'a> EdgesFold<'a> {
    /// Nothing is known yet.
    pub fn new(question: &'a Edges, context: &'a QueryContext) -> Self {
        Self {
            question,
            context,
            edges: BTreeMap::new(),
            unresolved: 0,
        }
    }

    /// Looks at all spans of a trace, in the order of their start.
    ///
    /// # Errors
    /// If there are too many edges for the query's memory.
    pub fn add_trace(&mut self, spans: &[SpanRef<'_>]) -> Result<(), StoreError> {
        let mut by_id: HashMap<SpanId, SpanRef<'_>> = HashMap::with_capacity(spans.len());
        for &span in spans {
            by_id.entry(span.span_id()).or_insert(span);
        }
        for &span in spans {
            if self.question.time.contains(span.start()) {
                self.add_span(span, &by_id)?;
            }
        }
        Ok(())
    }

    fn add_span(
        &mut self,
        span: SpanRef<'_>,
        by_id: &HashMap<SpanId, SpanRef<'_>>,
    ) -> Result<(), StoreError> {
        let Some(service) = span.service_name() else {
            return Ok(());
        };
        if let Some(parent) = span.parent_span_id() {
            match by_id.get(&parent).map(|parent| parent.service_name()) {
                Some(Some(caller)) if caller != service => {
                    self.add_call([caller, service], EdgeKind::Service, span)?;
                }
                Some(_) => {}
                None => self.unresolved += u64::from(is_called(span.kind())),
            }
        }
        if is_calling(span.kind())
            && let Some((system, kind)) = system_of(span)
        {
            self.add_call([service, system], kind, span)?;
        }
        Ok(())
    }

    fn add_call(
        &mut self,
        [from, to]: [&str; 2],
        kind: EdgeKind,
        span: SpanRef<'_>,
    ) -> Result<(), StoreError> {
        let mut durations = Histogram::default();
        #[expect(clippy::cast_precision_loss, reason = "it is right within 3 % anyway")]
        durations.record(span.duration().as_nanos() as f64);
        self.add(Edge {
            caller: from.to_owned(),
            called: to.to_owned(),
            kind,
            calls: 1,
            errors: u64::from(span.status_code() == StatusCode::Error),
            durations,
        })
    }

    /// Adds calls that were found.
    ///
    /// # Errors
    /// If there are too many edges for the query's memory.
    pub fn add(&mut self, calls: Edge) -> Result<(), StoreError> {
        let key = (calls.caller.clone(), calls.called.clone(), calls.kind);
        match self.edges.entry(key) {
            Entry::Occupied(mut known) => {
                let edge = known.get_mut();
                edge.calls += calls.calls;
                edge.errors += calls.errors;
                edge.durations.merge(&calls.durations);
            }
            Entry::Vacant(new) => {
                let names_len = calls.caller.len() + calls.called.len();
                self.context.take(EDGE_BYTES + names_len)?;
                new.insert(calls);
            }
        }
        Ok(())
    }

    /// So many calls came in from spans that are not here.
    pub fn add_unresolved(&mut self, calls: u64) {
        self.unresolved += calls;
    }

    /// What was found.
    pub fn finish(self) -> CallGraph {
        CallGraph {
            edges: self.edges.into_values().collect(),
            unresolved: self.unresolved,
        }
    }
}

/// Whether such a span is the calling side of a call.
pub fn is_calling(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Client | SpanKind::Producer)
}

/// Whether such a span is the called side of a call.
pub fn is_called(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Server | SpanKind::Consumer)
}

/// The database or broker that the span calls, if it says so.
pub fn system_of(span: SpanRef<'_>) -> Option<(&str, EdgeKind)> {
    SYSTEMS
        .into_iter()
        .find_map(|(key, kind)| match span.attributes().get(key)? {
            ValueRef::String(system) => Some((system, kind)),
            _ => None,
        })
}
