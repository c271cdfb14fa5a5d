//! Paragraphs, lists and listings.

use anstyle::Style;

use crate::Line;
use crate::style::{BAD, CODE, DIM, GOOD, TITLE};

#[cfg(test)]
mod tests;

/// The widest that a paragraph gets, for the sake of the reader's eye.
const MEASURE_MAX: usize = 88;

/// The text as lines of at most `width` cells (and never more than reads well), broken at spaces;
/// what is between backticks is shown as code, and a word
/// between asterisks is emphasised.
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
            push_emphasised(&mut word, piece);
        }
    }
    words.push(word);
    words.retain(|word| word.width() > 0);
    words
}

/// A piece of a word, of which `*that*` is emphasised.
fn push_emphasised(word: &mut Line, piece: &str) {
    for (index, part) in piece.split('*').enumerate() {
        let is_emphasised = index % 2 == 1;
        word.push(if is_emphasised { TITLE } else { Style::new() }, part);
    }
}

/// What happens to a line of source code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// It comes.
    Added,
    /// It goes.
    Removed,
}

impl Edit {
    /// How the line begins, as in every diff.
    fn mark(self) -> Line {
        match self {
            Self::Added => Line::styled(GOOD, "+ "),
            Self::Removed => Line::styled(BAD, "- "),
        }
    }
}

/// Lines of source code and what happens to them, moved to the left as far as they go together. A
/// line that is too long is cut: going on below, it would look like another line of the diff.
pub fn listing<'a>(source: impl IntoIterator<Item = (Edit, &'a str)>, width: usize) -> Vec<Line> {
    let source: Vec<(Edit, &str)> = source.into_iter().collect();
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let code = source.iter().map(|(_, line)| *line);
    let filled = code.filter(|line| !line.trim().is_empty());
    let common = filled.map(indentation).min().unwrap_or(0);
    let drawn = |(edit, line): (Edit, &'a str)| {
        let code = code_line(line.get(common..).unwrap_or_default());
        edit.mark().join(code).cut(width)
    };
    source.into_iter().map(drawn).collect()
}

fn code_line(line: &str) -> Line {
    let is_comment = line.trim_start().starts_with("//");
    Line::styled(if is_comment { DIM } else { Style::new() }, line)
}
