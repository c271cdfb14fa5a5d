//! Tables: columns as wide as their widest cell.

use anstyle::Style;

use crate::Line;

#[cfg(test)]
mod tests;

/// Cells between two columns.
const GAP: usize = 2;

/// The rows with their cells in columns, each line cut to `width` cells.
pub fn table(rows: &[Vec<Line>], width: usize) -> Vec<Line> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(Line::width).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    rows.iter()
        .map(|row| line(row, &widths).cut(width))
        .collect()
}

fn line(row: &[Line], widths: &[usize]) -> Line {
    let Some((last, cells)) = row.split_last() else {
        return Line::new();
    };
    let line = cells
        .iter()
        .zip(widths)
        .fold(Line::new(), |line, (cell, &width)| {
            line.join(cell.clone().fit(width + GAP))
        });
    line.join(last.clone()).with(Style::new(), "")
}
