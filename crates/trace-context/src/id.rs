//! The two identifiers of a span: which trace it belongs to, and which span of it it is.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#trace-id> and `#parent-id`.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;

use crate::hex;

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseIdError {
    /// The text has `found` bytes where `expected` hexadecimal digits belong.
    Length {
        /// How many digits the id has.
        expected: usize,
        /// How many bytes there are.
        found: usize,
    },
    /// The byte at `offset` is not a hexadecimal digit.
    Digit {
        /// Where, counted in bytes from the start of the id.
        offset: usize,
        /// What stands there.
        byte: u8,
    },
    /// Every digit is zero, which the specification keeps for "no id".
    Zero,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(
                    f,
                    "an id of {expected} hexadecimal digits has {found} characters here"
                )
            }
            Self::Digit { offset, byte } => {
                let shown = byte.escape_ascii();
                write!(
                    f,
                    "'{shown}' at position {offset} is not a hexadecimal digit"
                )
            }
            Self::Zero => f.write_str("an id of zeros means \"no id\""),
        }
    }
}

impl std::error::Error for ParseIdError {}

/// Reads exactly the digits of an id of `BYTES` bytes; both cases are accepted.
fn parse_hex<const BYTES: usize>(text: &[u8]) -> Result<[u8; BYTES], ParseIdError> {
    if text.len() != 2 * BYTES {
        return Err(ParseIdError::Length {
            expected: 2 * BYTES,
            found: text.len(),
        });
    }
    hex::decode(text, hex::EITHER_CASE).map_err(|offset| ParseIdError::Digit {
        offset,
        byte: text[offset],
    })
}

macro_rules! id {
    ($name:ident, $nonzero:ty, $int:ty, $bytes:literal, $doc:literal) => {
        #[doc = $doc]
        ///
        /// Never zero. Displayed as lower-case hexadecimal digits; ordered as a number.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($nonzero);

        impl $name {
            /// The id of these bytes in network order, or `None` if they are all zero.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Option<Self> {
                match <$nonzero>::new(<$int>::from_be_bytes(bytes)) {
                    Some(value) => Some(Self(value)),
                    None => None,
                }
            }

            /// The bytes of the id, in network order.
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0.get().to_be_bytes()
            }
        }

        /// Hexadecimal digits in either case, exactly as many as the id has; a header is stricter
        /// (see `TraceParent`).
        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Self::from_bytes(parse_hex(text.as_bytes())?).ok_or(ParseIdError::Zero)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut digits = [0; 2 * $bytes];
                hex::encode(&self.to_bytes(), &mut digits);
                // Digits are ASCII, so that this cannot fail.
                f.pad(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id!(
    TraceId,
    NonZeroU128,
    u128,
    16,
    "Which trace a span belongs to: 16 bytes, shared by all its spans."
);
id!(
    SpanId,
    NonZeroU64,
    u64,
    8,
    "Which span it is within its trace: 8 bytes."
);

#[cfg(test)]
mod tests;
