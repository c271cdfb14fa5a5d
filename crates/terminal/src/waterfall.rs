//! A trace as a waterfall: its spans as a tree, and beside each a bar that shows when it ran.

mod bar;
mod columns;

use std::time::Duration;

use anstyle::{Effects, Style};
use clew_model::{Span, SpanId, SpanNode, SpanTree, Trace};

use self::bar::Scale;
use self::columns::Columns;
use crate::style::{BAD, DIM, MARK, Palette};
use crate::{Line, duration};

#[cfg(test)]
mod tests;

/// What is shown where a span's resource names no service.
const UNNAMED_SERVICE: &str = "unknown service";
/// Cells that a level of the tree is indented by.
const INDENT: usize = 2;

/// A trace as a waterfall.
#[derive(Debug)]
pub struct Waterfall<'a> {
    tree: SpanTree<'a>,
    marked: &'a [SpanId],
}

impl<'a> Waterfall<'a> {
    /// The waterfall of this trace.
    pub fn new(trace: &'a Trace) -> Self {
        Self {
            tree: SpanTree::new(trace),
            marked: &[],
        }
    }

    /// Points at these spans, and dims the others.
    #[must_use]
    pub fn mark(mut self, spans: &'a [SpanId]) -> Self {
        self.marked = spans;
        self
    }

    /// One line for the scale and one for each span, none wider than `width` cells (or than a
    /// waterfall can be made, some 40 cells).
    pub fn lines(&self, width: usize, palette: &mut Palette) -> Vec<Line> {
        let nodes = self.tree.nodes();
        let rows: Vec<Row> = (0..nodes.len())
            .map(|index| Row::new(nodes, index))
            .collect();
        let columns = Columns::new(&rows, width);
        let scale = Scale::new(nodes.iter().map(|node| node.span), columns.bar);
        let head = head(&columns, &scale);
        let lines = rows
            .iter()
            .map(|row| self.line(row, &columns, &scale, palette));
        std::iter::once(head).chain(lines).collect()
    }

    fn line(&self, row: &Row<'_>, columns: &Columns, scale: &Scale, palette: &mut Palette) -> Line {
        let color = palette.style(row.service);
        let emphasis = self.emphasis(row.span.span_id);
        let marker = match emphasis {
            Emphasis::Marked => "▶ ",
            Emphasis::None | Emphasis::Dimmed => "",
        };
        let duration_style = if row.span.is_error() {
            BAD
        } else {
            emphasis.style()
        };
        Line::styled(MARK, marker)
            .fit(columns::MARKER)
            .join(Line::styled(color, row.service).fit(columns.service))
            .join(Line::plain("").fit(columns::GAP))
            .join(row.label(emphasis, columns.label).fit(columns.label))
            .join(Line::plain("").fit(columns::GAP))
            .join(scale.bar(row.span, emphasis.of(color)))
            .join(Line::plain("").fit(columns::GAP))
            .join(columns.duration(&row.duration, duration_style))
    }

    fn emphasis(&self, span: SpanId) -> Emphasis {
        match self.marked {
            [] => Emphasis::None,
            marked if marked.contains(&span) => Emphasis::Marked,
            _ => Emphasis::Dimmed,
        }
    }
}

/// How much a span is to be seen.
#[derive(Clone, Copy)]
enum Emphasis {
    None,
    Marked,
    Dimmed,
}

impl Emphasis {
    /// The colour of something that is coloured anyway.
    fn of(self, color: Style) -> Style {
        match self {
            Self::None | Self::Marked => color,
            Self::Dimmed => color.effects(Effects::DIMMED),
        }
    }

    fn style(self) -> Style {
        match self {
            Self::None => Style::new(),
            Self::Marked => Style::new().effects(Effects::BOLD),
            Self::Dimmed => DIM,
        }
    }
}

/// What is written about a span.
struct Row<'a> {
    span: &'a Span,
    service: &'a str,
    /// For each ancestor below the top, outermost first, and the span itself: whether it is the
    /// last child of its parent. Of a deep tree only the innermost levels are kept.
    last_children: Vec<bool>,
    depth: usize,
    is_orphan: bool,
    duration: String,
}

/// More levels than fit the widest label are not worth following.
const LEVELS_MAX: usize = 64;

impl<'a> Row<'a> {
    fn new(nodes: &[SpanNode<'a>], index: usize) -> Self {
        let node = &nodes[index];
        let ancestry = std::iter::successors(Some(node), |node| node.parent.map(|up| &nodes[up]));
        let mut last_children: Vec<bool> = ancestry
            .take(node.depth.min(LEVELS_MAX))
            .map(|node| node.is_last_child)
            .collect();
        last_children.reverse();
        Self {
            span: node.span,
            service: node.span.service_name().unwrap_or(UNNAMED_SERVICE),
            last_children,
            depth: node.depth,
            is_orphan: node.is_orphan(),
            duration: duration(node.span.duration()),
        }
    }

    /// How many cells the label takes if nothing is cut.
    fn label_width(&self) -> usize {
        self.label(Emphasis::None, usize::MAX).width()
    }

    fn label(&self, emphasis: Emphasis, width: usize) -> Line {
        let mut line = self.guides(width / 2);
        if self.span.is_error() {
            line.push(BAD, "✗ ");
        }
        line.push(emphasis.style(), &self.span.name);
        if self.is_orphan {
            line.push(DIM, " (parent missing)");
        }
        line
    }

    /// The tree's lines to the left of the name, the outermost left out where there are too many.
    fn guides(&self, width: usize) -> Line {
        let levels = self.last_children.len().min(width / INDENT);
        let (_, innermost) = self
            .last_children
            .split_at(self.last_children.len() - levels);
        let mut guides = String::new();
        if levels < self.depth {
            guides.push_str("… ");
        }
        if let Some((&is_last, ancestors)) = innermost.split_last() {
            guides.extend(ancestors.iter().map(|&last| if last { "  " } else { "│ " }));
            guides.push_str(if is_last { "└ " } else { "├ " });
        }
        Line::styled(DIM, &guides)
    }
}

fn head(columns: &Columns, scale: &Scale) -> Line {
    Line::plain("")
        .fit(columns::MARKER)
        .join(Line::styled(DIM, "service").fit(columns.service))
        .join(Line::plain("").fit(columns::GAP))
        .join(Line::styled(DIM, "span").fit(columns.label))
        .join(Line::plain("").fit(columns::GAP))
        .join(scale.ticks().fit(columns.bar))
        .join(Line::plain("").fit(columns::GAP))
        .join(columns.duration("took", DIM))
}

/// How long the trace took, from the start of its first span to the end of its last.
pub fn trace_duration(trace: &Trace) -> Duration {
    bar::extent(&trace.spans).1
}
