//! The protobuf wire format, written.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::{BufMut, Bytes};

use crate::wire::{VARINT_LEN_MAX, WireType};

/// A message that grows field by field.
///
/// The plain methods always write; those that end in `_if_set` leave out the default value, as
/// proto3 does for every field without presence.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            out: Vec::with_capacity(capacity),
        }
    }

    pub(crate) fn finish(self) -> Bytes {
        self.out.into()
    }

    /// The message in as much memory as it needs, for who made room for a longer one.
    pub(crate) fn finish_without_excess(mut self) -> Bytes {
        self.out.shrink_to_fit();
        self.out.into()
    }

    /// Makes room for so many bytes more.
    pub(crate) fn reserve(&mut self, additional: usize) {
        self.out.reserve(additional);
    }

    /// For how many bytes there is room.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.out.capacity()
    }

    /// How many bytes have been written so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// What has been written so far.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.out
    }

    /// Fields that were written elsewhere.
    pub(crate) fn raw(&mut self, fields: &[u8]) {
        self.out.put_slice(fields);
    }

    /// A message within this one; `fields` writes what it holds.
    pub(crate) fn message(&mut self, number: u8, fields: impl FnOnce(&mut Self)) {
        let message = self.open(number);
        fields(self);
        self.close(message);
    }

    /// Begins a message within this one, for who may find on the way that it is none.
    pub(crate) fn open(&mut self, number: u8) -> Open {
        let field_at = self.out.len();
        self.key(number, WireType::Bytes);
        let length_at = self.out.len();
        // The length stands before the message, and is known after it. One byte is room for most;
        // a longer message moves up for the rest.
        self.out.push(0);
        Open {
            field_at,
            length_at,
        }
    }

    /// Ends the message that was opened last.
    pub(crate) fn close(&mut self, Open { length_at, .. }: Open) {
        let end = self.out.len();
        let (length, width) = varint((end - length_at - 1) as u64);
        if width > 1 {
            self.out.resize(end + width - 1, 0);
            self.out.copy_within(length_at + 1..end, length_at + width);
        }
        self.out[length_at..length_at + width].copy_from_slice(&length[..width]);
    }

    /// Takes the message back that was opened last, with all that it holds.
    pub(crate) fn discard(&mut self, Open { field_at, .. }: Open) {
        self.out.truncate(field_at);
    }

    /// Takes fields back that were written to the message that is open.
    pub(crate) fn remove(&mut self, fields: Range<usize>) {
        self.out.drain(fields);
    }

    /// Bytes that `append` adds, for who has them in another form. After an error the message is
    /// of no use.
    pub(crate) fn try_bytes<E>(
        &mut self,
        number: u8,
        append: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let field = self.open(number);
        append(&mut self.out)?;
        self.close(field);
        Ok(())
    }

    pub(crate) fn bytes(&mut self, number: u8, bytes: &[u8]) {
        self.key(number, WireType::Bytes);
        self.varint(bytes.len() as u64);
        self.out.put_slice(bytes);
    }

    pub(crate) fn text_if_set(&mut self, number: u8, text: &str) {
        self.bytes_if_set(number, text.as_bytes());
    }

    pub(crate) fn bytes_if_set(&mut self, number: u8, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes(number, bytes);
        }
    }

    pub(crate) fn uint(&mut self, number: u8, value: u64) {
        self.key(number, WireType::Varint);
        self.varint(value);
    }

    pub(crate) fn uint_if_set(&mut self, number: u8, value: u64) {
        if value != 0 {
            self.uint(number, value);
        }
    }

    /// An `int32`, `int64` or enum, whose sign protobuf extends to 64 bits.
    pub(crate) fn int(&mut self, number: u8, value: i64) {
        self.uint(number, value.cast_unsigned());
    }

    pub(crate) fn int_if_set(&mut self, number: u8, value: i64) {
        self.uint_if_set(number, value.cast_unsigned());
    }

    pub(crate) fn fixed64(&mut self, number: u8, value: u64) {
        self.key(number, WireType::Fixed64);
        self.out.put_u64_le(value);
    }

    pub(crate) fn fixed64_if_set(&mut self, number: u8, value: u64) {
        if value != 0 {
            self.fixed64(number, value);
        }
    }

    pub(crate) fn fixed32_if_set(&mut self, number: u8, value: u32) {
        if value != 0 {
            self.key(number, WireType::Fixed32);
            self.out.put_u32_le(value);
        }
    }

    fn key(&mut self, number: u8, wire_type: WireType) {
        self.varint(u64::from(number) << 3 | wire_type as u64);
    }

    fn varint(&mut self, value: u64) {
        match u8::try_from(value) {
            // Most numbers of a request are this small.
            Ok(byte) if byte < 0x80 => self.out.push(byte),
            _ => {
                let (bytes, width) = varint(value);
                self.out.put_slice(&bytes[..width]);
            }
        }
    }
}

/// A message that has begun.
#[must_use = "its length is missing until it is closed"]
#[derive(Debug)]
pub(crate) struct Open {
    /// Where its key stands.
    field_at: usize,
    /// Where its length stands.
    length_at: usize,
}

/// The number in variable length, and how many of the bytes it takes.
fn varint(mut value: u64) -> ([u8; VARINT_LEN_MAX], usize) {
    let mut bytes = [0; VARINT_LEN_MAX];
    let mut width = 0;
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        let more = value != 0;
        bytes[width] = low | u8::from(more) << 7;
        width += 1;
        if !more {
            return (bytes, width);
        }
    }
}
