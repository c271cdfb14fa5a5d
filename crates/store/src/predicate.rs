//! What must hold of a span or a log record.

mod compare;
#[cfg(test)]
mod tests;

use clew_model::ValueRef;
use regex::Regex;

use crate::Record;
use crate::field::{Field, FieldRef, Scalar};

/// What must hold of one span or one log record, all of it of the same one.
///
/// A predicate on a [`Field`] holds if it holds of **one of the values** that the span has there;
/// of a field without a value nothing holds, so that `!=` and `Not` of `=` differ: a span without
/// the attribute `user` is none whose `user` is not `anna`, and it is one of which `user = anna`
/// does not hold. That is how TraceQL defines it. Two predicates on events may hold of two events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// All of these hold; so does an empty list.
    All(Vec<Predicate>),
    /// One of these holds; none of an empty list does.
    Any(Vec<Predicate>),
    /// This does not hold.
    Not(Box<Predicate>),
    /// A value compares so with this one. Integers and floating-point numbers compare by their
    /// exact values, text by its bytes, other types only with themselves. Nothing compares with
    /// bytes, arrays, maps, and attributes without a value.
    Compare(Field, Comparison, Scalar),
    /// A text value fits the pattern.
    Matches(Field, Pattern),
    /// A text value has this within it.
    Contains(Field, String),
    /// A text value has this within it, with no letter or digit right before and after it.
    HasWord(Field, String),
    /// There is a value, be it an empty one.
    Exists(Field),
    /// The text form of a value is exactly this, whatever its type: Jaeger's tags.
    TextEquals(Field, String),
}

/// How a value compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal.
    Equal,
    /// They are of types that compare, and differ.
    NotEqual,
    /// The span's value comes before.
    Less,
    /// The span's value comes before, or they are equal.
    LessOrEqual,
    /// The span's value comes after.
    Greater,
    /// The span's value comes after, or they are equal.
    GreaterOrEqual,
}

/// A regular expression, in the syntax of the `regex` crate. It takes time in proportion to the
/// text, whatever it says.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    /// What it was made of, if that was plain text.
    text: Option<PlainText>,
}

/// Text that every text has that a pattern fits.
#[derive(Debug, Clone)]
struct PlainText {
    text: Box<str>,
    search: TextSearch,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        let text = |it: &Self| it.text.as_ref().map(|plain| plain.text.clone());
        (self.regex.as_str(), text(self)) == (other.regex.as_str(), text(other))
    }
}

impl Eq for Pattern {}

/// Where in the text a pattern may fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchoring {
    /// It must fit the whole text.
    Whole,
    /// It may fit anywhere within.
    Within,
}

/// The text is not a regular expression, or too large a one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(#[from] regex::Error);

/// How much memory a compiled pattern may take. Such as people write take a few kilobytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// If it is none, with the place; or if it would take too much memory.
    pub fn new(text: &str, anchoring: Anchoring) -> Result<Self, PatternError> {
        // On its own first, so that an error shows what was written.
        let regex = build(text)?;
        let regex = match anchoring {
            Anchoring::Within => regex,
            Anchoring::Whole => build(&format!(r"\A(?:{text})\z"))?,
        };
        Ok(Self { regex, text: None })
    }

    /// Fits a text that has this one within it, whatever the case of letters.
    ///
    /// # Errors
    /// If it would take too much memory.
    pub fn of_text(text: &str) -> Result<Self, PatternError> {
        let mut regex = regex::RegexBuilder::new(&regex::escape(text));
        let regex = regex.case_insensitive(true).size_limit(PATTERN_BYTES_MAX);
        Ok(Self {
            regex: regex.build()?,
            text: Some(PlainText {
                text: text.into(),
                search: TextSearch::new(text)?,
            }),
        })
    }

    /// Whether the text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Looks for some text, whatever the case of its letters, in texts that stand one behind the other.
#[derive(Debug, Clone)]
pub struct TextSearch(regex::bytes::Regex);

impl TextSearch {
    fn new(text: &str) -> Result<Self, regex::Error> {
        let mut regex = regex::bytes::RegexBuilder::new(&regex::escape(text));
        let regex = regex.case_insensitive(true).size_limit(PATTERN_BYTES_MAX);
        regex.build().map(Self)
    }

