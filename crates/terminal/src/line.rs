//! A line of styled text: the only way to the terminal.

use std::fmt;

use anstyle::Style;

use crate::text;

#[cfg(test)]
mod tests;

/// What is shown where a line was cut.
const CUT: &str = "…";

/// A line of styled text.
///
/// Every text is made [harmless](text::harmless) as it enters, and escape sequences come into
/// being only when the line is displayed, from its styles: whatever a span says, none of its own
/// reaches the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    style: Style,
    text: String,
}

impl Line {
    /// A line without text.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of this text, not styled.
    pub fn plain(text: &str) -> Self {
        Self::new().with(Style::new(), text)
    }

    /// A line of this text in this style.
    pub fn styled(style: Style, text: &str) -> Self {
        Self::new().with(style, text)
    }

    /// The line with this text at its end.
    #[must_use]
    pub fn with(mut self, style: Style, text: &str) -> Self {
        self.push(style, text);
        self
    }

    /// The line with another line at its end.
    #[must_use]
    pub fn join(mut self, line: Self) -> Self {
        self.pieces.extend(line.pieces);
        self
    }

    /// Adds the text at the end.
    pub fn push(&mut self, style: Style, text: &str) {
        if !text.is_empty() {
            let text = text::harmless(text).into_owned();
            self.pieces.push(Piece { style, text });
        }
    }

    /// How many cells the line fills.
    pub fn width(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| text::width(&piece.text))
            .sum()
    }

    /// The line in exactly so many cells: filled up with spaces, or cut with an ellipsis.
    #[must_use]
    pub fn fit(self, cells: usize) -> Self {
        let line = self.cut(cells);
        let missing = cells.saturating_sub(line.width());
        line.with(Style::new(), &" ".repeat(missing))
    }

    /// The line in at most so many cells: cut with an ellipsis if it is longer.
    #[must_use]
    pub fn cut(self, cells: usize) -> Self {
        if self.width() <= cells {
            return self;
        }
        let mut left = cells.saturating_sub(text::width(CUT));
        let mut line = Self::new();
        for Piece { style, text } in self.pieces {
            let head = text::head(&text, left);
            left -= text::width(head);
            line.push(style, head);
            if head.len() < text.len() {
                line.push(style, if cells > 0 { CUT } else { "" });
                break;
            }
        }
        line
    }

    /// The line in pieces of at most so many cells, broken wherever one is full.
    pub fn broken(self, cells: usize) -> Vec<Self> {
        let mut lines = vec![Self::new()];
        let mut left = cells;
        for Piece { style, text } in self.pieces {
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let head = text::head(rest, left);
                if head.is_empty() && left == cells {
                    // A character wider than a whole line can be shown nowhere.
                    break;
                }
                let last = lines.len() - 1;
                lines[last].push(style, head);
                left -= text::width(head);
                rest = &rest[head.len()..];
                if !rest.is_empty() {
                    lines.push(Self::new());
                    left = cells;
                }
            }
        }
        lines
    }

    /// The line after so many spaces.
    #[must_use]
    pub fn indent(self, cells: usize) -> Self {
        Self::plain(&" ".repeat(cells)).join(self)
    }

    /// The text without its styles.
    pub fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect()
    }
}

/// With escape sequences for its styles; write it to an `anstream`, which leaves them out where
/// they do not belong.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Piece { style, text } in &self.pieces {
            write!(f, "{style}{text}{style:#}")?;
        }
        Ok(())
    }
}
