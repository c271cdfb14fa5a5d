//! The protobuf wire format, read in place.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::error::{DecodeError, Malformed};

/// How deep messages may lie within each other. The same as in prost, with which other receivers
/// in Rust read OTLP; Go's and C++'s protobuf allow more, and no exporter comes near it.
pub(crate) const DEPTH_MAX: u32 = 100;

/// The longest variable-length number in bytes, seven bits in each.
pub(crate) const VARINT_LEN_MAX: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

/// What stands before each field: its number, and how its value is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) number: u32,
    pub(crate) wire_type: WireType,
    /// Where in the request the key stands.
    offset: usize,
}

impl Key {
    /// Checks that the field is written as OTLP says.
    #[inline]
    pub(crate) fn expect(self, expected: WireType, field: &'static str) -> Result<(), DecodeError> {
        if self.wire_type == expected {
            return Ok(());
        }
        Err(DecodeError {
            offset: self.offset,
            what: Malformed::wire_type(field, expected, self.wire_type),
        })
    }
}

/// A message, read from its first field to its last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    /// The request, up to the end of this message.
    data: &'a [u8],
    at: usize,
    /// How much deeper messages may go.
    depth_left: u32,
}

impl<'a> Message<'a> {
    /// The outermost message, a whole request.
    pub(crate) fn outermost(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            depth_left: DEPTH_MAX,
        }
    }

    /// Where in the request the next byte stands.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The next field's key, or `None` at the end of the message.
    #[inline]
    pub(crate) fn next_key(&mut self) -> Result<Option<Key>, DecodeError> {
        if self.at == self.data.len() {
            return Ok(None);
        }
        self.key().map(Some)
    }

    #[inline]
    fn key(&mut self) -> Result<Key, DecodeError> {
        let offset = self.at;
        let fail = |what| Err(DecodeError { offset, what });
        let Ok(key) = u32::try_from(self.varint()?) else {
            return fail(Malformed::FieldNumber);
        };
        let wire_type = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Bytes,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::Fixed32,
            6 => return fail(Malformed::UnknownWireType(6)),
            _ => return fail(Malformed::UnknownWireType(7)),
        };
        if key >> 3 == 0 {
            return fail(Malformed::FieldNumber);
        }
        Ok(Key {
            number: key >> 3,
            wire_type,
            offset,
        })
    }

    /// A number of variable length.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, DecodeError> {
        match self.data.get(self.at) {
            Some(&byte) if byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for (position, &byte) in self.data[self.at..].iter().take(VARINT_LEN_MAX).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * position);
            if byte < 0x80 {
                // The tenth byte has room for one bit.
                if position == VARINT_LEN_MAX - 1 && byte > 1 {
                    break;
                }
                self.at += position + 1;
                return Ok(value);
            }
        }
        Err(self.error(Malformed::Varint))
    }

    /// Four bytes, little-endian.
    #[inline]
    pub(crate) fn fixed32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    #[inline]
    pub(crate) fn fixed64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let Some(&array) = self.data[self.at..].first_chunk() else {
            return Err(self.error(Malformed::Truncated));
        };
        self.at += N;
        Ok(array)
    }

    /// Where in the request a value stands that carries its length.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<Range<usize>, DecodeError> {
        let offset = self.at;
        let len = self.varint()?;
        match usize::try_from(len) {
            Ok(len) if len <= self.data.len() - self.at => {
                let start = self.at;
                self.at += len;
                Ok(start..self.at)
            }
            _ => Err(DecodeError {
                offset,
                what: Malformed::Truncated,
            }),
        }
    }

    /// The bytes of a range that [`Message::bytes`] gave.
    #[inline]
    pub(crate) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        &self.data[range]
    }

    /// A message within this one.
    #[inline]
    pub(crate) fn message(&mut self) -> Result<Message<'a>, DecodeError> {
        let depth_left = self.enter()?;
        let range = self.bytes()?;
        Ok(Message {
            data: &self.data[..range.end],
            at: range.start,
            depth_left,
        })
    }

    /// Passes over the value of a field that has no meaning here.
    pub(crate) fn skip(&mut self, key: Key) -> Result<(), DecodeError> {
        let depth_left = self.enter()?;
        match key.wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.fixed64().map(drop),
            WireType::Bytes => self.bytes().map(drop),
            WireType::Fixed32 => self.fixed32().map(drop),
            WireType::StartGroup => self.skip_group(key, depth_left),
            WireType::EndGroup => Err(DecodeError {
                offset: key.offset,
                what: Malformed::EndOfGroup(key.number),
            }),
        }
    }

    /// Passes over the fields of a group, up to and including its end.
    fn skip_group(&mut self, group: Key, depth_left: u32) -> Result<(), DecodeError> {
        let mut inner = Message {
            depth_left,
            ..*self
        };
        loop {
            let key = inner.key()?;
            if key.wire_type == WireType::EndGroup && key.number == group.number {
                self.at = inner.at;
                return Ok(());
            }
            inner.skip(key)?;
        }
    }

    /// What is left of the depth one level down.
    #[inline]
    fn enter(&self) -> Result<u32, DecodeError> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(depth_left),
            None => Err(self.error(Malformed::TooDeep)),
        }
    }

    #[cold]
    fn error(&self, what: Malformed) -> DecodeError {
        DecodeError {
            offset: self.at,
            what,
        }
    }
}
