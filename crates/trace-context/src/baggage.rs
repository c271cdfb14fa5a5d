//! The `baggage` header, passed through: application data that travels with a request.
//!
//! Source: <https://www.w3.org/TR/baggage/>.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::trim_ows;

/// The members of `baggage`, as they came.
///
/// Nothing here looks into a member: it is passed on, byte by byte, for the services further down.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Baggage {
    text: String,
}

impl Baggage {
    /// The name of the header.
    pub const HEADER: HeaderName = HeaderName::from_static("baggage");

    /// How many members a platform must pass on.
    ///
    /// Source: <https://www.w3.org/TR/baggage/#limits>.
    pub const MEMBERS_MAX: usize = 64;

    /// How many bytes a platform must pass on, commas included.
    ///
    /// Source: <https://www.w3.org/TR/baggage/#limits>.
    pub const LEN_MAX: usize = 8192;

    /// The baggage of a request; empty if it has none.
    pub fn extract(headers: &HeaderMap) -> Self {
        Self::from_lines(headers.get_all(Self::HEADER))
    }

    /// Joins all header lines in their order. Once a limit is reached, the members that follow are
    /// dropped, which the specification allows; a member is passed on whole or not at all. One with
    /// bytes that a header may not hold is dropped, too.
    pub fn from_lines<L>(lines: L) -> Self
    where
        L: IntoIterator<Item: AsRef<[u8]>>,
    {
        let mut text = String::new();
        let mut members = 0;
        for line in lines {
            for member in line
                .as_ref()
                .split(|&byte| byte == b',')
                .filter_map(text_of)
            {
                let separator = if text.is_empty() { "" } else { "," };
                let len = text.len() + separator.len() + member.len();
                if members == Self::MEMBERS_MAX || len > Self::LEN_MAX {
                    return Self { text };
                }
                text.extend([separator, member]);
                members += 1;
            }
        }
        Self { text }
    }

    /// The members, separated by commas.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is none, and so no header to send.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Sets the header of an outgoing request; removes it if there is no baggage.
    pub fn inject(&self, headers: &mut HeaderMap) {
        if self.is_empty() {
            headers.remove(Self::HEADER);
        } else {
            headers.insert(Self::HEADER, self.to_header_value());
        }
    }

    fn to_header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.text).expect("only printable ASCII was taken in")
    }
}

/// What stands between two commas, without white space around it, if it is a member.
fn text_of(padded: &[u8]) -> Option<&str> {
    let (_, member) = trim_ows(padded);
    let printable = member
        .iter()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    (printable && !member.is_empty())
        .then(|| str::from_utf8(member).ok())
        .flatten()
}

#[cfg(test)]
mod tests;
