//! The headers of a hop, as they were recorded, or put together again.

use clew_model::{KeyValue, Span, SpanId, TraceId, Value};

/// A header, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What it says.
    pub value: String,
    /// Where that is from.
    pub source: HeaderSource,
}

/// How a header is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderSource {
    /// A span has it as an attribute.
    Recorded,
    /// It was put together from ids, flags and state: what W3C Trace Context asks of a caller.
    Reconstructed,
}

impl HeaderSource {
    /// Its name where it is written, such as in an API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Reconstructed => "reconstructed",
        }
    }
}

impl Header {
    pub(super) fn recorded(value: String) -> Self {
        Self {
            value,
            source: HeaderSource::Recorded,
        }
    }

    pub(super) fn reconstructed_if_set(value: &str) -> Option<Self> {
        (!value.is_empty()).then(|| Self {
            value: value.to_owned(),
            source: HeaderSource::Reconstructed,
        })
    }
}

/// The `traceparent` that a span of this id sends. A span that was kept was sampled; of some SDKs its
/// flags do not say so.
pub(super) fn reconstructed_traceparent(trace: TraceId, caller: SpanId, flags: u32) -> Header {
    let flags = flags & 0xff | SAMPLED;
    Header {
        value: format!("00-{trace}-{caller}-{flags:02x}"),
        source: HeaderSource::Reconstructed,
    }
}

/// The sampled flag of W3C Trace Context.
const SAMPLED: u32 = 0x01;

/// Whether the span recorded a `traceparent` whose sampled flag is not set.
pub(crate) fn is_told_unsampled(span: &Span) -> bool {
    let header = header_of(&span.attributes, TRACEPARENT_KEY);
    header.is_some_and(|header| is_unsampled(&header))
}

/// Whether this is a `traceparent` whose sampled flag is not set.
pub(super) fn is_unsampled(header: &str) -> bool {
    let flags = header.trim().split('-').nth(3);
    let flags = flags.and_then(|flags| u32::from_str_radix(flags, 16).ok());
    flags.is_some_and(|flags| flags & SAMPLED == 0)
}

/// What a span recorded of the headers of its request.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) traceparent: Option<String>,
    pub(super) tracestate: Option<String>,
}

/// How OpenTelemetry's semantic conventions name the attribute of a header.
const TRACEPARENT_KEY: &str = "http.request.header.traceparent";
const TRACESTATE_KEY: &str = "http.request.header.tracestate";

/// A longer header is cut: W3C Trace Context asks nobody to hand on more than 512 characters.
const HEADER_LEN_MAX: usize = 1024;

impl Recorded {
    pub(super) fn of(span: &Span) -> Self {
        Self {
            traceparent: header_of(&span.attributes, TRACEPARENT_KEY),
            tracestate: header_of(&span.attributes, TRACESTATE_KEY),
        }
    }

    pub(super) fn text_len(&self) -> usize {
        let texts = [&self.traceparent, &self.tracestate];
        texts.into_iter().flatten().map(String::len).sum()
    }
}

/// The values of a header, of which there may be several, with commas between them as HTTP joins them.
fn header_of(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = &attributes.iter().find(|it| it.key == key)?.value;
    let mut text = match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts = values.iter().filter_map(|value| match value {
                Value::String(text) => Some(text.as_str()),
                _ => None,
            });
            texts.collect::<Vec<_>>().join(",")
        }
        _ => return None,
    };
    text.truncate(cut(&text).len());
    Some(text)
}

/// As much of a header as is kept.
fn cut(header: &str) -> &str {
    &header[..header.floor_char_boundary(HEADER_LEN_MAX)]
}

/// As many whole members of a `tracestate` as are kept.
pub(super) fn cut_tracestate(header: &str) -> &str {
    let kept = cut(header);
    if kept.len() == header.len() {
        return header;
    }
    kept.rsplit_once(',').map_or("", |(whole, _)| whole)
}
