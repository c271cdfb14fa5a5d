//! The `tracestate` header: what each tracing system on the way has to say, opaque to the others.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#tracestate-header>.

use std::fmt;
use std::str::FromStr;

use crate::trim_ows;

/// The members of `tracestate`, the one that was written last first.
///
/// It holds one text, `key=value,key=value`: the members as they came, without empty ones and
/// without the optional white space around them, both of which the specification lets a vendor
/// drop. Its length is bounded by the grammar: [`TraceState::MEMBERS_MAX`] members with keys and
/// values of at most 256 characters, 16,447 characters in all; a valid list is never shortened.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct TraceState {
    text: String,
}

impl TraceState {
    /// The name of the header.
    pub const HEADER: http::HeaderName = http::HeaderName::from_static("tracestate");

    /// The specification's limit. A list that comes in with more is discarded; adding one to a full
    /// list drops the right-most.
    pub const MEMBERS_MAX: usize = 32;

    /// The specification's limit for a key, and that for a value, in characters.
    pub const TEXT_LEN_MAX: usize = 256;

    /// Reads the value of one header line.
    ///
    /// # Errors
    /// The first byte that breaks the grammar, and which rule it breaks. The specification lets a
    /// vendor discard a list that has any such byte, and this crate does.
    pub fn parse(value: impl AsRef<[u8]>) -> Result<Self, ParseTraceStateError> {
        Self::from_lines([value])
    }

    /// Reads the values of all header lines in their order, which HTTP defines to mean the same as
    /// one line with commas between them. Empty members do not count towards the limit: they come
    /// from empty lines and are not sent on.
    ///
    /// # Errors
    /// As [`TraceState::parse`]; the offset is that in the combined value.
    pub fn from_lines<L>(lines: L) -> Result<Self, ParseTraceStateError>
    where
        L: IntoIterator<Item: AsRef<[u8]>>,
    {
        let mut list = ListReader::default();
        for line in lines {
            list.read_line(line.as_ref())?;
        }
        Ok(Self { text: list.text })
    }

    /// The list as it is sent: empty if there are no members, and then no header is to be sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Keys and values, from left to right. A key that came twice stands here twice.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.text
            .split(',')
            .filter_map(|member| member.split_once('='))
    }

    /// The value of `key`, the left-most and so the newest if it stands there more than once.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// Adds a member or changes its value. It moves to the front; the others keep their order. If
    /// the list was full, its right-most member goes.
    ///
    /// # Errors
    /// If `key` or `value` break the grammar, with the offset in `key=value`; the list stays as it
    /// was.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), ParseTraceStateError> {
        check_key(key.as_bytes())?;
        check_value(value.as_bytes()).map_err(|error| error.after(key.len() + 1))?;
        let mut text = format!("{key}={value}");
        for (key, value) in self
            .members()
            .filter(|&(name, _)| name != key)
            .take(Self::MEMBERS_MAX - 1)
        {
            text.extend([",", key, "=", value]);
        }
        self.text = text;
        Ok(())
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.members()).finish()
    }
}

impl FromStr for TraceState {
    type Err = ParseTraceStateError;

    fn from_str(text: &str) -> Result<Self, ParseTraceStateError> {
        Self::parse(text)
    }
}

/// Why a text is no `tracestate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseTraceStateError {
    /// The first wrong byte, counted from the start of the value; the value's length if it ends too
    /// early.
    pub offset: usize,
    /// What is wrong with it.
    pub violation: TraceStateViolation,
}

impl ParseTraceStateError {
    const fn new(offset: usize, violation: TraceStateViolation) -> Self {
        Self { offset, violation }
    }

    /// The same error, seen from `offset` bytes further left.
    const fn after(self, offset: usize) -> Self {
        Self::new(self.offset + offset, self.violation)
    }
}

/// The rule of `tracestate`'s grammar that a byte breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceStateViolation {
    /// A key starts with a lower-case letter or a digit.
    KeyStart {
        /// What stands there.
        found: u8,
    },
    /// A key has lower-case letters, digits and `_-*/@`.
    KeyCharacter {
        /// What stands there.
        found: u8,
    },
    /// There is no key before the equals sign.
    EmptyKey,
    /// A key has at most [`TraceState::TEXT_LEN_MAX`] characters; this is the first too many.
    KeyTooLong,
    /// A member ends without an equals sign.
    NoEquals,
    /// A value has printable ASCII characters except the comma and the equals sign.
    ValueCharacter {
        /// What stands there.
        found: u8,
    },
    /// There is no value after the equals sign.
    EmptyValue,
    /// A value has at most [`TraceState::TEXT_LEN_MAX`] characters; this is the first too many.
    ValueTooLong,
    /// A value ends in a character that is no space.
    ValueEnd,
    /// A list has at most [`TraceState::MEMBERS_MAX`] members; the first too many starts here.
    TooManyMembers,
}

