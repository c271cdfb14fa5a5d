//! A request in JSON, written as protobuf while it is read.
//!
//! No message is ever in memory as such, so a request takes its text and what becomes of it, and
//! that is never longer than the text:
//!
//! - A field costs its key and, of most types, a length: six bytes at the most, and two if the
//!   value is short. In JSON its name alone has six characters, quotes and colon included, and
//!   what encloses a text, a list or an object has two more. Base64 and hexadecimal are longer than
//!   the bytes that they stand for, and so is every escape.
//! - An element of a list has no name, but two brackets: no less than its key and a length of one
//!   byte. A longer length comes with 128 bytes of content, whose own names save more than that.
//! - A number may be longer, as `-1` takes ten bytes. Then its name is long as well (`intValue`),
//!   but for a `kind`, which stands in a span with a `traceId` and a `spanId`. These are shorter
//!   by forty bytes in protobuf, and a span without them is taken back.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::excerpt::unexpected_text;
use super::ids::SpanIds;
use super::object::{Nullable, Seen, next_field};
use super::scalar::{Double, EnumNumber, Flag, Integer, append_base64, read_text};
use super::schema::{Kind, LOGS_REQUEST, Message, REQUEST, Role, Target};
use super::surrogate::replace_lone_surrogates;
use crate::rejected::{Rejected, RejectedSpan, SpanPlace};
use crate::writer::{Open, Writer};

/// The request in protobuf without the spans whose ids are not valid, and those.
pub(super) fn transcode(request: Bytes) -> serde_json::Result<(Bytes, Rejected)> {
    let request = replace_lone_surrogates(request);
    let Transcoder { out, rejected, .. } = write(&request, &REQUEST)?;
    Ok((out.finish_without_excess(), rejected))
}

/// The request of log records in protobuf, and how many of them have ids that are none, which are
/// left out.
pub(super) fn transcode_logs(request: Bytes) -> serde_json::Result<(Bytes, u64)> {
    let request = replace_lone_surrogates(request);
    let written = write(&request, &LOGS_REQUEST)?;
    Ok((written.out.finish_without_excess(), written.without_context))
}

fn write(request: &[u8], message: &'static Message) -> serde_json::Result<Transcoder> {
    let mut transcoder = Transcoder {
        out: Writer::with_capacity(request.len()),
        rejected: Rejected::default(),
        place: Place::default(),
        ids: SpanIds::default(),
        without_context: 0,
    };
    let mut json = serde_json::Deserializer::from_slice(request);
    Object {
        transcoder: &mut transcoder,
        message,
    }
    .deserialize(&mut json)?;
    json.end()?;
    Ok(transcoder)
}

/// What has been written, and what is known of the span that is being read.
struct Transcoder {
    out: Writer,
    rejected: Rejected,
    place: Place,
    ids: SpanIds,
    without_context: u64,
}

/// A position in each of the lists that lead to a span.
#[derive(Default)]
struct Place {
    resource_spans: usize,
    scope_spans: usize,
    span: usize,
}

impl Transcoder {
    /// Begins an element of a list, which stands there at `position`.
    fn open(&mut self, number: u8, role: Role, position: usize) -> Open {
        match role {
            Role::ResourceSpans => self.place.resource_spans = position,
            Role::ScopeSpans => self.place.scope_spans = position,
            Role::Span => {
                self.place.span = position;
                self.ids = SpanIds::default();
            }
            Role::LogRecord => self.ids = SpanIds::default(),
            Role::Plain | Role::OneOf => {}
        }
        self.out.open(number)
    }

    /// Ends it. A span that is not valid is taken back and counted.
    fn close(&mut self, message: Open, role: Role) {
        if role == Role::Span
            && let Err(why) = self.ids.check()
        {
            self.out.discard(message);
            let place = SpanPlace::Path {
                resource_spans: self.place.resource_spans,
                scope_spans: self.place.scope_spans,
                span: self.place.span,
            };
            self.rejected.add(RejectedSpan { place, why });
        } else {
            if role == Role::LogRecord && !self.ids.are_of_record() {
                self.without_context += 1;
            }
            self.out.close(message);
        }
    }
}

