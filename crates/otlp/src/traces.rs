//! `ExportTraceServiceRequest`, walked from the outermost message in.

mod attributes;
mod span;
#[cfg(test)]
pub(crate) mod tests;

use clew_model::{AttributeOwner, TooManyEntries};
use clew_model::{Batch, BatchBuilder, ResourceParts, ScopeParts, Text};

use bytes::Bytes;

use crate::error::{DecodeError, Malformed};
use crate::rejected::Rejected;
use crate::wire::{Key, Message, WireType};

/// A request that was read.
#[derive(Debug)]
pub struct Decoded {
    /// Its valid spans.
    pub batch: Batch,
    /// Its invalid ones.
    pub rejected: Rejected,
}

/// Reads an `ExportTraceServiceRequest`.
///
/// Fields that OTLP does not have are passed over. Where a sender repeats a field that may stand
/// once, the last one counts, and messages are merged: so says protobuf. A span whose ids are not
/// valid is left out and counted; it spoils nothing but itself. The same bytes always give the
/// same batch.
///
/// # Errors
/// If the bytes are not such a message: they are cut off, nested too deep, hold text that is not
/// UTF-8, or a field has another wire type than OTLP gives it.
pub fn decode_traces(request: Bytes) -> Result<Decoded, DecodeError> {
    let data = request.clone();
    let builder = BatchBuilder::new(request).map_err(|error| DecodeError {
        offset: 0,
        what: Malformed::TooLarge(error),
    })?;
    let mut walker = Walker {
        builder,
        rejected: Rejected::default(),
    };
    walker.request(Message::outermost(&data))?;
    Ok(Decoded {
        batch: walker.builder.finish(),
        rejected: walker.rejected,
    })
}

/// Goes through the messages, one method for each, and hands on what it finds.
struct Walker {
    builder: BatchBuilder,
    rejected: Rejected,
}

impl Walker {
    fn request(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ExportTraceServiceRequest.resource_spans")?;
                    self.resource_spans(message.message()?)?;
                }
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }

    fn resource_spans(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let mut parts = ResourceParts::default();
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ResourceSpans.resource")?;
                    self.resource(message.message()?, &mut parts)?;
                }
                2 => {
                    key.expect(WireType::Bytes, "ResourceSpans.scope_spans")?;
                    self.scope_spans(message.message()?)?;
                }
                3 => {
                    parts.schema_url = self.text(&mut message, key, "ResourceSpans.schema_url")?;
                }
                _ => message.skip(key)?,
            }
        }
        self.builder.finish_resource(parts);
        Ok(())
    }

    fn resource(
        &mut self,
        mut message: Message<'_>,
        parts: &mut ResourceParts,
    ) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "Resource.attributes")?;
                    self.attribute(message.message()?, AttributeOwner::Resource)?;
                }
                2 => {
                    let field = "Resource.dropped_attributes_count";
                    parts.dropped_attributes_count = uint32(&mut message, key, field)?;
                }
                3 => {
                    key.expect(WireType::Bytes, "Resource.entity_refs")?;
                    self.entity_ref(message.message()?)?;
                }
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }

    /// Which of the resource's attributes identify it; checked, and not used yet.
    fn entity_ref(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1..=4 => drop(self.text(&mut message, key, "EntityRef")?),
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }

    fn scope_spans(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let mut parts = ScopeParts::default();
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ScopeSpans.scope")?;
                    self.scope(message.message()?, &mut parts)?;
                }
                2 => {
                    key.expect(WireType::Bytes, "ScopeSpans.spans")?;
                    self.span(message.message()?)?;
                }
                3 => parts.schema_url = self.text(&mut message, key, "ScopeSpans.schema_url")?,
                _ => message.skip(key)?,
            }
        }
        self.builder.finish_scope(parts);
        Ok(())
    }

    fn scope(
        &mut self,
        mut message: Message<'_>,
        parts: &mut ScopeParts,
    ) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => parts.name = self.text(&mut message, key, "InstrumentationScope.name")?,
                2 => {
                    parts.version = self.text(&mut message, key, "InstrumentationScope.version")?;
                }
                3 => {
                    key.expect(WireType::Bytes, "InstrumentationScope.attributes")?;
                    self.attribute(message.message()?, AttributeOwner::Scope)?;
                }
                4 => {
                    let field = "InstrumentationScope.dropped_attributes_count";
                    parts.dropped_attributes_count = uint32(&mut message, key, field)?;
                }
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }

    /// The text that a key announces, which must be UTF-8.
    #[inline]
    fn text(
        &self,
        message: &mut Message<'_>,
        key: Key,
        field: &'static str,
    ) -> Result<Text, DecodeError> {
        key.expect(WireType::Bytes, field)?;
        let range = message.bytes()?;
        let start = range.start;
        self.builder.text(range).map_err(|error| DecodeError {
            offset: start + error.valid_up_to(),
            what: Malformed::Utf8 { field },
        })
    }
}

/// The `uint32` that a key announces; protobuf drops what does not fit into it.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "as protobuf says")]
fn uint32(message: &mut Message<'_>, key: Key, field: &'static str) -> Result<u32, DecodeError> {
    key.expect(WireType::Varint, field)?;
    Ok(message.varint()? as u32)
}

/// The `int32` or enum that a key announces; protobuf drops what does not fit into it.
#[inline]
fn int32(message: &mut Message<'_>, key: Key, field: &'static str) -> Result<i32, DecodeError> {
    uint32(message, key, field).map(u32::cast_signed)
}

/// The `fixed32` that a key announces.
#[inline]
fn fixed32(message: &mut Message<'_>, key: Key, field: &'static str) -> Result<u32, DecodeError> {
    key.expect(WireType::Fixed32, field)?;
    message.fixed32()
}

/// The `fixed64` that a key announces.
#[inline]
fn fixed64(message: &mut Message<'_>, key: Key, field: &'static str) -> Result<u64, DecodeError> {
    key.expect(WireType::Fixed64, field)?;
    message.fixed64()
}

/// Says where the batch was full.
fn too_many(message: &Message<'_>) -> impl FnOnce(TooManyEntries) -> DecodeError {
    let offset = message.offset();
    move |error| DecodeError {
        offset,
        what: Malformed::TooManyEntries(error),
    }
}
