//! The messages that requests of all signals have: resources, scopes, attributes.

mod attributes;

use bytes::Bytes;
use clew_model::{
    AttributeOwner, BatchBuilder, ResourceParts, Room, ScopeParts, Text, TooManyEntries,
};

use crate::error::{DecodeError, Malformed};
use crate::rejected::WireId;
use crate::wire::{Key, Message, WireType};

/// Goes through the messages, one method for each, and hands on what it finds.
pub(crate) struct Walker<'r> {
    pub(crate) builder: BatchBuilder<'r>,
}

impl<'r> Walker<'r> {
    pub(crate) fn new(request: Bytes, room: &'r mut Room<'r>) -> Result<Self, DecodeError> {
        let builder = BatchBuilder::new(request).map_err(|error| DecodeError {
            offset: 0,
            what: Malformed::TooLarge(error),
        })?;
        Ok(Self {
            builder: builder.within(room),
        })
    }

    pub(crate) fn resource(
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

    pub(crate) fn scope(
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
    pub(crate) fn text(
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
pub(crate) fn uint32(
    message: &mut Message<'_>,
    key: Key,
    field: &'static str,
) -> Result<u32, DecodeError> {
    key.expect(WireType::Varint, field)?;
    Ok(message.varint()? as u32)
}

/// The `int32` or enum that a key announces; protobuf drops what does not fit into it.
#[inline]
pub(crate) fn int32(
    message: &mut Message<'_>,
    key: Key,
    field: &'static str,
) -> Result<i32, DecodeError> {
    uint32(message, key, field).map(u32::cast_signed)
}

/// The `fixed32` that a key announces.
#[inline]
pub(crate) fn fixed32(
    message: &mut Message<'_>,
    key: Key,
    field: &'static str,
) -> Result<u32, DecodeError> {
    key.expect(WireType::Fixed32, field)?;
    message.fixed32()
}

/// The `fixed64` that a key announces.
#[inline]
pub(crate) fn fixed64(
    message: &mut Message<'_>,
    key: Key,
    field: &'static str,
) -> Result<u64, DecodeError> {
    key.expect(WireType::Fixed64, field)?;
    message.fixed64()
}

/// Says where the batch was full.
pub(crate) fn too_many(message: &Message<'_>) -> impl FnOnce(TooManyEntries) -> DecodeError {
    let offset = message.offset();
    move |error| DecodeError {
        offset,
        what: Malformed::TooManyEntries(error),
    }
}

/// The id that a key announces.
#[inline]
pub(crate) fn id<'a>(
    message: &mut Message<'a>,
    key: Key,
    field: &'static str,
) -> Result<WireId<'a>, DecodeError> {
    key.expect(WireType::Bytes, field)?;
    let range = message.bytes()?;
    Ok(WireId(message.slice(range)))
}
