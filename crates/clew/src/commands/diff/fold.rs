//! Which rows are shown, and which only counted.

use super::answer::{Change, ErrorChange, Row};

/// So many rows that say nothing of their own are shown as one line. Fewer are as quickly read.
const FOLDED_MIN: usize = 4;

/// A line of the tree.
#[derive(Debug)]
pub(super) enum Shown<'a> {
    /// A row as it is.
    Row(&'a Row),
    /// Rows in which nothing has changed.
    Alike { depth: usize, rows: usize },
    /// Siblings that are as the one above them, with all that is below them.
    More {
        first: &'a Row,
        siblings: usize,
        rows: usize,
        /// Of the siblings together.
        difference_nanos: i128,
    },
}

/// Siblings that are told of in one line, once the one that stands for them is shown.
struct Repeats<'a> {
    from: usize,
    to: usize,
    line: Shown<'a>,
}

/// The lines of the tree.
pub(super) fn folded(rows: &[Row]) -> Vec<Shown<'_>> {
    let tree = Tree::new(rows);
    let mut lines = Vec::new();
    let mut repeats: Vec<Repeats<'_>> = Vec::new();
    let mut at = 0;
    loop {
        if let Some(repeat) = repeats.pop_if(|repeat| repeat.from == at) {
            at = repeat.to;
            lines.push(repeat.line);
            continue;
        }
        let Some(row) = rows.get(at) else { break };
        let quiet_until = tree.quiet_until(at);
        if quiet_until > at {
            if quiet_until - at >= FOLDED_MIN {
                let (depth, rows) = (row.depth, quiet_until - at);
                lines.push(Shown::Alike { depth, rows });
            } else {
                lines.extend(rows[at..quiet_until].iter().map(Shown::Row));
            }
            at = quiet_until;
            continue;
        }
        repeats.extend(tree.repeats_of(at));
        lines.push(Shown::Row(row));
        at += 1;
    }
    lines
}

/// Where what is below each row ends, and where anything changes.
struct Tree<'a> {
    rows: &'a [Row],
    /// The row that follows what is below a row.
    ends: Vec<usize>,
    /// How many of the rows before this one have changed.
    changed: Vec<usize>,
}

impl<'a> Tree<'a> {
    fn new(rows: &'a [Row]) -> Self {
        let mut ends = vec![rows.len(); rows.len()];
        let mut changed = Vec::with_capacity(rows.len() + 1);
        changed.push(0);
        let mut open: Vec<usize> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            while let Some(over) = open.pop_if(|above| rows[*above].depth >= row.depth) {
                ends[over] = at;
            }
            open.push(at);
            let is_changed = row.change != Change::Same || row.error.is_some();
            changed.push(changed[at] + usize::from(is_changed));
        }
        Self {
            rows,
            ends,
            changed,
        }
    }

    /// The siblings from this row on in which nothing has changed, nor below them: where they end.
    fn quiet_until(&self, from: usize) -> usize {
        let is_quiet = |at: usize| self.changed[self.ends[at]] == self.changed[at];
        self.siblings_until(from, is_quiet)
    }

    /// The siblings behind this row that say the same, if they are many.
    fn repeats_of(&self, first: usize) -> Option<Repeats<'a>> {
        let is_whole = |at: usize| {
            let is_one_sided = matches!(self.rows[at].change, Change::New | Change::Gone);
            is_one_sided || self.ends[at] == at + 1
        };
        if !is_whole(first) {
            return None;
        }
        let said = said(&self.rows[first]);
        let from = self.ends[first];
        let is_repeat = |at: usize| is_whole(at) && said == self::said(&self.rows[at]);
        let same_depth = self.rows.get(from)?.depth == self.rows[first].depth;
        let to = if same_depth {
            self.siblings_until(from, is_repeat)
        } else {
            from
        };
        let siblings = std::iter::successors(Some(from), |&at| self.ends.get(at).copied());
        let siblings = siblings.take_while(|&at| at < to);
        let differences = siblings.map(|at| self.rows[at].difference_nanos());
        let (siblings, difference_nanos) =
            differences.fold((0, 0), |(count, sum), it| (count + 1, sum + it));
        (to - from >= FOLDED_MIN).then(|| Repeats {
            from,
            to,
            line: Shown::More {
                first: &self.rows[first],
                siblings,
                rows: to - from,
                difference_nanos,
            },
        })
    }

    /// Where the siblings end, from this one on, of which that holds.
    fn siblings_until(&self, from: usize, holds: impl Fn(usize) -> bool) -> usize {
        let depth = self.rows[from].depth;
        let mut at = from;
        while self.rows.get(at).is_some_and(|row| row.depth == depth) && holds(at) {
            at = self.ends[at];
        }
        at
    }
}

/// What a row says, but for its times.
fn said(row: &Row) -> (Change, Option<ErrorChange>, Option<&str>, &str) {
    (row.change, row.error, row.service.as_deref(), &row.name)
}
