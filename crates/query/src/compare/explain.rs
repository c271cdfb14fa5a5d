//! What makes the difference between two traces.

use std::cmp::Reverse;
use std::collections::HashMap;

use clew_model::{Span, SpanKind};

use super::{Change, ComparedRow, DIFFERENCE_MIN};

/// How many explanations there are at most: what is not among the first is not what anybody looks for.
pub const EXPLANATIONS_MAX: usize = 5;

/// An explanation that makes less than this part of the largest explains nothing.
const PART_MIN: u128 = 20;

/// Rows that make a part of the difference between two traces.
///
/// Rows that are reached in the same way are one explanation, for a hundred queries in a loop are one
/// cause: those of one service, name and kind, all new, all gone or all matched, below rows of which
/// that holds too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The row among them that differs the most, by its index.
    pub row: usize,
    /// How many rows these are.
    pub rows: usize,
    /// By how many nanoseconds their self times became longer, all of them together. What ran side by side
    /// counts as often as it ran, so this may be more than the traces differ by.
    pub difference_nanos: i128,
}

/// What rows differ by along each path from the top.
#[derive(Debug, Default)]
pub(super) struct Paths<'a> {
    by_step: HashMap<PathStep<'a>, usize>,
    paths: Vec<Path>,
}

/// How one goes on from a path.
#[derive(Debug, PartialEq, Eq, Hash)]
struct PathStep<'a> {
    from: Option<usize>,
    /// `None` for spans that match, of which some may be slower and some faster.
    change: Option<Change>,
    service: Option<&'a str>,
    name: &'a str,
    kind: SpanKind,
}

#[derive(Debug)]
struct Path {
    explanation: Explanation,
    /// By how much the row differs that differs the most, in nanoseconds.
    largest: u128,
}

impl<'a> Paths<'a> {
    /// Adds a row: its path, which leads from that of its parent to the span.
    pub(super) fn add(
        &mut self,
        from: Option<usize>,
        span: &'a Span,
        row: &ComparedRow,
        index: usize,
    ) -> usize {
        let is_one_sided = matches!(row.change, Change::New | Change::Gone);
        let step = PathStep {
            from,
            change: is_one_sided.then_some(row.change),
            service: span.service_name(),
            name: &span.name,
            kind: span.kind,
        };
        let difference = row.self_time_difference_nanos();
        let next = self.paths.len();
        let at = *self.by_step.entry(step).or_insert(next);
        if at == next {
            self.paths.push(Path {
                explanation: Explanation {
                    row: index,
                    rows: 0,
                    difference_nanos: 0,
                },
                largest: 0,
            });
        }
        let path = &mut self.paths[at];
        path.explanation.rows += 1;
        path.explanation.difference_nanos += difference;
        if difference.unsigned_abs() > path.largest {
            path.largest = difference.unsigned_abs();
            path.explanation.row = index;
        }
        at
    }

    /// The largest first, and of those that are as large the one that comes first.
    pub(super) fn explanations(&self) -> Vec<Explanation> {
        let size = |it: &Explanation| it.difference_nanos.unsigned_abs();
        let paths = self.paths.iter().map(|path| path.explanation);
        let mut explanations: Vec<Explanation> = paths
            .filter(|it| size(it) >= DIFFERENCE_MIN.as_nanos())
            .collect();
        explanations.sort_by_key(|it| (Reverse(size(it)), it.row));
        explanations.truncate(EXPLANATIONS_MAX);
        let largest = explanations.first().map_or(0, size);
        explanations.retain(|it| size(it) >= largest / PART_MIN);
        explanations
    }
}
