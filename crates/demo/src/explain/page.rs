//! The text of an explanation, as it grows from top to bottom.

use anstyle::{AnsiColor, Style};

/// The width that every terminal has.
const PAGE_COLUMNS: usize = 80;

/// Everything under a heading is indented by this.
const INDENT: &str = "  ";

/// How much of an invalid header is shown around the wrong byte, in columns: what the page has
/// between the indent and the marks for what was left out at either side.
const EXCERPT_COLUMNS: usize = PAGE_COLUMNS - INDENT.len() - 2 * ELLIPSIS.len();

/// How much of that is kept free for what follows the wrong byte.
const EXCERPT_COLUMNS_AFTER: usize = EXCERPT_COLUMNS / 5;

const ELLIPSIS: &str = "...";

const VALID: Style = AnsiColor::Green.on_default().bold();
const INVALID: Style = AnsiColor::Red.on_default().bold();
const LINK: Style = Style::new().underline();

/// A link into the specification, by the section's fragment.
macro_rules! section {
    ($fragment:literal) => {
        concat!("https://www.w3.org/TR/trace-context-2/#", $fragment)
    };
}
pub(super) use section;

/// The first thing that is wrong with a header.
pub(super) struct Mistake {
    /// The wrong byte; the value's length if it ends too early.
    pub(super) offset: usize,
    /// What is wrong with it.
    pub(super) problem: String,
    /// What may have led to it.
    pub(super) hint: Option<String>,
    /// What the specification says.
    pub(super) rule: &'static str,
    /// What a receiver does.
    pub(super) consequence: &'static str,
    /// Where the specification says it.
    pub(super) link: &'static str,
}

#[derive(Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The first line of a header that keeps to the specification.
    pub(super) fn valid_heading(&mut self, header: &str) {
        self.heading(VALID, &format!("{header} is valid"));
    }

    /// The whole of a header that breaks a rule: its value with a caret under the wrong byte, the
    /// problem and the rule.
    pub(super) fn mistake(&mut self, header: &str, value: &str, mistake: &Mistake) {
        let Mistake {
            offset,
            problem,
            hint,
            rule,
            consequence,
            link,
        } = mistake;
        self.heading(
            INVALID,
            &format!("{header} is invalid at byte offset {offset}"),
        );
        self.blank_line();
        let excerpt = Excerpt::around(value.as_bytes(), *offset);
        self.line(&excerpt.text);
        self.line(&format!(
            "{:column$}{}",
            "",
            styled(INVALID, "^"),
            column = excerpt.column
        ));
        self.line(&styled(INVALID, problem));
        if let Some(hint) = hint {
            self.line(hint);
        }
        self.blank_line();
        self.paragraph(0, rule);
        self.paragraph(0, consequence);
        self.blank_line();
        self.link(link);
    }

    pub(super) fn line(&mut self, line: &str) {
        self.text.extend([INDENT, line, "\n"]);
    }

    /// A name and what belongs to it, which starts at `column`.
    pub(super) fn entry(&mut self, column: usize, name: &str, value: &str) {
        self.line(&format!("{name:column$}{value}"));
    }

    /// Words, in as many lines as they need, from `column` on.
    pub(super) fn paragraph(&mut self, column: usize, words: &str) {
        let columns = PAGE_COLUMNS - INDENT.len() - column;
        let mut line = String::new();
        for word in words.split(' ') {
            if !line.is_empty() && line.len() + 1 + word.len() > columns {
                self.entry(column, "", &line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.entry(column, "", &line);
    }

    pub(super) fn link(&mut self, link: &str) {
        self.line(&styled(LINK, link));
    }

    pub(super) fn blank_line(&mut self) {
        self.text.push('\n');
    }

    fn heading(&mut self, style: Style, heading: &str) {
        self.text.extend([&*styled(style, heading), "\n"]);
    }
}

pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The bytes of a header as ASCII text without control characters, so that every character takes
/// one column and none commands the terminal.
pub(super) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&byte.escape_ascii().to_string()),
        }
    }
    text
}

/// The part of a header that is shown with a caret under one byte.
struct Excerpt {
    text: String,
    /// Where the byte is in `text`, counted from 0.
    column: usize,
}

impl Excerpt {
    fn around(value: &[u8], offset: usize) -> Self {
        let before = printable(&value[..offset]);
        let after = printable(&value[offset..]);
        let after_columns = after.len().min(EXCERPT_COLUMNS_AFTER);
        let start = (before.len() + after_columns).saturating_sub(EXCERPT_COLUMNS);
        let before_columns = before.len() - start;
        let end = after.len().min(EXCERPT_COLUMNS - before_columns);
        let left_out = |is_left_out| if is_left_out { ELLIPSIS } else { "" };
        let mark = left_out(start > 0);
        Self {
            text: [
                mark,
                &before[start..],
                &after[..end],
                left_out(end < after.len()),
            ]
            .concat(),
            column: mark.len() + before_columns,
        }
    }
}
