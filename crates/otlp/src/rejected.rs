//! Spans that were refused while the rest of their request was kept.

use std::fmt;

use clew_model::{SpanId, TraceId};

/// Which spans of a request were refused: how many, and why the first of them were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    count: u64,
    first: Vec<RejectedSpan>,
}

impl Rejected {
    /// For how many refused spans the reason is kept: enough to find the fault in the sender, and
    /// an answer that stays small however many there are.
    pub const REASONS_MAX: usize = 4;

    /// How many spans were refused.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Why the first of them were, at most [`Rejected::REASONS_MAX`].
    pub fn first(&self) -> &[RejectedSpan] {
        &self.first
    }

    pub(crate) fn add(&mut self, span: RejectedSpan) {
        self.count += 1;
        if self.first.len() < Self::REASONS_MAX {
            self.first.push(span);
        }
    }
}

/// The message of a partial success; empty if no span was refused.
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, span) in self.first.iter().enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(f, "{separator}{span}")?;
        }
        let others = self.count - self.first.len() as u64;
        if others > 0 {
            write!(f, "; and {others} more")?;
        }
        Ok(())
    }
}

/// One span that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectedSpan {
    /// Where in the request the span stands.
    pub place: SpanPlace,
    /// What is wrong with it.
    pub why: InvalidSpan,
}

impl fmt::Display for RejectedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the span at {} {}", self.place, self.why)
    }
}

/// Where in a request a span stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanPlace {
    /// In protobuf: where it begins, in bytes from the start of the request.
    Byte(usize),
    /// In JSON: its position in each of the lists that lead to it, counted from zero.
    Path {
        /// In `resourceSpans`.
        resource_spans: usize,
        /// In `scopeSpans`.
        scope_spans: usize,
        /// In `spans`.
        span: usize,
    },
}

impl fmt::Display for SpanPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(offset) => write!(f, "byte {offset}"),
            Self::Path {
                resource_spans,
                scope_spans,
                span,
            } => {
                write!(
                    f,
                    "resourceSpans[{resource_spans}].scopeSpans[{scope_spans}].spans[{span}]"
                )
            }
        }
    }
}

/// What is wrong with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidSpan {
    /// An id has a wrong length.
    IdLength {
        /// Which id, such as `trace_id`.
        field: &'static str,
        /// Its length on the wire, in bytes.
        found: usize,
        /// The length that it should have, in bytes.
        expected: usize,
    },
    /// An id in hexadecimal has an odd number of digits.
    IdDigits {
        /// Which id, such as `traceId`.
        field: &'static str,
        /// How many digits it has.
        found: usize,
    },
    /// An id in hexadecimal has a character that is no digit.
    IdNotHex {
        /// Which id, such as `traceId`.
        field: &'static str,
        /// Where that character stands, counted from zero.
        position: usize,
        /// The character.
        found: char,
    },
    /// The id of the span or of its trace is all zeros.
    IdZero {
        /// Which id.
        field: &'static str,
    },
}

impl fmt::Display for InvalidSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdLength {
                field,
                found,
                expected,
            } => write!(f, "has a {field} of {found} bytes in place of {expected}"),
            Self::IdDigits { field, found } => {
                write!(
                    f,
                    "has a {field} of {found} digits, which is not a whole number of bytes"
                )
            }
            Self::IdNotHex {
                field,
                position,
                found,
            } => write!(
                f,
                "has a {field} that is not hexadecimal, with {found:?} at position {position}"
            ),
            Self::IdZero { field } => write!(f, "has a {field} of zeros"),
        }
    }
}

/// An id as it stands on the wire, not checked yet: protobuf lets a sender repeat it, and only the
/// last one counts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WireId<'a>(pub(crate) &'a [u8]);

impl WireId<'_> {
    /// The id of a trace.
    pub(crate) fn trace_id(self, field: &'static str) -> Result<TraceId, InvalidSpan> {
        TraceId::from_bytes(self.bytes(field)?).ok_or(InvalidSpan::IdZero { field })
    }

    /// The id of a span.
    pub(crate) fn span_id(self, field: &'static str) -> Result<SpanId, InvalidSpan> {
        SpanId::from_bytes(self.bytes(field)?).ok_or(InvalidSpan::IdZero { field })
    }

    /// The id of a trace that need not be there: nothing and zeros both mean none.
    pub(crate) fn optional_trace_id(
        self,
        field: &'static str,
    ) -> Result<Option<TraceId>, InvalidSpan> {
        if self.0.is_empty() {
            return Ok(None);
        }
        Ok(TraceId::from_bytes(self.bytes(field)?))
    }

    /// The id of a span that need not be there: nothing and zeros both mean none.
    pub(crate) fn optional_span_id(
        self,
        field: &'static str,
    ) -> Result<Option<SpanId>, InvalidSpan> {
        if self.0.is_empty() {
            return Ok(None);
        }
        Ok(SpanId::from_bytes(self.bytes(field)?))
    }

    fn bytes<const N: usize>(self, field: &'static str) -> Result<[u8; N], InvalidSpan> {
        <[u8; N]>::try_from(self.0).map_err(|_| InvalidSpan::IdLength {
            field,
            found: self.0.len(),
            expected: N,
        })
    }
}
