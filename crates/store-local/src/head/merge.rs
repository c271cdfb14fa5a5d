//! The spans of one trace, out of all blocks, in their order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

use clew_model::{SpanId, SpanRef, Timestamp, TraceId};

use super::block::Block;

/// Goes through the spans of a trace by start, then by span id, then as they arrived. In each block
/// they have that order already, so that nothing is sorted here, however many they are.
pub(super) struct TraceSpans<'b> {
    parts: Vec<Part<'b>>,
    /// The next span of each part that has one, and the number of the part.
    next: BinaryHeap<Reverse<(Timestamp, SpanId, usize)>>,
}

/// The spans of the trace in one block.
struct Part<'b> {
    block: &'b Block,
    rows: Range<u32>,
}

impl<'b> TraceSpans<'b> {
    /// The blocks are in the order in which their spans arrived.
    pub(super) fn new(blocks: &'b [Arc<Block>], id: TraceId) -> Self {
        let parts = blocks.iter().map(|block| Part {
            block,
            rows: block.rows_of(id),
        });
        let mut spans = Self {
            parts: parts.filter(|part| !part.rows.is_empty()).collect(),
            next: BinaryHeap::new(),
        };
        for number in 0..spans.parts.len() {
            spans.line_up(number);
        }
        spans
    }

    /// Puts the next span of the part in line, if there is one.
    fn line_up(&mut self, number: usize) {
        let Part { block, rows } = &self.parts[number];
        if !rows.is_empty() {
            let id = block.span(rows.start).span_id();
            let start = block.start(rows.start);
            self.next.push(Reverse((start, id, number)));
        }
    }
}

impl<'b> Iterator for TraceSpans<'b> {
    type Item = SpanRef<'b>;

    fn next(&mut self) -> Option<SpanRef<'b>> {
        let Reverse((.., number)) = self.next.pop()?;
        let part = &mut self.parts[number];
        let row = part.rows.next()?;
        let span = part.block.span(row);
        self.line_up(number);
        Some(span)
    }
}
