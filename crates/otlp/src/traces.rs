//! `ExportTraceServiceRequest`, walked from the outermost message in.

mod span;
#[cfg(test)]
pub(crate) mod tests;

use bytes::Bytes;
use clew_model::{Batch, ResourceParts, Room, ScopeParts};

use crate::error::DecodeError;
use crate::rejected::Rejected;
use crate::walker::Walker;
use crate::wire::{Message, WireType};

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
    decode_traces_within(request, &mut |_| true)
}

/// The same by somebody who counts the memory that the entries take, as they become more. If there is no
/// room for them the request is refused, as one that has too many.
///
/// # Errors
/// If the bytes are not such a message, or there is no room.
pub fn decode_traces_within<'r>(
    request: Bytes,
    room: &'r mut Room<'r>,
) -> Result<Decoded, DecodeError> {
    let data = request.clone();
    let mut walker = TracesWalker {
        walker: Walker::new(request, room)?,
        rejected: Rejected::default(),
    };
    walker.request(Message::outermost(&data))?;
    Ok(Decoded {
        batch: walker.walker.builder.finish(),
        rejected: walker.rejected,
    })
}

/// Goes through the messages, one method for each, and hands on what it finds.
struct TracesWalker<'r> {
    walker: Walker<'r>,
    rejected: Rejected,
}

impl TracesWalker<'_> {
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
                    self.walker.resource(message.message()?, &mut parts)?;
                }
                2 => {
                    key.expect(WireType::Bytes, "ResourceSpans.scope_spans")?;
                    self.scope_spans(message.message()?)?;
                }
                3 => {
                    parts.schema_url =
                        self.walker
                            .text(&mut message, key, "ResourceSpans.schema_url")?;
                }
                _ => message.skip(key)?,
            }
        }
        self.walker.builder.finish_resource(parts);
        Ok(())
    }

    fn scope_spans(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let mut parts = ScopeParts::default();
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ScopeSpans.scope")?;
                    self.walker.scope(message.message()?, &mut parts)?;
                }
                2 => {
                    key.expect(WireType::Bytes, "ScopeSpans.spans")?;
                    self.span(message.message()?)?;
                }
                3 => {
                    let field = "ScopeSpans.schema_url";
                    parts.schema_url = self.walker.text(&mut message, key, field)?;
                }
                _ => message.skip(key)?,
            }
        }
        self.walker.builder.finish_scope(parts);
        Ok(())
    }
}
