//! The calls that a segment, or a block in columns, tells of.

use std::sync::Arc;

use clew_model::{SpanId, TimeRange};
use clew_store::{Edge, EdgeKind};

use super::super::packed::PackedHistogram;
use super::calls::{FoundCalls, Measured};
use super::waiting::{Call, Waiting};
use crate::columns::{CallColumns, CallRows, Columnar, Parent, Side, stretches};
use crate::error::DiskError;
use crate::table::FastMap;

/// What is known of the calls of a segment from itself and its neighbours.
#[derive(Debug)]
pub(crate) struct TableCalls {
    edges: Vec<PackedEdge>,
    /// Those whose callers are somewhere else.
    left: Vec<Call>,
}

/// An edge that takes little memory.
#[derive(Debug)]
struct PackedEdge {
    /// Without its durations.
    edge: Edge,
    durations: PackedHistogram,
}

impl TableCalls {
    pub(super) fn new(waiting: Waiting) -> Self {
        let (edges, left) = waiting.into_parts();
        let edges = edges.map(|mut edge| PackedEdge {
            durations: PackedHistogram::new(&std::mem::take(&mut edge.durations)),
            edge,
        });
        Self {
            edges: edges.collect(),
            left,
        }
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = Edge> {
        let edges = self.edges.iter();
        edges.map(|PackedEdge { edge, durations }| Edge {
            durations: durations.unpack(),
            ..edge.clone()
        })
    }

    pub(super) fn left(&self) -> &[Call] {
        &self.left
    }

    /// How much memory it takes, in bytes, if no call shares the name of its service.
    pub(crate) fn memory_len(&self) -> usize {
        let of_edge = |PackedEdge { edge, durations }: &PackedEdge| {
            let names_len = edge.caller.len() + edge.called.len();
            size_of::<PackedEdge>() + names_len + durations.memory_len()
        };
        let of_call = |call: &Call| size_of::<Call>() + call.service.len();
        let edges = self.edges.iter().map(of_edge);
        edges.chain(self.left.iter().map(of_call)).sum()
    }
}

/// The calls of which the spans tell that started in the range: those whose callers are here, and those that
/// wait for callers from elsewhere.
pub(super) fn calls_of(table: &dyn Columnar, time: TimeRange) -> Result<Waiting, DiskError> {
    let mut columns = CallColumns::new(table)?;
    let time = table.summary().narrowed(time);
    let mut numbered = NumberedCalls::default();
    for rows in stretches(&(0..table.rows())) {
        let spans = columns.read(table, &rows, time)?;
        for row in rows.filter(|&row| spans.is_in(row, time)) {
            if let Some(service) = columns.service(row) {
                numbered.add(&columns, &spans, row, service);
            }
        }
    }
    let mut found = FoundCalls::default();
    for ((from, to), calls) in numbered.services {
        if let Some((from, to)) = columns.service_name(from).zip(columns.service_name(to)) {
            found.add_all([from, to], EdgeKind::Service, &calls);
        }
    }
    for ((caller, system), calls) in numbered.systems {
        let caller = columns.service_name(caller);
        if let Some((caller, (system, kind))) = caller.zip(columns.system_name(system)) {
            found.add_all([caller, system], *kind, &calls);
        }
    }
    let orphans = numbered.orphans;
    let rows: Vec<u32> = orphans.iter().map(|orphan| orphan.row).collect();
    let traces = table.trace_ids(&rows)?;
    let calls = orphans
        .into_iter()
        .zip(traces)
        .filter_map(|(orphan, trace_id)| {
            Some(Call {
                trace_id,
                parent: orphan.parent,
                service: Arc::clone(columns.service_name(orphan.service)?),
                is_called: orphan.is_called,
                is_error: orphan.is_error,
                nanos: orphan.nanos,
            })
        });
    Ok(Waiting::new(found, calls.collect()))
}

/// Calls that were found in a segment or block, by the numbers that it has for services and systems.
#[derive(Default)]
struct NumberedCalls {
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

impl NumberedCalls {
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
