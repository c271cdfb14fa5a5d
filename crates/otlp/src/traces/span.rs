//! `Span`, with its events, links and status.

use clew_model::{AttributeOwner, EventParts, LinkParts, SpanParts, Text, Timestamp};

use crate::error::DecodeError;
use crate::parts::{kind_of_number, status_of_number};
use crate::rejected::{InvalidSpan, RejectedSpan, SpanPlace, WireId};
use crate::walker::{fixed32, fixed64, id, int32, too_many, uint32};
use crate::wire::{Key, Message, WireType};

use super::TracesWalker;

/// The fields of a span, as they come in.
#[derive(Default)]
struct SpanFields<'a> {
    trace_id: WireId<'a>,
    span_id: WireId<'a>,
    parent_span_id: WireId<'a>,
    trace_state: Text,
    flags: u32,
    name: Text,
    kind: i32,
    start: u64,
    end: u64,
    dropped_attributes_count: u32,
    dropped_events_count: u32,
    dropped_links_count: u32,
    status_code: i32,
    status_message: Text,
    /// What the first link that is not valid has wrong.
    invalid_link: Option<InvalidSpan>,
}

impl SpanFields<'_> {
    fn check(&self) -> Result<SpanParts, InvalidSpan> {
        if let Some(why) = self.invalid_link {
            return Err(why);
        }
        Ok(SpanParts {
            trace_id: self.trace_id.trace_id("trace_id")?,
            span_id: self.span_id.span_id("span_id")?,
            parent_span_id: self.parent_span_id.optional_span_id("parent_span_id")?,
            trace_state: self.trace_state,
            flags: self.flags,
            name: self.name,
            kind: kind_of_number(self.kind),
            start: Timestamp::from_unix_nanos(self.start),
            end: Timestamp::from_unix_nanos(self.end),
            dropped_attributes_count: self.dropped_attributes_count,
            dropped_events_count: self.dropped_events_count,
            dropped_links_count: self.dropped_links_count,
            status_code: status_of_number(self.status_code),
            status_message: self.status_message,
        })
    }
}

impl TracesWalker<'_> {
    pub(super) fn span(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let offset = message.offset();
        let mut fields = SpanFields::default();
        while let Some(key) = message.next_key()? {
            self.span_field(&mut message, key, &mut fields)?;
        }
        match fields.check() {
            Ok(parts) => {
                let encoded = offset..message.offset();
                let finished = self.walker.builder.finish_span(parts, encoded);
                finished.map_err(too_many(&message))
            }
            Err(why) => {
                self.walker.builder.discard_span();
                self.rejected.add(RejectedSpan {
                    place: SpanPlace::Byte(offset),
                    why,
                });
                Ok(())
            }
        }
    }

    #[inline]
    fn span_field<'a>(
        &mut self,
        message: &mut Message<'a>,
        key: Key,
        span: &mut SpanFields<'a>,
    ) -> Result<(), DecodeError> {
        match key.number {
            1 => span.trace_id = id(message, key, "Span.trace_id")?,
            2 => span.span_id = id(message, key, "Span.span_id")?,
            3 => span.trace_state = self.walker.text(message, key, "Span.trace_state")?,
            4 => span.parent_span_id = id(message, key, "Span.parent_span_id")?,
            5 => span.name = self.walker.text(message, key, "Span.name")?,
            6 => span.kind = int32(message, key, "Span.kind")?,
            7 => span.start = fixed64(message, key, "Span.start_time_unix_nano")?,
            8 => span.end = fixed64(message, key, "Span.end_time_unix_nano")?,
            9 => {
                key.expect(WireType::Bytes, "Span.attributes")?;
                self.walker
                    .attribute(message.message()?, AttributeOwner::Span)?;
            }
            10 => {
                span.dropped_attributes_count =
                    uint32(message, key, "Span.dropped_attributes_count")?;
            }
            11 => {
                key.expect(WireType::Bytes, "Span.events")?;
                self.event(message.message()?)?;
            }
            12 => span.dropped_events_count = uint32(message, key, "Span.dropped_events_count")?,
            13 => {
                key.expect(WireType::Bytes, "Span.links")?;
                self.link(message.message()?, &mut span.invalid_link)?;
            }
            14 => span.dropped_links_count = uint32(message, key, "Span.dropped_links_count")?,
            15 => {
                key.expect(WireType::Bytes, "Span.status")?;
                self.status(message.message()?, span)?;
            }
            16 => span.flags = fixed32(message, key, "Span.flags")?,
            _ => message.skip(key)?,
        }
        Ok(())
    }

    fn event(&mut self, mut message: Message<'_>) -> Result<(), DecodeError> {
        let mut event = EventParts::default();
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => {
                    let nanos = fixed64(&mut message, key, "Event.time_unix_nano")?;
                    event.time = Timestamp::from_unix_nanos(nanos);
                }
                2 => event.name = self.walker.text(&mut message, key, "Event.name")?,
                3 => {
                    key.expect(WireType::Bytes, "Event.attributes")?;
                    self.walker
                        .attribute(message.message()?, AttributeOwner::Event)?;
                }
                4 => {
                    let field = "Event.dropped_attributes_count";
                    event.dropped_attributes_count = uint32(&mut message, key, field)?;
                }
                _ => message.skip(key)?,
            }
        }
        self.walker
            .builder
            .finish_event(event)
            .map_err(too_many(&message))
    }

    fn link(
        &mut self,
        mut message: Message<'_>,
        invalid: &mut Option<InvalidSpan>,
    ) -> Result<(), DecodeError> {
        let mut link = LinkParts::default();
        let (mut trace_id, mut span_id) = (WireId::default(), WireId::default());
        while let Some(key) = message.next_key()? {
            match key.number {
                1 => trace_id = id(&mut message, key, "Link.trace_id")?,
                2 => span_id = id(&mut message, key, "Link.span_id")?,
                3 => link.trace_state = self.walker.text(&mut message, key, "Link.trace_state")?,
                4 => {
                    key.expect(WireType::Bytes, "Link.attributes")?;
                    self.walker
                        .attribute(message.message()?, AttributeOwner::Link)?;
                }
                5 => {
                    let field = "Link.dropped_attributes_count";
                    link.dropped_attributes_count = uint32(&mut message, key, field)?;
                }
                6 => link.flags = fixed32(&mut message, key, "Link.flags")?,
                _ => message.skip(key)?,
            }
        }
        match trace_id.optional_trace_id("link's trace_id") {
            Ok(id) => link.trace_id = id,
            Err(why) => *invalid = invalid.or(Some(why)),
        }
        match span_id.optional_span_id("link's span_id") {
            Ok(id) => link.span_id = id,
            Err(why) => *invalid = invalid.or(Some(why)),
        }
        self.walker
            .builder
            .finish_link(link)
            .map_err(too_many(&message))
    }

    fn status(
        &mut self,
        mut message: Message<'_>,
        span: &mut SpanFields<'_>,
    ) -> Result<(), DecodeError> {
        while let Some(key) = message.next_key()? {
            match key.number {
                2 => span.status_message = self.walker.text(&mut message, key, "Status.message")?,
                3 => span.status_code = int32(&mut message, key, "Status.code")?,
                _ => message.skip(key)?,
            }
        }
        Ok(())
    }
}
