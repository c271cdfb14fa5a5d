//! The spans of a trace as the tree that their parents make.

use std::collections::HashMap;
use std::time::Duration;

use crate::{Span, SpanId, Timestamp, Trace};

#[cfg(test)]
mod tests;

/// A span and its place in the tree.
#[derive(Debug, Clone, Copy)]
pub struct SpanNode<'a> {
    /// The span.
    pub span: &'a Span,
    /// The index of its parent's node; `None` for a root and for an orphan.
    pub parent: Option<usize>,
    /// How many ancestors it has.
    pub depth: usize,
    /// Whether no sibling follows.
    pub is_last_child: bool,
    /// How long the span worked while none of its children did.
    pub self_time: Duration,
}

impl SpanNode<'_> {
    /// Whether the span names a parent that is not here (or that leads in a circle).
    pub fn is_orphan(&self) -> bool {
        self.parent.is_none() && self.span.parent_span_id.is_some()
    }
}

/// The spans of a trace as the tree that their parents make: every span once, whatever was sent.
///
/// A span whose parent is missing is at the top, and so does the earliest span of a circle.
/// Where several spans share an id, their children belong to the first of them.
#[derive(Debug, Clone)]
pub struct SpanTree<'a> {
    nodes: Vec<SpanNode<'a>>,
}

impl<'a> SpanTree<'a> {
    /// The tree of these spans.
    pub fn new(trace: &'a Trace) -> Self {
        let mut nodes = depth_first(&trace.spans);
        set_self_times(&mut nodes);
        Self { nodes }
    }

    /// Depth first: a parent before its children, siblings by start.
    pub fn nodes(&self) -> &[SpanNode<'a>] {
        &self.nodes
    }

    /// The span that the span at this index says it was caused by.
    ///
    /// # Panics
    ///
    /// If the tree has no node of this index.
    pub fn parent_of(&self, index: usize) -> Option<&SpanNode<'a>> {
        self.nodes[index].parent.map(|parent| &self.nodes[parent])
    }
}

/// Which spans (by their index in the trace) have which children.
struct Children {
    of: Vec<Vec<usize>>,
    top: Vec<usize>,
}

impl Children {
    fn find(spans: &[Span]) -> Self {
        let by_id = first_of_each_id(spans);
        let mut children = Self {
            of: vec![Vec::new(); spans.len()],
            top: Vec::new(),
        };
        for index in by_start(spans) {
            let parent = spans[index].parent_span_id.and_then(|id| by_id.get(&id));
            match parent {
                Some(&parent) if parent != index => children.of[parent].push(index),
                _ => children.top.push(index),
            }
        }
        children
    }
}

fn first_of_each_id(spans: &[Span]) -> HashMap<SpanId, usize> {
    let mut by_id = HashMap::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        by_id.entry(span.span_id).or_insert(index);
    }
    by_id
}

fn by_start(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| spans[index].start);
    order
}

/// A span that is yet to be placed.
struct Pending {
    index: usize,
    parent: Option<usize>,
    depth: usize,
    is_last_child: bool,
}

fn depth_first(spans: &[Span]) -> Vec<SpanNode<'_>> {
    let children = Children::find(spans);
    let mut nodes = Vec::with_capacity(spans.len());
    let mut placed = vec![false; spans.len()];
    // What no root leads to is in a circle of parents: it follows, the earliest span on top.
    let tops = children.top.iter().copied().chain(by_start(spans));
    for top in tops {
        // A stack in place of recursion: the depth is the sender's choice.
        let mut stack = vec![Pending {
            index: top,
            parent: None,
            depth: 0,
            is_last_child: true,
        }];
        while let Some(pending) = stack.pop() {
            if std::mem::replace(&mut placed[pending.index], true) {
                continue;
            }
            let parent = nodes.len();
            nodes.push(SpanNode {
                span: &spans[pending.index],
                parent: pending.parent,
                depth: pending.depth,
                is_last_child: pending.is_last_child,
                self_time: Duration::ZERO,
            });
            let below = children.of[pending.index].iter().rev().enumerate();
            stack.extend(below.map(|(place, &index)| Pending {
                index,
                parent: Some(parent),
                depth: pending.depth + 1,
                is_last_child: place == 0,
            }));
        }
    }
    nodes
}

/// Children come by start, so one look at each tells what it adds to the time that its parent's
/// children cover together.
fn set_self_times(nodes: &mut [SpanNode<'_>]) {
    let mut covered = vec![Duration::ZERO; nodes.len()];
    let mut covered_until = vec![Timestamp::MIN; nodes.len()];
    for index in 0..nodes.len() {
        let SpanNode { span, parent, .. } = nodes[index];
        let Some(parent) = parent else { continue };
        let within = nodes[parent].span;
        let start = span.start.max(within.start).max(covered_until[parent]);
        let end = span.end.min(within.end);
        covered[parent] += end.since(start);
        covered_until[parent] = covered_until[parent].max(end);
    }
    for (node, covered) in nodes.iter_mut().zip(covered) {
        node.self_time = node.span.duration().saturating_sub(covered);
    }
}
