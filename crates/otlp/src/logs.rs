//! `ExportLogsServiceRequest`, walked from the outermost message in.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use clew_model::{
    AttributeOwner, AttributeSlot, LogBatch, LogRecordParts, ResourceParts, Room, ScopeParts,
    Severity, Timestamp,
};

use crate::error::DecodeError;
use crate::rejected::WireId;
use crate::walker::{Walker, fixed32, fixed64, id, int32, too_many, uint32};
use crate::wire::{Key, Message, WireType};

/// A request that was read.
#[derive(Debug)]
pub struct DecodedLogs {
    /// All of its log records.
    pub batch: LogBatch,
    /// How many of them name a trace or a span by an id that is none. They are kept without it, as
    /// OTLP says.
    pub without_context: u64,
}

/// Reads an `ExportLogsServiceRequest`, as [`decode_traces`](crate::decode_traces) reads a request of
/// spans. No log record is refused alone.
///
/// # Errors
/// If the bytes are not such a message.
pub fn decode_logs(request: Bytes) -> Result<DecodedLogs, DecodeError> {
    decode_logs_within(request, &mut |_| true)
}

/// The same by somebody who counts the memory that the entries take, as they become more. If there is no
/// room for them the request is refused, as one that has too many.
///
/// # Errors
/// If the bytes are not such a message, or there is no room.
pub fn decode_logs_within<'r>(
    request: Bytes,
    room: &'r mut Room<'r>,
) -> Result<DecodedLogs, DecodeError> {
    let data = request.clone();
    let mut walker = LogsWalker {
        walker: Walker::new(request, room)?,
        without_context: 0,
    };
    walker.request(Message::outermost(&data))?;
    Ok(DecodedLogs {
        batch: walker.walker.builder.finish_logs(),
        without_context: walker.without_context,
    })
}

/// Goes through the messages, one method for each, and hands on what it finds.
struct LogsWalker<'r> {
    walker: Walker<'r>,
    without_context: u64,
}

/// The fields of a log record, as they come in.
#[derive(Default)]
struct LogRecordFields<'a> {
    parts: LogRecordParts,
    trace_id: WireId<'a>,
    span_id: WireId<'a>,
    body: Option<AttributeSlot>,
}

impl LogsWalker<'_> {
    fn request(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ExportLogsServiceRequest.resource_logs")?;
                    self.resource_logs(message.message()?)?;
                }
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }

    fn resource_logs(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let mut parts = ResourceParts::default();
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ResourceLogs.resource")?;
                    self.walker.resource(message.message()?, &mut parts)?;
                }
                2 => {
                    key.expect(WireType::Bytes, "ResourceLogs.scope_logs")?;
                    self.scope_logs(message.message()?)?;
                }
                3 => {
                    let field = "ResourceLogs.schema_url";
                    parts.schema_url = self.walker.text(&mut message, key, field)?;
                }
                _ => message.skip(key)?,
            }
        }
        self.walker.builder.finish_resource(parts);
        Ok(())
    }

    fn scope_logs(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let mut parts = ScopeParts::default();
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    key.expect(WireType::Bytes, "ScopeLogs.scope")?;
                    self.walker.scope(message.message()?, &mut parts)?;
                }
                2 => {
                    key.expect(WireType::Bytes, "ScopeLogs.log_records")?;
                    self.log_record(message.message()?)?;
                }
                3 => {
                    let field = "ScopeLogs.schema_url";
                    parts.schema_url = self.walker.text(&mut message, key, field)?;
                }
                _ => message.skip(key)?,
            }
        }
        self.walker.builder.finish_scope(parts);
        Ok(())
    }

    fn log_record(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let offset = message.offset();
        let mut fields = LogRecordFields::default();
        while let Some(key) = message.next_key()? {
            self.log_record_field(&mut message, key, &mut fields)?;
        }
        let LogRecordFields {
            mut parts,
            trace_id,
            span_id,
            body,
        } = fields;
        if let Some(body) = body {
            self.walker.builder.close(body);
        }
        let trace_id = trace_id.optional_trace_id("trace_id");
        let span_id = span_id.optional_span_id("span_id");
        if trace_id.is_err() || span_id.is_err() {
            self.without_context += 1;
        }
        parts.trace_id = trace_id.unwrap_or(None);
        parts.span_id = span_id.unwrap_or(None);
        let encoded = offset..message.offset();
        let finished = self.walker.builder.finish_log_record(parts, encoded);
        finished.map_err(too_many(&message))
    }

    #[inline]
    fn log_record_field<'a>(
        &mut self,
        message: &mut Message<'a>,
        key: Key,
        fields: &mut LogRecordFields<'a>,
    ) -> Result<(), DecodeError> {
        let walker = &mut self.walker;
        let parts = &mut fields.parts;
        let nanos = Timestamp::from_unix_nanos;
        match key.number {
            1 => parts.time = nanos(fixed64(message, key, "LogRecord.time_unix_nano")?),
            2 => {
                let number = int32(message, key, "LogRecord.severity_number")?;
                parts.severity = Severity::from_number(number);
            }
            3 => parts.severity_text = walker.text(message, key, "LogRecord.severity_text")?,
            5 => {
                key.expect(WireType::Bytes, "LogRecord.body")?;
                let inner = message.message()?;
                // A body that is sent in pieces is one.
                let slot = match fields.body {
                    Some(slot) => slot,
                    None => walker
                        .builder
                        .open(AttributeOwner::Body)
                        .map_err(too_many(&inner))?,
                };
                fields.body = Some(slot);
                walker.value(inner, AttributeOwner::Body, slot)?;
            }
            6 => {
                key.expect(WireType::Bytes, "LogRecord.attributes")?;
                walker.attribute(message.message()?, AttributeOwner::LogRecord)?;
            }
            7 => {
                let field = "LogRecord.dropped_attributes_count";
                parts.dropped_attributes_count = uint32(message, key, field)?;
            }
            8 => parts.flags = fixed32(message, key, "LogRecord.flags")?,
            9 => fields.trace_id = id(message, key, "LogRecord.trace_id")?,
            10 => fields.span_id = id(message, key, "LogRecord.span_id")?,
            11 => {
                let observed = fixed64(message, key, "LogRecord.observed_time_unix_nano")?;
                parts.observed_time = nanos(observed);
            }
            12 => parts.event_name = walker.text(message, key, "LogRecord.event_name")?,
            _ => message.skip(key)?,
        }
        Ok(())
    }
}
