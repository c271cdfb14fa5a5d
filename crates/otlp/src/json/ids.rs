//! The ids of a span or a log record, which in OTLP's JSON are hexadecimal.

use crate::rejected::InvalidSpan;
use crate::writer::Writer;

/// Which id a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Id {
    Trace,
    Span,
    Parent,
    LinkTrace,
    LinkSpan,
    RecordTrace,
    RecordSpan,
}

/// What is wrong with each of the ids of one span, which is refused for it alone.
#[derive(Debug)]
pub(super) struct SpanIds {
    trace: Result<(), InvalidSpan>,
    span: Result<(), InvalidSpan>,
    parent: Result<(), InvalidSpan>,
    /// The first id of a link that is none.
    link: Result<(), InvalidSpan>,
    /// Of a log record in place of a span: the first id that is none.
    record: Result<(), InvalidSpan>,
}

/// Before any field is read, the ids that a span must have are missing.
impl Default for SpanIds {
    fn default() -> Self {
        Self {
            trace: id::<16>("", "traceId").map(drop),
            span: id::<8>("", "spanId").map(drop),
            parent: Ok(()),
            link: Ok(()),
            record: Ok(()),
        }
    }
}

impl SpanIds {
    /// Writes an id, or remembers why it is none.
    pub(super) fn read(&mut self, which: Id, text: &str, number: u8, out: &mut Writer) {
        match which {
            Id::Trace => {
                self.trace = id::<16>(text, "traceId").map(|id| out.bytes(number, &id));
            }
            Id::Span => self.span = id::<8>(text, "spanId").map(|id| out.bytes(number, &id)),
            Id::Parent => self.parent = optional::<8>(text, "parentSpanId", number, out),
            Id::LinkTrace => {
                let trace = optional::<16>(text, "link's traceId", number, out);
                self.link = self.link.and(trace);
            }
            Id::LinkSpan => {
                let span = optional::<8>(text, "link's spanId", number, out);
                self.link = self.link.and(span);
            }
            Id::RecordTrace => {
                let trace = optional::<16>(text, "traceId", number, out);
                self.record = self.record.and(trace);
            }
            Id::RecordSpan => {
                let span = optional::<8>(text, "spanId", number, out);
                self.record = self.record.and(span);
            }
        }
    }

    /// Whether all ids of a log record are valid.
    pub(super) fn are_of_record(&self) -> bool {
        self.record.is_ok()
    }

    /// Whether all ids of a span are valid.
    pub(super) fn check(&self) -> Result<(), InvalidSpan> {
        self.trace.and(self.span).and(self.parent).and(self.link)
    }
}

/// An id that must be there.
fn id<const N: usize>(text: &str, field: &'static str) -> Result<[u8; N], InvalidSpan> {
    match from_hex(text, field)? {
        zeros if zeros == [0; N] => Err(InvalidSpan::IdZero { field }),
        id => Ok(id),
    }
}

/// Writes an id that need not be there: nothing and zeros both mean none.
fn optional<const N: usize>(
    text: &str,
    field: &'static str,
    number: u8,
    out: &mut Writer,
) -> Result<(), InvalidSpan> {
    if text.is_empty() {
        return Ok(());
    }
    let id = from_hex::<N>(text, field)?;
    if id != [0; N] {
        out.bytes(number, &id);
    }
    Ok(())
}

/// The bytes of an id. One that is too long takes no more memory than any other.
fn from_hex<const N: usize>(text: &str, field: &'static str) -> Result<[u8; N], InvalidSpan> {
    let mut bytes = [0; N];
    let mut digits = 0;
    for (position, found) in text.chars().enumerate() {
        let Some(Ok(digit)) = found.to_digit(16).map(u8::try_from) else {
            return Err(InvalidSpan::IdNotHex {
                field,
                position,
                found,
            });
        };
        if let Some(byte) = bytes.get_mut(position / 2) {
            *byte = *byte << 4 | digit;
        }
        digits += 1;
    }
    if digits % 2 == 1 {
        return Err(InvalidSpan::IdDigits {
            field,
            found: digits,
        });
    }
    if digits != 2 * N {
        return Err(InvalidSpan::IdLength {
            field,
            found: digits / 2,
            expected: N,
        });
    }
    Ok(bytes)
}