impl fmt::Display for ParseTraceStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tracestate is invalid at byte offset {}: {}",
            self.offset, self.violation
        )
    }
}

impl fmt::Display for TraceStateViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = TraceState::TEXT_LEN_MAX;
        match *self {
            Self::KeyStart { found } => {
                let found = found.escape_ascii();
                write!(f, "'{found}' starts a key, but only a-z and 0-9 may")
            }
            Self::KeyCharacter { found } => {
                let found = found.escape_ascii();
                write!(f, "'{found}' in a key, which has a-z, 0-9 and _-*/@ only")
            }
            Self::EmptyKey => f.write_str("there is no key before the equals sign"),
            Self::KeyTooLong => write!(f, "a key has at most {limit} characters"),
            Self::NoEquals => f.write_str("a member is key=value, but it ends without '='"),
            Self::ValueCharacter { found } => {
                let found = found.escape_ascii();
                write!(
                    f,
                    "'{found}' in a value, which has printable ASCII without ',' and '='"
                )
            }
            Self::EmptyValue => f.write_str("there is no value after the equals sign"),
            Self::ValueTooLong => write!(f, "a value has at most {limit} characters"),
            Self::ValueEnd => f.write_str("a value must not end in a space"),
            Self::TooManyMembers => {
                let limit = TraceState::MEMBERS_MAX;
                write!(f, "a list has at most {limit} members")
            }
        }
    }
}

impl std::error::Error for ParseTraceStateError {}

/// A list while it is read, line by line.
#[derive(Default)]
struct ListReader {
    text: String,
    members: usize,
    /// Where the next line starts in the combined value.
    offset: usize,
}

impl ListReader {
    fn read_line(&mut self, line: &[u8]) -> Result<(), ParseTraceStateError> {
        for member in line.split(|&byte| byte == b',') {
            self.read_member(member)?;
            self.offset += member.len() + 1;
        }
        Ok(())
    }

    /// Takes in what stands between two commas.
    fn read_member(&mut self, padded: &[u8]) -> Result<(), ParseTraceStateError> {
        let (padding, member) = trim_ows(padded);
        let start = self.offset + padding;
        if member.is_empty() {
            return Ok(());
        }
        if self.members == TraceState::MEMBERS_MAX {
            let violation = TraceStateViolation::TooManyMembers;
            return Err(ParseTraceStateError::new(start, violation));
        }
        let member = check_member(member).map_err(|error| error.after(start))?;
        if self.members > 0 {
            self.text.push(',');
        }
        self.text.push_str(member);
        self.members += 1;
        Ok(())
    }
}

/// The member as text, if it is `key=value`.
fn check_member(member: &[u8]) -> Result<&str, ParseTraceStateError> {
    let Some(equals) = member.iter().position(|&byte| byte == b'=') else {
        check_key(member)?;
        let violation = TraceStateViolation::NoEquals;
        return Err(ParseTraceStateError::new(member.len(), violation));
    };
    check_key(&member[..equals])?;
    check_value(&member[equals + 1..]).map_err(|error| error.after(equals + 1))?;
    Ok(str::from_utf8(member).expect("every byte was found to be ASCII"))
}

fn check_key(key: &[u8]) -> Result<(), ParseTraceStateError> {
    use TraceStateViolation as V;
    for (offset, &found) in key.iter().enumerate() {
        let violation = match found {
            _ if offset == TraceState::TEXT_LEN_MAX => V::KeyTooLong,
            b'a'..=b'z' | b'0'..=b'9' => continue,
            _ if offset == 0 => V::KeyStart { found },
            b'_' | b'-' | b'*' | b'/' | b'@' => continue,
            _ => V::KeyCharacter { found },
        };
        return Err(ParseTraceStateError::new(offset, violation));
    }
    if key.is_empty() {
        return Err(ParseTraceStateError::new(0, V::EmptyKey));
    }
    Ok(())
}

fn check_value(value: &[u8]) -> Result<(), ParseTraceStateError> {
    use TraceStateViolation as V;
    for (offset, &found) in value.iter().enumerate() {
        let violation = match found {
            _ if offset == TraceState::TEXT_LEN_MAX => V::ValueTooLong,
            b' '..=b'+' | b'-'..=b'<' | b'>'..=b'~' => continue,
            _ => V::ValueCharacter { found },
        };
        return Err(ParseTraceStateError::new(offset, violation));
    }
    match value.last() {
        None => Err(ParseTraceStateError::new(0, V::EmptyValue)),
        Some(b' ') => Err(ParseTraceStateError::new(value.len() - 1, V::ValueEnd)),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
