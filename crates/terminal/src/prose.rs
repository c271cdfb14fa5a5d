//! Paragraphs, lists and listings.

use anstyle::Style;

use crate::style::{CODE, DIM};
use crate::{Line, text};

#[cfg(test)]
mod tests;

/// The widest that a paragraph gets, for the sake of the reader's eye.
const MEASURE_MAX: usize = 88;

/// The text as lines of at most `width` cells (and never more than reads well), broken at spaces;
/// what stands between backticks is shown as code.
pub fn paragraph(text: &str, width: usize) -> Vec<Line> {
    let width = width.min(MEASURE_MAX);
    let mut lines = vec![Line::new()];
    for word in words(text) {
        let last = lines.len() - 1;
        let used = lines[last].width();
        if used == 0 {
            lines[last] = word;
        } else if used + 1 + word.width() <= width {
            let line = std::mem::take(&mut lines[last]);
            lines[last] = line.with(Style::new(), " ").join(word);
        } else {
            lines.push(word);
        }
    }
    lines.into_iter().map(|line| line.cut(width)).collect()
}

/// The words of the text, which are separated by spaces; code between backticks may hold spaces.
fn words(text: &str) -> Vec<Line> {
    let mut words = Vec::new();
    let mut word = Line::new();
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        if is_code {
            word.push(CODE, part);
            continue;
        }
        for (place, piece) in part.split(' ').enumerate() {
            if place > 0 {
                words.push(std::mem::take(&mut word));
            }
            word.push(Style::new(), piece);
        }
    }
    words.push(word);
    words.retain(|word| word.width() > 0);
    words
}

/// Source code as it stands in its file, moved to the left as far as it goes, behind a bar in this
/// style. A line that is too long goes on below.
pub fn listing(source: &str, bar: &str, style: Style, width: usize) -> Vec<Line> {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let lines = || source.lines().map(str::trim_end);
    let common = lines()
        .filter(|line| !line.is_empty())
        .map(indentation)
        .min()
        .unwrap_or(0);
    let bar = Line::styled(style, bar).with(Style::new(), " ");
    let room = width.saturating_sub(bar.width()).max(1);
    lines()
        .map(|line| line.get(common..).unwrap_or_default())
        .flat_map(|line| broken(line, room))
        .map(|line| bar.clone().join(line))
        .collect()
}

/// The line in pieces of at most so many cells.
fn broken(line: &str, cells: usize) -> Vec<Line> {
    let style = if line.trim_start().starts_with("//") {
        DIM
    } else {
        CODE
    };
    let mut lines = Vec::new();
    let mut rest = line;
    loop {
        let head = text::head(rest, cells);
        // A character wider than the line is left out, or this would not end.
        let end = if head.is_empty() {
            rest.len()
        } else {
            head.len()
        };
        lines.push(Line::styled(style, head));
        rest = &rest[end..];
        if rest.is_empty() {
            return lines;
        }
    }
}
