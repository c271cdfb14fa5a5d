//! The tree of a trace, as one looks for the children of a span.

use clew_model::{SpanNode, SpanTree, Timestamp, Trace, TraceId};

use super::ComparedTrace;

/// The tree of a trace, in which the children of each span lie side by side.
pub(super) struct Family<'a> {
    id: TraceId,
    tree: SpanTree<'a>,
    /// The children of nobody, then those of the first node, and so on; siblings by start.
    members: Vec<usize>,
    /// Where among the members those of each parent begin, and at the end where the last ones end.
    bounds: Vec<usize>,
    start: Timestamp,
    end: Timestamp,
}

impl<'a> Family<'a> {
    pub(super) fn new(trace: &'a Trace) -> Self {
        let tree = SpanTree::new(trace);
        let nodes = tree.nodes();
        let mut bounds = vec![0; nodes.len() + 2];
        for node in nodes {
            bounds[place_of(node.parent) + 1] += 1;
        }
        for place in 1..bounds.len() {
            bounds[place] += bounds[place - 1];
        }
        let mut free = bounds.clone();
        let mut members = vec![0; nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            let free = &mut free[place_of(node.parent)];
            members[*free] = index;
            *free += 1;
        }
        let starts = trace.spans.iter().map(|span| span.start);
        let ends = trace.spans.iter().map(|span| span.end.max(span.start));
        Self {
            id: trace.id,
            start: starts.min().unwrap_or_default(),
            end: ends.max().unwrap_or_default(),
            tree,
            members,
            bounds,
        }
    }

    /// Depth first, as they are in the tree.
    pub(super) fn nodes(&self) -> &[SpanNode<'a>] {
        self.tree.nodes()
    }

    /// The children of the node, by start; without a node, those that are at the top.
    pub(super) fn children(&self, of: Option<usize>) -> &[usize] {
        let place = place_of(of);
        &self.members[self.bounds[place]..self.bounds[place + 1]]
    }

    /// When the first span began.
    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    pub(super) fn described(&self) -> ComparedTrace {
        ComparedTrace {
            id: self.id,
            spans: self.nodes().len(),
            duration: self.end.since(self.start),
        }
    }
}

/// Nobody comes first.
fn place_of(parent: Option<usize>) -> usize {
    parent.map_or(0, |parent| parent + 1)
}
