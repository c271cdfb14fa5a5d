//! Why a request cannot be read.

use std::fmt;

use clew_model::{RequestTooLarge, TooManyEntries};

use crate::wire::{DEPTH_MAX, WireType};

/// A request that is no OTLP: what is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset} of the request: {what}")]
pub struct DecodeError {
    /// Where the damage was noticed, in bytes from the start of the request (after decompression).
    pub offset: usize,
    /// What is wrong there.
    pub what: Malformed,
}

/// What is wrong with the bytes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// A field is longer than what is left of the message that it belongs to.
    Truncated,
    /// A variable-length number has more than 64 bits, or does not end.
    Varint,
    /// A field number is zero or has more than 29 bits.
    FieldNumber,
    /// Six or seven where a wire type belongs.
    UnknownWireType(u8),
    /// A field has another wire type than OTLP gives it.
    WireType {
        /// Which field, such as `Span.name`.
        field: &'static str,
        /// The number of the wire type that belongs there.
        expected: u8,
        /// The number of the wire type that was sent.
        found: u8,
    },
    /// A group of this field number ends that never began.
    EndOfGroup(u32),
    /// A text is not UTF-8.
    Utf8 {
        /// Which field, such as `Span.name`.
        field: &'static str,
    },
    /// Messages lie within each other more than 100 deep.
    TooDeep,
    /// The request has 4 GiB or more.
    TooLarge(RequestTooLarge),
    /// The request has more entries than a batch takes.
    TooManyEntries(TooManyEntries),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the field is cut off by the end of its message"),
            Self::Varint => f.write_str("the number does not end within 64 bits"),
            Self::FieldNumber => f.write_str("the field number is zero or too large"),
            Self::UnknownWireType(found) => write!(f, "{found} is not a protobuf wire type"),
            Self::WireType {
                field,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{field} has the wire type {found} in place of {expected}"
                )
            }
            Self::EndOfGroup(number) => write!(f, "group {number} ends but did not begin"),
            Self::Utf8 { field } => write!(f, "{field} is not UTF-8"),
            Self::TooDeep => write!(f, "messages are nested more than {DEPTH_MAX} deep"),
            Self::TooLarge(error) => error.fmt(f),
            Self::TooManyEntries(error) => error.fmt(f),
        }
    }
}

impl Malformed {
    pub(crate) fn wire_type(field: &'static str, expected: WireType, found: WireType) -> Self {
        Self::WireType {
            field,
            expected: expected as u8,
            found: found as u8,
        }
    }
}
