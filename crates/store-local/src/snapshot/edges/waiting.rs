//! Calls whose caller is somewhere else.

use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanId, TraceId};
use clew_store::{Edge, EdgeKind};

use super::super::scan::ROWS_PER_SPAN;
use super::calls::FoundCalls;
use crate::columns::{Columnar, Part, Services, stretches};
use crate::error::DiskError;
use crate::head::Block;

/// A call of which only the called side was found.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) trace_id: TraceId,
    pub(super) parent: SpanId,
    pub(super) service: Arc<str>,
    /// Whether it counts as a call if nobody is found who called.
    pub(super) is_called: bool,
    pub(super) is_error: bool,
    pub(super) nanos: u64,
}

/// So many spans were looked at, in the time that it takes to look at so many one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LookedAt {
    pub(super) spans: usize,
    pub(super) cost: usize,
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
    pub(super) const BYTES_PER_CALL: usize =
        size_of::<Call>() + size_of::<SpanId>() + 2 * Parents::BITS_PER_CALL / 8 + 1;

    /// These calls, beside those that were found.
    pub(super) fn new(found: FoundCalls, mut calls: Vec<Call>) -> Self {
        calls.sort_unstable_by_key(|call| (call.parent, call.trace_id));
        Self {
            is_found: vec![false; calls.len()],
            left: calls.len(),
            found,
            parents: Parents::of(&calls),
            calls,
        }
    }

    /// How many still wait.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// The calls since the last time whose callers were found.
    pub(super) fn take_found(&mut self) -> impl Iterator<Item = Edge> {
        self.found.take()
    }

    /// The calls that were found, and those that wait.
    pub(super) fn into_parts(mut self) -> (impl Iterator<Item = Edge>, Vec<Call>) {
        let waiting = self.calls.into_iter().zip(self.is_found);
        let waiting = waiting.filter(|(_, is_found)| !is_found);
        (self.found.take(), waiting.map(|(call, _)| call).collect())
    }

    /// How many calls came in whose callers were not found.
    pub(super) fn unresolved(&self) -> u64 {
        let left = self.calls.iter().zip(&self.is_found);
        let unresolved = left.filter(|(call, is_found)| call.is_called && !**is_found);
        unresolved.count() as u64
    }

    /// The traces of which calls wait, in order.
    pub(super) fn traces(&self) -> Arc<[TraceId]> {
        let waiting = self.calls.iter().zip(&self.is_found);
        let waiting = waiting.filter(|(_, is_found)| !**is_found);
        let mut traces: Vec<TraceId> = waiting.map(|(call, _)| call.trace_id).collect();
        traces.sort_unstable();
        traces.dedup();
        traces.into()
    }

    /// A span was found; its service is the caller of the calls that wait for it.
    fn resolve(&mut self, trace_id: TraceId, span_id: SpanId, service: Option<&Arc<str>>) {
        let key = (span_id, trace_id);
        let of_parent = self.parents.places(span_id);
        let calls = &self.calls[of_parent.clone()];
        let first = of_parent.start + calls.partition_point(|call| call.trace_id < trace_id);
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
            if self.parents.has(span.span_id()) {
                let service = span.service_name().map(Arc::from);
                self.resolve(span.trace_id(), span.span_id(), service.as_ref());
            }
        }
    }

    /// Looks at the ids of all spans.
    pub(super) fn look_through(&mut self, table: &dyn Columnar) -> Result<LookedAt, DiskError> {
        let mut rows = Vec::new();
        for stretch in stretches(&(0..table.rows())) {
            let ids = table.required(Part::SpanId, stretch.clone())?;
            for row in stretch {
                if let Some(id) = ids.get(row).and_then(span_id)
                    && self.parents.has(id)
                {
                    rows.push((row, id));
                }
            }
        }
        self.resolve_rows(table, &rows)?;
        let spans = table.rows() as usize;
        Ok(LookedAt {
            spans,
            cost: spans / ROWS_PER_SPAN,
        })
    }

    /// Looks at these traces.
    pub(super) fn look_up(
        &mut self,
        table: &dyn Columnar,
        traces: &[TraceId],
    ) -> Result<LookedAt, DiskError> {
        let found = table.find(traces)?;
        let rows: Vec<u32> = found.into_iter().flat_map(|(_, rows)| rows).collect();
        let ids = table.span_ids(&rows)?;
        let waited_for = rows.iter().copied().zip(ids);
        let waited_for: Vec<_> = waited_for.filter(|(_, id)| self.parents.has(*id)).collect();
        self.resolve_rows(table, &waited_for)?;
        Ok(LookedAt {
            spans: rows.len(),
            cost: rows.len() + traces.len(),
        })
    }

    fn resolve_rows(
        &mut self,
        table: &dyn Columnar,
        spans: &[(u32, SpanId)],
    ) -> Result<(), DiskError> {
        if spans.is_empty() {
            return Ok(());
        }
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

/// The spans that calls wait for.
#[derive(Debug)]
struct Parents {
    /// Two bits of a word for each, which say of nearly all other spans that nobody waits for them: a
    /// power of two of words, that stay in the processor's cache.
    bits: Vec<u64>,
    /// In order, each as often as calls wait for it.
    ids: Vec<SpanId>,
}

impl Parents {
    /// One in 300 of the others has both bits of one of them.
    const BITS_PER_CALL: usize = 32;

    fn of(calls: &[Call]) -> Self {
        let words = (calls.len() * Self::BITS_PER_CALL / 64).next_power_of_two();
        let mut parents = Self {
            bits: vec![0; words],
            ids: calls.iter().map(|call| call.parent).collect(),
        };
        for call in calls {
            let (word, bits) = parents.place(call.parent);
            parents.bits[word] |= bits;
        }
        parents
    }

    fn has(&self, id: SpanId) -> bool {
        let (word, bits) = self.place(id);
        self.bits[word] & bits == bits && !self.places(id).is_empty()
    }

    /// The places of the calls that wait for this span.
    fn places(&self, id: SpanId) -> Range<usize> {
        let first = self.ids.partition_point(|other| *other < id);
        let later = &self.ids[first..];
        // Nearly always it is one, or none.
        let near = later.len().min(4);
        let len = match later[..near].partition_point(|other| *other == id) {
            4 => later.partition_point(|other| *other == id),
            few => few,
        };
        first..first + len
    }

    fn place(&self, id: SpanId) -> (usize, u64) {
        /// 2^64 divided by the golden ratio: it moves what ids that count upwards differ in to the bits
        /// that are looked at.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

        let hash = u64::from_be_bytes(id.to_bytes()).wrapping_mul(SPREAD);
        let word = (hash >> 32) % self.bits.len() as u64;
        let word = usize::try_from(word).unwrap_or(0);
        (word, 1 << (hash >> 26 & 63) | 1 << (hash >> 20 & 63))
    }
}
