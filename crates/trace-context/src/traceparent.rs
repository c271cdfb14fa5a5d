//! The `traceparent` header: which trace a request belongs to and which span sent it.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#traceparent-header>.

use std::fmt;
use std::ops::{BitOr, Range};
use std::str::FromStr;

use http::HeaderValue;

use crate::hex;
use crate::id::{SpanId, TraceId};

/// What `traceparent` says: the trace, the span that sent the request, and the flags.
///
/// It is formatted as version 00, whichever version it was read from: a vendor writes the highest
/// version it knows. The bytes are exactly [`TraceParent::LEN`] characters of lower-case ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    version: Version,
    trace_id: TraceId,
    parent_id: SpanId,
    flags: TraceFlags,
}

impl TraceParent {
    /// The name of the header.
    pub const HEADER: http::HeaderName = http::HeaderName::from_static("traceparent");

    /// How many characters a header of version 00 has, neither more nor less.
    pub const LEN: usize = 55;

    /// The header that the span `parent_id` sends, in the version of the specification that this
    /// crate writes.
    pub const fn new(trace_id: TraceId, parent_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            version: Version::CURRENT,
            trace_id,
            parent_id,
            flags,
        }
    }

    /// Reads the value of a header, without white space around it.
    ///
    /// Of a version above 00 the four known fields are read and what follows them is ignored; flags
    /// that this version does not define are dropped.
    ///
    /// # Errors
    /// The first byte that breaks the grammar, and which rule it breaks.
    pub fn parse(value: impl AsRef<[u8]>) -> Result<Self, ParseTraceParentError> {
        let text = value.as_ref();
        let version = Version::parse(text)?;
        dash_after(TraceParentField::Version, text)?;
        let trace_id = TraceId::from_bytes(digits(TraceParentField::TraceId, text)?)
            .ok_or(zero_id(TraceParentField::TraceId))?;
        dash_after(TraceParentField::TraceId, text)?;
        let parent_id = SpanId::from_bytes(digits(TraceParentField::ParentId, text)?)
            .ok_or(zero_id(TraceParentField::ParentId))?;
        dash_after(TraceParentField::ParentId, text)?;
        let [flags] = digits(TraceParentField::TraceFlags, text)?;
        version.check_end(text)?;
        Ok(Self {
            version,
            trace_id,
            parent_id,
            flags: TraceFlags::from_bits(flags),
        })
    }

    /// The version that the header was read from.
    pub const fn version(self) -> Version {
        self.version
    }

    /// The trace.
    pub const fn trace_id(self) -> TraceId {
        self.trace_id
    }

    /// The span that sent the request, which is the parent of the span that answers it.
    pub const fn parent_id(self) -> SpanId {
        self.parent_id
    }

    /// The flags of this version.
    pub const fn flags(self) -> TraceFlags {
        self.flags
    }

    /// The value of the header.
    pub fn to_header_value(self) -> HeaderValue {
        ascii_header_value(&self.to_ascii())
    }

    /// The value of a `Server-Timing` response header that tells the caller of this span,
    /// `trace;desc=00-…`; browsers show it to scripts, too.
    ///
    /// Source: <https://w3c.github.io/trace-context/#trace-context-server-timing-metric-format>.
    pub fn to_server_timing(self) -> HeaderValue {
        const METRIC: &[u8] = b"trace;desc=";
        let mut value = [0; METRIC.len() + Self::LEN];
        value[..METRIC.len()].copy_from_slice(METRIC);
        value[METRIC.len()..].copy_from_slice(&self.to_ascii());
        ascii_header_value(&value)
    }

    fn to_ascii(self) -> [u8; Self::LEN] {
        let mut text = [b'-'; Self::LEN];
        let mut put = |field: TraceParentField, bytes: &[u8]| {
            hex::encode(bytes, &mut text[field.range()]);
        };
        put(TraceParentField::Version, &[Version::CURRENT.number()]);
        put(TraceParentField::TraceId, &self.trace_id.to_bytes());
        put(TraceParentField::ParentId, &self.parent_id.to_bytes());
        put(TraceParentField::TraceFlags, &[self.flags.bits()]);
        text
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digits and dashes are ASCII, so that this cannot fail.
        f.pad(str::from_utf8(&self.to_ascii()).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for TraceParent {
    type Err = ParseTraceParentError;

    fn from_str(text: &str) -> Result<Self, ParseTraceParentError> {
        Self::parse(text)
    }
}

/// Which version of the header's format was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u8);

impl Version {
    /// The version that this crate writes.
    pub const CURRENT: Self = Self(0);

    /// The number that the specification forbids.
    const FORBIDDEN: u8 = 0xff;

    /// The number of the version, never 255.
    pub const fn number(self) -> u8 {
        self.0
    }

    fn parse(text: &[u8]) -> Result<Self, ParseTraceParentError> {
        let [number] = digits(TraceParentField::Version, text)?;
        if number == Self::FORBIDDEN {
            return Err(ParseTraceParentError {
                offset: TraceParentField::Version.range().start,
                violation: TraceParentViolation::ForbiddenVersion,
            });
        }
        Ok(Self(number))
    }

    /// Version 00 ends after the flags; a later one may go on after another dash.
    fn check_end(self, text: &[u8]) -> Result<(), ParseTraceParentError> {
        if text.len() == TraceParent::LEN {
            Ok(())
        } else if self > Self::CURRENT {
            dash_after(TraceParentField::TraceFlags, text)
        } else {
            Err(ParseTraceParentError {
                offset: TraceParent::LEN,
                violation: TraceParentViolation::TooLong,
            })
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

/// The flags that the specification defines. Bits that it keeps for the future are never set: a
/// vendor must send them as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// The caller may have recorded its part of the trace.
    pub const SAMPLED: Self = Self(0x01);

    /// At least the last seven bytes of the trace id were drawn at random (Level 2).
    pub const RANDOM: Self = Self(0x02);

    const KNOWN: u8 = Self::SAMPLED.0 | Self::RANDOM.0;

    /// The flags among `bits`; bits that are no flag yet are ignored.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::KNOWN)
    }

    /// The flags as they stand in the header's byte.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the caller may have recorded its part of the trace.
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether the trace id promises to be random in its last seven bytes.
    pub const fn is_random(self) -> bool {
        self.0 & Self::RANDOM.0 != 0
    }
}

impl BitOr for TraceFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

/// The fields of `traceparent`, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TraceParentField {
    /// The version of the format: 2 digits.
    Version,
    /// The trace: 32 digits.
    TraceId,
    /// The span that sent the request: 16 digits.
    ParentId,
    /// Eight flags: 2 digits.
    TraceFlags,
}

impl TraceParentField {
    /// All fields, in their order.
    pub const ALL: [Self; 4] = [
        Self::Version,
        Self::TraceId,
        Self::ParentId,
        Self::TraceFlags,
    ];

    /// Where the digits of the field stand, in bytes from the start of the header's value. A dash
    /// separates the fields.
    pub const fn range(self) -> Range<usize> {
        match self {
            Self::Version => 0..2,
            Self::TraceId => 3..35,
            Self::ParentId => 36..52,
            Self::TraceFlags => 53..55,
        }
    }

    /// The specification's name of the field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::TraceId => "trace-id",
            Self::ParentId => "parent-id",
            Self::TraceFlags => "trace-flags",
        }
    }
}

