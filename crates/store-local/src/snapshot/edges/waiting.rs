//! Calls whose caller is somewhere else.

use std::collections::BTreeSet;
use std::sync::Arc;

use clew_model::{SpanId, TraceId};
use clew_store::{Edge, EdgeKind};

use super::calls::FoundCalls;
use crate::columns::{Columnar, Part, Services};
use crate::error::DiskError;
use crate::head::Block;

/// A call of which only the called side was found.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) trace_id: TraceId,
    pub(super) parent: SpanId,
    pub(super) service: Arc<str>,
    /// Whether it counts as a call if nobody is found who called.
    pub(super) is_called: bool,
    pub(super) is_error: bool,
    pub(super) nanos: u64,
}

/// Calls that wait for their callers.
#[derive(Debug)]
pub(super) struct Waiting {
    /// By parent and trace; those that have found their caller are marked.
    calls: Vec<Call>,
    is_found: Vec<bool>,
    left: usize,
    found: FoundCalls,
    parents: Parents,
}

impl Waiting {
    /// How much memory a call takes.
    pub(super) const BYTES_PER_CALL: usize = size_of::<Call>() + 2 * Parents::BITS_PER_CALL / 8 + 1;

    pub(super) fn new(mut calls: Vec<Call>) -> Self {
        calls.sort_unstable_by_key(|call| (call.parent, call.trace_id));
        Self {
            is_found: vec![false; calls.len()],
            left: calls.len(),
            found: FoundCalls::default(),
            parents: Parents::of(&calls),
            calls,
        }
    }

    /// Whether none waits any more.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// The calls whose callers were found, and how many others came in.
    pub(super) fn finish(self) -> (impl Iterator<Item = Edge>, u64) {
        let left = self.calls.iter().zip(&self.is_found);
        let unresolved = left.filter(|(call, is_found)| call.is_called && !**is_found);
        let unresolved = unresolved.count() as u64;
        (self.found.into_edges(), unresolved)
    }

    /// A span was found; its service is the caller of the calls that wait for it.
    fn resolve(&mut self, trace_id: TraceId, span_id: SpanId, service: Option<&Arc<str>>) {
        let key = (span_id, trace_id);
        let first = self
            .calls
            .partition_point(|call| (call.parent, call.trace_id) < key);
        // All of one parent are found at once.
        if self.is_found.get(first).is_some_and(|is_found| *is_found) {
            return;
        }
        for at in first..self.calls.len() {
            let call = &self.calls[at];
            if (call.parent, call.trace_id) != key {
                break;
            }
            self.is_found[at] = true;
            self.left -= 1;
            if let Some(caller) = service.filter(|caller| **caller != call.service) {
                let measured = (call.is_error, call.nanos);
                let services = [caller, &call.service];
                self.found.add(services, EdgeKind::Service, measured);
            }
        }
    }

    pub(super) fn look_through_block(&mut self, block: &Block) {
        for row in block.newest(clew_model::TimeRange::ALL, None) {
            let span = block.span(*row);
            if self.parents.may_have(span.span_id()) {
                let service = span.service_name().map(Arc::from);
                self.resolve(span.trace_id(), span.span_id(), service.as_ref());
            }
        }
    }

    /// Looks at the ids of all spans.
    pub(super) fn look_through(&mut self, table: &dyn Columnar) -> Result<(), DiskError> {
        let ids = table.required(Part::SpanId, 0..table.rows())?;
        let mut rows = Vec::new();
        for row in 0..table.rows() {
            if let Some(id) = ids.get(row).and_then(span_id)
                && self.parents.may_have(id)
            {
                rows.push((row, id));
            }
        }
        self.resolve_rows(table, &rows)
    }

    /// Looks at the traces of which calls wait; how many spans there are of those.
    pub(super) fn look_up(&mut self, table: &dyn Columnar) -> Result<usize, DiskError> {
        let left = self.calls.iter().zip(&self.is_found);
        let left = left.filter(|(_, is_found)| !**is_found);
        let traces: BTreeSet<TraceId> = left.map(|(call, _)| call.trace_id).collect();
        let traces: Vec<TraceId> = traces.into_iter().collect();
        let mut rows = Vec::new();
        for (_, range) in table.find(&traces)? {
            let ids = table.required(Part::SpanId, range.clone())?;
            rows.extend(range.filter_map(|row| Some((row, ids.get(row).and_then(span_id)?))));
        }
        self.resolve_rows(table, &rows)?;
        Ok(rows.len())
    }

    fn resolve_rows(
        &mut self,
        table: &dyn Columnar,
        spans: &[(u32, SpanId)],
    ) -> Result<(), DiskError> {
        let rows: Vec<u32> = spans.iter().map(|(row, _)| *row).collect();
        let trace_ids = table.trace_ids(&rows)?;
        let services = Services::read(table)?;
        for (&(row, span_id), trace_id) in spans.iter().zip(trace_ids) {
            self.resolve(trace_id, span_id, services.get(row));
        }
        Ok(())
    }
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    SpanId::from_bytes(bytes.try_into().ok()?)
}

/// Says of most spans that nobody waits for them.
#[derive(Debug)]
struct Parents {
    /// A bit for each of the lowest bits of an id, of which there is a power of two.
    bits: Vec<u64>,
}

impl Parents {
    const BITS_PER_CALL: usize = 16;

    fn of(calls: &[Call]) -> Self {
        let bits = (calls.len() * Self::BITS_PER_CALL).next_power_of_two();
        let mut parents = Self {
            bits: vec![0; (bits / 64).max(1)],
        };
        for call in calls {
            let (word, bit) = parents.place(call.parent);
            parents.bits[word] |= bit;
        }
        parents
    }

    fn may_have(&self, id: SpanId) -> bool {
        let (word, bit) = self.place(id);
        self.bits[word] & bit != 0
    }

    /// Ids are random.
    fn place(&self, id: SpanId) -> (usize, u64) {
        let id = u64::from_be_bytes(id.to_bytes());
        let word = (id >> 6) % self.bits.len() as u64;
        (usize::try_from(word).unwrap_or(0), 1 << (id % 64))
    }
}
