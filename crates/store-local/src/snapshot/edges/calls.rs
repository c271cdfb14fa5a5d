//! The calls that spans tell of.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use clew_model::{SpanId, SpanRef, StatusCode, TimeRange, TraceId};
use clew_store::{Edge, EdgeKind, Histogram, is_called, is_calling, system_of};

use super::waiting::{Call, Waiting};
use crate::columns::{CallColumns, CallRows, Columnar, Parent, Side, stretches};
use crate::error::DiskError;
use crate::head::Block;
use crate::table::FastMap;

/// Calls that were found, by who calls whom.
#[derive(Debug, Default)]
pub(super) struct FoundCalls(HashMap<(Arc<str>, Arc<str>, EdgeKind), Edge>);

/// Some calls of one caller to one called service or system.
#[derive(Debug, Default)]
struct Measured {
    errors: u64,
    durations: Vec<f64>,
}

impl Measured {
    fn add(&mut self, is_error: bool, nanos: u64) {
        self.errors += u64::from(is_error);
        #[expect(clippy::cast_precision_loss, reason = "it is right within 3 % anyway")]
        self.durations.push(nanos as f64);
    }
}

impl FoundCalls {
    fn add_all(&mut self, [from, to]: [&Arc<str>; 2], kind: EdgeKind, calls: &Measured) {
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

    pub(super) fn take(&mut self) -> impl Iterator<Item = Edge> {
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
    /// How many bytes the names of the services of those have.
    names_len: usize,
    /// How many segments, and blocks in columns, were looked at.
    tables: usize,
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
            tables: 0,
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
        Waiting::new(self.waiting, self.tables)
    }

    /// Whether this caller is looked for in this round.
    fn is_of_round(&self, id: TraceId, parent: SpanId) -> bool {
        let [_, _, _, _, _, _, _, _, end @ ..] = id.to_bytes();
        let both = u64::from_be_bytes(end) ^ u64::from_be_bytes(parent.to_bytes());
        both % self.rounds == self.round
    }

    fn is_first_round(&self) -> bool {
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
                        home: None,
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

    /// Looks at the spans of a segment, or of a block in columns.
    pub(super) fn look_at_table(&mut self, table: &dyn Columnar) -> Result<(), DiskError> {
        let looked = self.look_at_rows(table);
        self.tables += 1;
        looked
    }

    fn look_at_rows(&mut self, table: &dyn Columnar) -> Result<(), DiskError> {
        let mut columns = CallColumns::new(table)?;
        let time = table.summary().narrowed(self.time);
        let mut found = CallsOfTable::default();
        for rows in stretches(&(0..table.rows())) {
            let spans = columns.read(table, &rows, time)?;
            for row in rows.filter(|&row| spans.is_in(row, time)) {
                if let Some(service) = columns.service(row) {
                    found.add(&columns, &spans, row, service);
                }
            }
        }
        if !self.is_first_round() {
            return self.add_orphans(table, &columns, found.orphans);
        }
        for ((from, to), calls) in found.services {
            if let Some((from, to)) = columns.service_name(from).zip(columns.service_name(to)) {
                let services = [from, to];
                self.found.add_all(services, EdgeKind::Service, &calls);
            }
        }
        for ((caller, system), calls) in found.systems {
            let caller = columns.service_name(caller);
            if let Some((caller, (system, kind))) = caller.zip(columns.system_name(system)) {
                self.found.add_all([caller, system], *kind, &calls);
            }
        }
        self.add_orphans(table, &columns, found.orphans)
    }

    /// These spans have parents that are elsewhere.
    fn add_orphans(
        &mut self,
        table: &dyn Columnar,
        columns: &CallColumns,
        orphans: Vec<Orphan>,
    ) -> Result<(), DiskError> {
        let rows: Vec<u32> = orphans.iter().map(|orphan| orphan.row).collect();
        let ids = table.trace_ids(&rows)?;
        let mut named = HashSet::new();
        for (orphan, trace_id) in orphans.into_iter().zip(ids) {
            if self.is_of_round(trace_id, orphan.parent)
                && let Some(service) = columns.service_name(orphan.service)
            {
                if named.insert(orphan.service) {
                    self.names_len += service.len();
                }
                self.waiting.push(Call {
                    trace_id,
                    parent: orphan.parent,
                    home: Some(self.tables),
                    service: Arc::clone(service),
                    is_called: orphan.is_called,
                    is_error: orphan.is_error,
                    nanos: orphan.nanos,
                });
            }
        }
        Ok(())
    }
}

/// Calls that were found in a segment or block, by the numbers that it has for services and systems.
#[derive(Default)]
struct CallsOfTable {
    services: FastMap<(u32, u32), Measured>,
    systems: FastMap<(u32, u32), Measured>,
    orphans: Vec<Orphan>,
}

/// A span whose parent is elsewhere.
struct Orphan {
    row: u32,
    parent: SpanId,
    service: u32,
    is_called: bool,
    is_error: bool,
    nanos: u64,
}

impl CallsOfTable {
    /// What the span of this row, which is one of these, tells of calls.
    fn add(&mut self, columns: &CallColumns, spans: &CallRows, row: u32, service: u32) {
        let (is_error, nanos) = (spans.is_error(row), spans.duration(row));
        let side = spans.side(row);
        match spans.parent(row) {
            Parent::None => {}
            Parent::Row(parent) => {
                let caller = columns.service(parent);
                if let Some(caller) = caller.filter(|&caller| caller != service) {
                    let calls = self.services.entry((caller, service)).or_default();
                    calls.add(is_error, nanos);
                }
            }
            Parent::Elsewhere(parent) => self.orphans.push(Orphan {
                row,
                parent,
                service,
                is_called: side == Side::Called,
                is_error,
                nanos,
            }),
        }
        if side == Side::Calling
            && let Some(system) = spans.system(row)
        {
            let calls = self.systems.entry((service, system)).or_default();
            calls.add(is_error, nanos);
        }
    }
}