    /// Where the text stands first from this byte on.
    pub fn find(&self, texts: &[u8], from: usize) -> Option<usize> {
        self.0.find_at(texts, from).map(|found| found.start())
    }
}

fn build(text: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(text)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
}

impl Predicate {
    /// What every one is.
    pub const TRUE: Self = Self::All(Vec::new());

    /// A value of the field equals this one.
    pub fn equal(field: impl Into<Field>, value: impl Into<Scalar>) -> Self {
        Self::Compare(field.into(), Comparison::Equal, value.into())
    }

    /// Whether it holds of the span or log record.
    pub fn holds<'a>(&self, record: impl Record<'a>) -> bool {
        match self {
            Self::All(predicates) => predicates.iter().all(|it| it.holds(record)),
            Self::Any(predicates) => predicates.iter().any(|it| it.holds(record)),
            Self::Not(predicate) => !predicate.holds(record),
            Self::Compare(field, ..)
            | Self::Matches(field, _)
            | Self::Contains(field, _)
            | Self::HasWord(field, _)
            | Self::Exists(field)
            | Self::TextEquals(field, _) => field.any(record, |value| self.holds_of(value)),
        }
    }

    /// The field that it is about, if it is about one.
    pub fn field(&self) -> Option<&Field> {
        match self {
            Self::All(_) | Self::Any(_) | Self::Not(_) => None,
            Self::Compare(field, ..)
            | Self::Matches(field, _)
            | Self::Contains(field, _)
            | Self::HasWord(field, _)
            | Self::Exists(field)
            | Self::TextEquals(field, _) => Some(field),
        }
    }

    /// The same, to make it one about another field.
    pub fn field_mut(&mut self) -> Option<&mut Field> {
        match self {
            Self::All(_) | Self::Any(_) | Self::Not(_) => None,
            Self::Compare(field, ..)
            | Self::Matches(field, _)
            | Self::Contains(field, _)
            | Self::HasWord(field, _)
            | Self::Exists(field)
            | Self::TextEquals(field, _) => Some(field),
        }
    }

    /// Whether it holds of this value of its field: then it holds of a span that has the value, so
    /// that a store can look at each distinct value once. Nothing is said of one that is about no
    /// field.
    pub fn holds_of(&self, value: FieldRef<'_>) -> bool {
        let text = match value {
            FieldRef::Value(ValueRef::String(text)) => Some(text),
            _ => None,
        };
        match self {
            Self::All(_) | Self::Any(_) | Self::Not(_) => false,
            Self::Compare(_, comparison, scalar) => compare::holds(value, *comparison, scalar),
            Self::Matches(_, pattern) => text.is_some_and(|text| pattern.fits(text)),
            Self::Contains(_, part) => text.is_some_and(|text| text.contains(part)),
            Self::HasWord(_, word) => text.is_some_and(|text| has_word(text, word)),
            Self::Exists(_) => true,
            Self::TextEquals(_, text) => value.has_text_form(text),
        }
    }

    /// The only text of which it holds, if it is one that holds of one text.
    pub fn equal_text(&self) -> Option<&str> {
        match self {
            Self::Compare(_, Comparison::Equal, Scalar::String(text))
            | Self::TextEquals(_, text) => Some(text),
            _ => None,
        }
    }

    /// Text that every text has within it of which it holds, whatever the case of letters.
    pub fn required_text(&self) -> Option<&str> {
        match self {
            Self::Matches(_, pattern) => pattern.text.as_ref().map(|plain| &*plain.text),
            Self::Contains(_, text) | Self::HasWord(_, text) => Some(text),
            _ => self.equal_text(),
        }
    }

    /// The same, ready to be looked for in many texts at once; `None` if it holds of texts that have no
    /// text in common, or of the empty one.
    pub fn text_search(&self) -> Option<TextSearch> {
        let text = self.required_text().filter(|text| !text.is_empty())?;
        match self {
            Self::Matches(_, pattern) => pattern.text.as_ref().map(|plain| plain.search.clone()),
            _ => TextSearch::new(text).ok(),
        }
    }

    /// Whether, if it holds of two values of its field, it holds of all between them; and if of
    /// neither, of none.
    pub fn is_monotone(&self) -> bool {
        use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
        matches!(
            self,
            Self::Compare(_, Less | LessOrEqual | Greater | GreaterOrEqual, _) | Self::Exists(_)
        )
    }
}

/// Whether the text has the word in it, with no letter or digit right before and after it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
