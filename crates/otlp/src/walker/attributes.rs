//! `KeyValue` and `AnyValue`.

use clew_model::{AttributeContent, AttributeOwner, AttributeSlot};

use crate::error::DecodeError;
use crate::wire::{Message, WireType};

use super::{Walker, int32, too_many};

impl Walker<'_> {
    /// A `KeyValue` of the owner, or of the map that is open there.
    pub(crate) fn attribute(
        &mut self,
        mut message: Message<'_>,
        owner: AttributeOwner,
    ) -> Result<(), DecodeError> {
        let slot = self.builder.open(owner).map_err(too_many(&message))?;
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    let text = self.text(&mut message, key, "KeyValue.key")?;
                    self.builder.set_key(slot, text);
                }
                2 => {
                    key.expect(WireType::Bytes, "KeyValue.value")?;
                    self.value(message.message()?, owner, slot)?;
                }
                // Of the signal "profiles" alone, whose requests have a table of strings.
                3 => drop(int32(&mut message, key, "KeyValue.key_strindex")?),
                _ => message.skip(key)?,
            }
        }
        self.builder.close(slot);
        Ok(())
    }

    /// An `AnyValue`: of its fields, the last one counts.
    pub(crate) fn value(
        &mut self,
        mut message: Message<'_>,
        owner: AttributeOwner,
        slot: AttributeSlot,
    ) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            let content = match key.number {
                1 => AttributeContent::String(self.text(
                    &mut message,
                    key,
                    "AnyValue.string_value",
                )?),
                2 => {
                    key.expect(WireType::Varint, "AnyValue.bool_value")?;
                    AttributeContent::Bool(message.varint()? != 0)
                }
                3 => {
                    key.expect(WireType::Varint, "AnyValue.int_value")?;
                    AttributeContent::Int(message.varint()?.cast_signed())
                }
                4 => {
                    key.expect(WireType::Fixed64, "AnyValue.double_value")?;
                    AttributeContent::Double(f64::from_bits(message.fixed64()?))
                }
                5 => {
                    key.expect(WireType::Bytes, "AnyValue.array_value")?;
                    self.builder.set_content(slot, AttributeContent::Array);
                    self.array(message.message()?, owner)?;
                    continue;
                }
                6 => {
                    key.expect(WireType::Bytes, "AnyValue.kvlist_value")?;
                    self.builder.set_content(slot, AttributeContent::Map);
                    self.map(message.message()?, owner)?;
                    continue;
                }
                7 => {
                    key.expect(WireType::Bytes, "AnyValue.bytes_value")?;
                    AttributeContent::Bytes(self.builder.blob(message.bytes()?))
                }
                8 => {
                    // Of the signal "profiles" alone; in a trace it refers to nothing.
                    int32(&mut message, key, "AnyValue.string_value_strindex")?;
                    AttributeContent::Empty
                }
                _ => {
                    message.skip(key)?;
                    continue;
                }
            };
            self.builder.set_content(slot, content);
        }
        Ok(())
    }

    /// An `ArrayValue`, whose members go into the slot that was opened last.
    fn array(
        &mut self,
        mut message: Message<'_>,
        owner: AttributeOwner,
    ) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ArrayValue.values")?;
                    let inner = message.message()?;
                    let slot = self.builder.open(owner).map_err(too_many(&inner))?;
                    self.value(inner, owner, slot)?;
                    self.builder.close(slot);
                }
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }

    /// A `KeyValueList`, whose members go into the slot that was opened last.
    fn map(&mut self, mut message: Message<'_>, owner: AttributeOwner) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "KeyValueList.values")?;
                    self.attribute(message.message()?, owner)?;
                }
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }
}
