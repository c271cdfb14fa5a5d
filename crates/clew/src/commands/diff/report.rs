//! Two traces as one tree, for a reader.

use std::time::Duration;

use clap::builder::styling::Style;
use clew_terminal::style::{BAD, DIM, GOOD, MARK};
use clew_terminal::{Line, Palette, duration};

use super::answer::{Change, ErrorChange, Row, Span, TraceDiff};
use super::fold::{Shown, folded};
use super::summary::summary;

/// Cells that a level of the tree is indented by.
const INDENT: usize = 2;

/// Cells between two columns.
const GAP: usize = 2;

/// The least that is left for the tree, however narrow the terminal is.
const LABEL_MIN: usize = 16;

const ARROW: &str = " → ";

/// The report, in lines of so many cells.
pub(super) fn report(diff: &TraceDiff, width: usize) -> Vec<Line> {
    let mut palette = Palette::default();
    let mut lines = summary(diff, width, &mut palette);
    lines.push(Line::new());
    let shown = folded(&diff.rows);
    let columns = Columns::of(&shown, width);
    let tree = shown.iter().map(|it| columns.line(it, &mut palette));
    lines.extend(tree.map(|line| line.cut(width)));
    lines
}

/// What stands before a row.
pub(super) fn mark(change: Change) -> Line {
    match change {
        Change::New => Line::styled(GOOD, "+ "),
        Change::Gone => Line::styled(BAD, "− "),
        Change::Slower => Line::styled(MARK, "↑ "),
        Change::Faster => Line::styled(GOOD, "↓ "),
        Change::Same => Line::plain("  "),
    }
}

/// A difference with its sign; nothing, if there is none.
pub(super) fn signed(nanos: i128) -> String {
    let sign = match nanos {
        0 => return String::new(),
        1.. => "+",
        _ => "−",
    };
    // Several may be more than 64 bits hold together, which is 584 years.
    let nanos = u64::try_from(nanos.unsigned_abs()).unwrap_or(u64::MAX);
    format!("{sign}{}", duration(Duration::from_nanos(nanos)))
}

/// How many cells the columns have.
struct Columns {
    label: usize,
    before: usize,
    after: usize,
    difference: usize,
}

/// What is written in the columns beside the tree.
#[derive(Default)]
struct Times {
    before: String,
    after: String,
    difference: String,
}

impl Times {
    fn of(shown: &Shown<'_>) -> Self {
        match shown {
            Shown::Row(row) => {
                let took = |span: &Option<Span>| {
                    let nanos = span.as_ref().map(|span| span.duration_nanos);
                    nanos.map_or(String::new(), |it| duration(Duration::from_nanos(it)))
                };
                Self {
                    before: took(&row.before),
                    after: took(&row.after),
                    difference: signed(row.difference_nanos()),
                }
            }
            Shown::Alike { .. } => Self::default(),
            Shown::More {
                difference_nanos, ..
            } => Self {
                difference: signed(*difference_nanos),
                ..Self::default()
            },
        }
    }
}

impl Columns {
    fn of(shown: &[Shown<'_>], width: usize) -> Self {
        let (mut before, mut after, mut difference) = (0, 0, 0);
        for times in shown.iter().map(Times::of) {
            before = before.max(times.before.chars().count());
            after = after.max(times.after.chars().count());
            difference = difference.max(times.difference.chars().count());
        }
        let beside = before + ARROW.chars().count() + after + difference + 2 * GAP;
        let label = width.saturating_sub(beside).max(LABEL_MIN);
        Self {
            label,
            before,
            after,
            difference,
        }
    }

    fn line(&self, shown: &Shown<'_>, palette: &mut Palette) -> Line {
        let Times {
            before,
            after,
            difference,
        } = Times::of(shown);
        match shown {
            Shown::Row(row) => {
                let style = match row.change {
                    Change::Same => DIM,
                    _ => Style::new(),
                };
                self.row(row, palette)
                    .fit(self.label + GAP)
                    .with(style, &format!("{before:>0$}", self.before))
                    .with(DIM, ARROW)
                    .with(style, &format!("{after:>0$}", self.after))
                    .with(style, &format!("{difference:>0$}", self.difference + GAP))
            }
            Shown::Alike { depth, rows } => self
                .indent(*depth)
                .indent(INDENT)
                .with(DIM, &format!("… {rows} spans alike")),
            Shown::More {
                first,
                siblings,
                rows,
                ..
            } => {
                let all = if rows > siblings {
                    format!("… {siblings} more like it, {rows} spans")
                } else {
                    format!("… {siblings} more like it")
                };
                let times = self.before + ARROW.chars().count() + self.after;
                mark(first.change)
                    .join(self.indent(first.depth))
                    .with(DIM, &all)
                    .fit(self.label + GAP + times)
                    .with(DIM, &format!("{difference:>0$}", self.difference + GAP))
            }
        }
    }

    /// What a row is, in at most the cells that there are for it.
    fn row(&self, row: &Row, palette: &mut Palette) -> Line {
        let error = match row.error {
            None => Line::new(),
            Some(ErrorChange::Appeared) => Line::styled(BAD, " ✗ new error"),
            Some(ErrorChange::WentAway) => Line::styled(GOOD, " ✓ error gone"),
        };
        let service = row.service();
        mark(row.change)
            .join(self.indent(row.depth))
            .with(palette.style(service), service)
            .with(Style::new(), " ")
            .with(Style::new(), &row.name)
            .cut(self.label.saturating_sub(error.width()))
            .join(error)
    }

    /// What is before a row of this depth: of a deep tree the outermost levels are left out.
    fn indent(&self, depth: usize) -> Line {
        let levels_max = self.label / 2 / INDENT;
        let levels = " ".repeat(INDENT * depth.min(levels_max));
        let is_deeper = depth > levels_max;
        Line::plain(&levels).with(DIM, if is_deeper { "… " } else { "" })
    }
}
