//! Figures in columns, as many as there is room for.

use clap::builder::styling::Style;
use clew_terminal::Line;
use clew_terminal::style::DIM;

use super::answer::Range;
use super::figures::{Cell, sparkline};

/// Cells between two columns.
const GAP: usize = 2;

/// The least that is left for what a row is called.
const LABEL_MIN: usize = 12;

/// A sparkline of fewer cells says nothing.
const SPARKLINE_MIN: usize = 8;

/// More makes it no clearer.
const SPARKLINE_MAX: usize = 30;

/// A row: what it is, its figures, and what there was over time.
pub(super) struct Row {
    pub(super) label: Line,
    pub(super) figures: Vec<Line>,
    /// `None` where it is not known.
    pub(super) over_time: Option<Vec<Cell>>,
}

/// The rows below the names of their columns, in lines of at most so many cells. Figures stand to the
/// right in their columns; of those for which there is no room, the last ones are left out.
pub(super) fn grid(head: &[&str], rows: &[Row], range: Range, width: usize) -> Vec<Line> {
    let (label_head, figure_heads) = head.split_first().unwrap_or((&"", &[]));
    let widths = figure_widths(figure_heads, rows, width);
    let figures: usize = widths.iter().map(|width| width + GAP).sum();
    let labels = rows.iter().map(|row| row.label.width());
    let widest = labels.max().unwrap_or(0).max(label_head.chars().count());
    let has_sparklines = rows.iter().any(|row| row.over_time.is_some());
    let left = width.saturating_sub(figures);
    let sparkline_min = GAP + SPARKLINE_MIN;
    let reserved = if has_sparklines && left >= LABEL_MIN + sparkline_min {
        sparkline_min
    } else {
        0
    };
    let label = widest.min(left.saturating_sub(reserved).max(LABEL_MIN));
    let room = left.saturating_sub(label + GAP).min(SPARKLINE_MAX);
    let head = figure_heads.iter().map(|head| Line::styled(DIM, head));
    let head: Vec<Line> = head.collect();
    let mut lines = vec![line(&Line::styled(DIM, label_head), &head, label, &widths)];
    for row in rows {
        let mut line = line(&row.label, &row.figures, label, &widths);
        if let Some(cells) = &row.over_time
            && room >= SPARKLINE_MIN
        {
            let drawn = sparkline(cells, range, room);
            line = line.with(Style::new(), &" ".repeat(GAP)).join(drawn);
        }
        lines.push(line);
    }
    lines.into_iter().map(|line| line.cut(width)).collect()
}

/// How wide each column of figures is, of those that there is room for.
fn figure_widths(heads: &[&str], rows: &[Row], width: usize) -> Vec<usize> {
    let widest = |(column, head): (usize, &&str)| {
        let cells = rows.iter().filter_map(|row| row.figures.get(column));
        let widest = cells.map(Line::width).max().unwrap_or(0);
        widest.max(head.chars().count())
    };
    let mut left = width.saturating_sub(LABEL_MIN);
    let fits = |cells: &usize| {
        let fits = cells + GAP <= left;
        left = left.saturating_sub(cells + GAP);
        fits
    };
    heads
        .iter()
        .enumerate()
        .map(widest)
        .take_while(fits)
        .collect()
}

fn line(label: &Line, figures: &[Line], label_width: usize, widths: &[usize]) -> Line {
    let label = label.clone().fit(label_width);
    let figures = figures.iter().zip(widths);
    figures.fold(label, |line, (figure, width)| {
        let missing = (width + GAP).saturating_sub(figure.width());
        line.with(Style::new(), &" ".repeat(missing))
            .join(figure.clone())
    })
}
