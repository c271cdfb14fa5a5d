//! The calls that spans tell of.

use std::collections::HashMap;
use std::sync::Arc;

use clew_model::{SpanId, SpanRef, StatusCode, TimeRange, TraceId};
use clew_store::{Edge, EdgeKind, Histogram, is_called, is_calling, system_of};

use super::waiting::{Call, Waiting};
use crate::head::Block;

/// Calls that were found, by who calls whom.
#[derive(Debug, Default)]
pub(super) struct FoundCalls(HashMap<(Arc<str>, Arc<str>, EdgeKind), Edge>);

/// Some calls of one caller to one called service or system.
#[derive(Debug, Default)]
pub(super) struct Measured {
    errors: u64,
    durations: Vec<f64>,
}

impl Measured {
    pub(super) fn add(&mut self, is_error: bool, nanos: u64) {
        self.errors += u64::from(is_error);
        #[expect(clippy::cast_precision_loss, reason = "it is right within 3 % anyway")]
        self.durations.push(nanos as f64);
    }
}

impl FoundCalls {
    pub(super) fn add_all(&mut self, [from, to]: [&Arc<str>; 2], kind: EdgeKind, calls: &Measured) {
        let key = (Arc::clone(from), Arc::clone(to), kind);
        let edge = self.0.entry(key).or_insert_with(|| Edge {
            caller: from.to_string(),
            called: to.to_string(),
            kind,
            calls: 0,
            errors: 0,
            durations: Histogram::default(),
        });
        edge.calls += calls.durations.len() as u64;
        edge.errors += calls.errors;
        edge.durations.record_all(&calls.durations);
    }

    pub(super) fn add(
        &mut self,
        services: [&Arc<str>; 2],
        kind: EdgeKind,
        (is_error, nanos): (bool, u64),
    ) {
        let mut call = Measured::default();
        call.add(is_error, nanos);
        self.add_all(services, kind, &call);
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Edge> + use<> {
        std::mem::take(&mut self.0).into_values()
    }
}

/// A look at spans, for the calls that they tell of.
#[derive(Debug)]
pub(super) struct Calls {
    time: TimeRange,
    /// Of so many rounds, in each of which some callers are looked for, which this is.
    round: u64,
    rounds: u64,
    found: FoundCalls,
    waiting: Vec<Call>,
    /// How many bytes the names of the services of those have, as if each had its own.
    names_len: usize,
}

impl Calls {
    pub(super) fn new(time: TimeRange, round: u64, rounds: u64) -> Self {
        Self {
            time,
            round,
            rounds,
            found: FoundCalls::default(),
            waiting: Vec::new(),
            names_len: 0,
        }
    }

    /// How much memory the calls take that wait, in bytes.
    pub(super) fn memory_len(&self) -> usize {
        self.waiting.len() * Waiting::BYTES_PER_CALL + self.names_len
    }

    /// The calls since the last time whose caller is known.
    pub(super) fn take_found(&mut self) -> impl Iterator<Item = Edge> {
        self.found.take()
    }

    /// The calls whose caller is not known.
    pub(super) fn into_waiting(self) -> Waiting {
        Waiting::new(FoundCalls::default(), self.waiting)
    }

    /// Whether this caller is looked for in this round.
    fn is_of_round(&self, id: TraceId, parent: SpanId) -> bool {
        let [_, _, _, _, _, _, _, _, end @ ..] = id.to_bytes();
        let both = u64::from_be_bytes(end) ^ u64::from_be_bytes(parent.to_bytes());
        both % self.rounds == self.round
    }

    pub(super) fn is_first_round(&self) -> bool {
        self.round == 0
    }

    /// Looks at the spans of a block, trace by trace.
    pub(super) fn look_at_block(&mut self, block: &Block) {
        for id in block.traces() {
            let spans: Vec<SpanRef<'_>> = block.rows_of(id).map(|row| block.span(row)).collect();
            let mut by_id: HashMap<SpanId, SpanRef<'_>> = HashMap::new();
            for &span in &spans {
                by_id.entry(span.span_id()).or_insert(span);
            }
            for &span in &spans {
                if self.time.contains(span.start()) {
                    self.look_at_span(span, &by_id);
                }
            }
        }
    }

    fn look_at_span(&mut self, span: SpanRef<'_>, by_id: &HashMap<SpanId, SpanRef<'_>>) {
        let Some(service) = span.service_name() else {
            return;
        };
        let service: Arc<str> = service.into();
        let is_error = span.status_code() == StatusCode::Error;
        let nanos = u64::try_from(span.duration().as_nanos()).unwrap_or(u64::MAX);
        let measured = (is_error, nanos);
        if let Some(parent) = span.parent_span_id() {
            match by_id.get(&parent).map(|parent| parent.service_name()) {
                Some(Some(caller)) if self.is_first_round() && *caller != *service => {
                    let caller = caller.into();
                    let services = [&caller, &service];
                    self.found.add(services, EdgeKind::Service, measured);
                }
                None if self.is_of_round(span.trace_id(), parent) => {
                    self.names_len += service.len();
                    self.waiting.push(Call {
                        trace_id: span.trace_id(),
                        parent,
                        service: Arc::clone(&service),
                        is_called: is_called(span.kind()),
                        is_error,
                        nanos,
                    });
                }
                Some(_) | None => {}
            }
        }
        if self.is_first_round()
            && is_calling(span.kind())
            && let Some((system, kind)) = system_of(span)
        {
            let system = system.into();
            self.found.add([&service, &system], kind, measured);
        }
    }

    /// Calls of a segment or block whose callers are not there, nor in its neighbours.
    pub(super) fn add_left(&mut self, calls: &[Call]) {
        for call in calls {
            if self.is_of_round(call.trace_id, call.parent) {
                self.names_len += call.service.len();
                self.waiting.push(call.clone());
            }
        }
    }
}