impl fmt::Display for TraceParentField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseTraceParentError {
    /// The first wrong byte, counted from the start of the value; the value's length if it ends too
    /// early.
    pub offset: usize,
    /// What is wrong with it.
    pub violation: TraceParentViolation,
}

/// The rule of `traceparent`'s grammar that a byte breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceParentViolation {
    /// A lower-case hexadecimal digit belongs here.
    NoDigit {
        /// The field that the digit would be part of.
        field: TraceParentField,
        /// What stands there, if the value does not end.
        found: Option<u8>,
    },
    /// The dash that ends a field belongs here.
    NoDash {
        /// The field that should end.
        after: TraceParentField,
        /// What stands there, if the value does not end.
        found: Option<u8>,
    },
    /// The version is ff.
    ForbiddenVersion,
    /// All digits of an id are zero.
    ZeroId {
        /// Which id.
        field: TraceParentField,
    },
    /// The header goes on after the flags, which only a later version than 00 may do.
    TooLong,
}

impl fmt::Display for ParseTraceParentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "traceparent is invalid at byte offset {}: {}",
            self.offset, self.violation
        )
    }
}

impl fmt::Display for TraceParentViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoDigit { field, found } => {
                let (found, digits) = (Found(found), field.range().len());
                write!(
                    f,
                    "{found} where one of the {digits} lower-case hexadecimal digits of {field} belongs"
                )
            }
            Self::NoDash { after, found } => {
                let found = Found(found);
                write!(f, "{found} where the dash after {after} belongs")
            }
            Self::ForbiddenVersion => f.write_str("version ff is forbidden"),
            Self::ZeroId { field } => write!(f, "a {field} of zeros is invalid"),
            Self::TooLong => {
                let len = TraceParent::LEN;
                write!(f, "version 00 ends after {len} characters, but more follow")
            }
        }
    }
}

impl std::error::Error for ParseTraceParentError {}

/// What stands at a place, in words.
struct Found(Option<u8>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(byte) => write!(f, "'{}'", byte.escape_ascii()),
            None => f.write_str("it ends"),
        }
    }
}

/// The bytes of a field; each digit must be there and in lower case.
fn digits<const BYTES: usize>(
    field: TraceParentField,
    text: &[u8],
) -> Result<[u8; BYTES], ParseTraceParentError> {
    let start = field.range().start;
    let digits = text.get(start..).unwrap_or_default();
    hex::decode(digits, hex::LOWER_CASE).map_err(|offset| ParseTraceParentError {
        offset: start + offset,
        violation: TraceParentViolation::NoDigit {
            field,
            found: digits.get(offset).copied(),
        },
    })
}

fn dash_after(after: TraceParentField, text: &[u8]) -> Result<(), ParseTraceParentError> {
    let offset = after.range().end;
    match text.get(offset).copied() {
        Some(b'-') => Ok(()),
        found => Err(ParseTraceParentError {
            offset,
            violation: TraceParentViolation::NoDash { after, found },
        }),
    }
}

const fn zero_id(field: TraceParentField) -> ParseTraceParentError {
    ParseTraceParentError {
        offset: field.range().start,
        violation: TraceParentViolation::ZeroId { field },
    }
}

fn ascii_header_value(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).expect("digits, dashes and letters are visible ASCII")
}

#[cfg(test)]
mod tests;