/// The fields of a message, whose key and length are written by whoever reads it.
struct Object<'a> {
    transcoder: &'a mut Transcoder,
    message: &'static Message,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.message.role {
            Role::OneOf => "an object such as {\"stringValue\": \"text\"}",
            _ => "an object",
        })
    }

    fn visit_map<M: MapAccess<'de>>(self, mut object: M) -> Result<(), M::Error> {
        let Self {
            transcoder,
            message,
        } = self;
        let start = transcoder.out.len();
        let mut seen = Seen::default();
        while let Some(position) = next_field(&mut object, message.fields)? {
            let field = &message.fields[position];
            if message.role != Role::OneOf {
                seen.add(field, position)?;
            }
            let before = transcoder.out.len();
            object.next_value_seed(Nullable(Value {
                transcoder: &mut *transcoder,
                target: &field.value,
            }))?;
            if message.role == Role::OneOf && transcoder.out.len() > before {
                transcoder.out.remove(start..before);
            }
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        Err(unexpected_text(text, &self))
    }
}

/// The value of a field, which is written with its key.
struct Value<'a> {
    transcoder: &'a mut Transcoder,
    target: &'static Target,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { transcoder, target } = self;
        let Target { number, ref kind } = *target;
        let out = &mut transcoder.out;
        match *kind {
            Kind::Text => read_text(deserializer, |text| {
                out.text_if_set(number, text);
                Ok(())
            })?,
            Kind::Uint32 => {
                out.uint_if_set(number, Integer::<u32>::deserialize(deserializer)?.0.into());
            }
            Kind::Fixed32 => {
                out.fixed32_if_set(number, Integer::deserialize(deserializer)?.0);
            }
            Kind::Fixed64 => {
                out.fixed64_if_set(number, Integer::deserialize(deserializer)?.0);
            }
            Kind::Enum => {
                out.int_if_set(number, EnumNumber::deserialize(deserializer)?.0.into());
            }
            Kind::Id(id) => read_text(deserializer, |text| {
                transcoder.ids.read(id, text, number, out);
                Ok(())
            })?,
            Kind::String => read_text(deserializer, |text| {
                out.bytes(number, text.as_bytes());
                Ok(())
            })?,
            Kind::Bool => out.uint(number, Flag::deserialize(deserializer)?.0.into()),
            Kind::Int => out.int(number, Integer::deserialize(deserializer)?.0),
            Kind::Double => {
                out.fixed64(number, Double::deserialize(deserializer)?.0.to_bits());
            }
            Kind::Bytes => read_text(deserializer, |text| {
                out.try_bytes(number, |out| append_base64(text, out))
            })?,
            Kind::Message(message) => {
                let open = out.open(number);
                Object {
                    transcoder: &mut *transcoder,
                    message,
                }
                .deserialize(deserializer)?;
                transcoder.out.close(open);
            }
            Kind::List(message) => deserializer.deserialize_any(List {
                transcoder,
                number,
                message,
            })?,
        }
        Ok(())
    }
}

/// A list of messages, each of which is a field of its own in protobuf.
struct List<'a> {
    transcoder: &'a mut Transcoder,
    number: u8,
    message: &'static Message,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        for position in 0.. {
            let element = Element {
                transcoder: &mut *self.transcoder,
                number: self.number,
                message: self.message,
                position,
            };
            if list.next_element_seed(element)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        Err(unexpected_text(text, &self))
    }
}

/// One message of a list.
struct Element<'a> {
    transcoder: &'a mut Transcoder,
    number: u8,
    message: &'static Message,
    position: usize,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self {
            transcoder,
            number,
            message,
            position,
        } = self;
        let open = transcoder.open(number, message.role, position);
        Object {
            transcoder: &mut *transcoder,
            message,
        }
        .deserialize(deserializer)?;
        transcoder.close(open, message.role);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
