//! Context between services: out of the headers of a request that comes in, into those of one that
//! goes out.
//!
//! A *propagator* is what the SDK calls for both. It reads headers into a [`Context`], the SDK's
//! immutable bag of values that belongs to one request, and writes them from there. The SDK has one
//! for W3C Trace Context, which takes malformed headers for valid ones, reads one `tracestate` line
//! of several and wipes the random flag (`docs/decisions/0001-our-own-propagator.md`). This one
//! stands on `clew-trace-context`. What the SDK's own types cannot hold travels beside them, as
//! values of the context.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use clew_trace_context::{Baggage, SpanId, TraceContext, TraceFlags, TraceId, TraceParent};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{
    Extractor, Injector, TextMapCompositePropagator, TextMapPropagator,
};
use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt as _, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::BaggagePropagator as SdkBaggagePropagator;
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::settings::Propagator;

/// The propagator of all that is listed.
pub(crate) fn composite(propagators: &[Propagator]) -> TextMapCompositePropagator {
    let boxed = |propagator: &Propagator| match propagator {
        Propagator::TraceContext => Box::new(TraceContextPropagator) as Box<_>,
        Propagator::Baggage => Box::new(BaggagePropagator::default()) as Box<_>,
    };
    TextMapCompositePropagator::new(propagators.iter().map(boxed).collect())
}

/// A context whose first span starts a new trace, with `tracestate` on it and on all that follow.
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TraceContextExt as _};
///
/// let tracer = opentelemetry::global::tracer("example");
/// let root = clew_telemetry::root_context(&"foo=bar".parse()?);
/// let span = tracer.start_with_context("call", &root);
/// let context = root.with_span(span);
/// # Ok::<_, clew_telemetry::ParseTraceStateError>(())
/// ```
pub fn root_context(tracestate: &clew_trace_context::TraceState) -> Context {
    Context::new().with_value(RootTraceState(to_sdk(tracestate)))
}

/// The `tracestate` of a trace that is yet to begin.
#[derive(Debug)]
struct RootTraceState(TraceState);

/// The sampler that the environment names, which also puts the `tracestate` of [`root_context`] on
/// the first span: the SDK asks no one else for it.
#[derive(Debug, Clone)]
pub(crate) struct RootSampler {
    inner: Box<dyn ShouldSample>,
}

impl RootSampler {
    pub(crate) fn from_env() -> Self {
        Self {
            // The SDK reads `OTEL_TRACES_SAMPLER` here.
            inner: opentelemetry_sdk::trace::Config::default().sampler,
        }
    }
}

impl ShouldSample for RootSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: opentelemetry::TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self
            .inner
            .should_sample(parent, trace_id, name, kind, attributes, links);
        if let Some(cx) = parent
            && !cx.span().span_context().is_valid()
            && let Some(RootTraceState(tracestate)) = cx.get()
        {
            result.trace_state = tracestate.clone();
        }
        result
    }
}

/// The `traceparent` of the span in `cx`, or `None` if there is no span.
pub(crate) fn traceparent(cx: &Context) -> Option<TraceParent> {
    let span = cx.span();
    let span = span.span_context();
    let trace_id = TraceId::from_bytes(span.trace_id().to_bytes())?;
    let parent_id = SpanId::from_bytes(span.span_id().to_bytes())?;
    let random = match cx.get::<Incoming>() {
        Some(incoming) if incoming.traceparent.trace_id() == trace_id => {
            incoming.traceparent.flags().is_random()
        }
        // Somebody else has read it from a request.
        _ if span.is_remote() => TraceFlags::from_bits(span.trace_flags().to_u8()).is_random(),
        // The trace began here, and the SDK draws all bits of an id at random.
        _ => true,
    };
    let flags = flag(TraceFlags::SAMPLED, span.is_sampled()) | flag(TraceFlags::RANDOM, random);
    Some(TraceParent::new(trace_id, parent_id, flags))
}

fn flag(flag: TraceFlags, set: bool) -> TraceFlags {
    if set { flag } else { TraceFlags::from_bits(0) }
}

/// The context that came in, whole: with the random flag, which the SDK drops for a span that is
/// not sampled, and the `tracestate` as it was written.
#[derive(Debug)]
struct Incoming {
    traceparent: TraceParent,
    tracestate: clew_trace_context::TraceState,
    /// The same as far as the SDK can hold it: if a span still carries it, nobody has changed it.
    held_by_sdk: TraceState,
}

/// W3C Trace Context, Level 2.
#[derive(Debug)]
struct TraceContextPropagator;

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let Some(traceparent) = traceparent(cx) else {
            return;
        };
        injector.set(TraceParent::HEADER.as_str(), traceparent.to_string());
        let tracestate = tracestate(cx, traceparent.trace_id());
        if !tracestate.is_empty() {
            injector.set(clew_trace_context::TraceState::HEADER.as_str(), tracestate);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let lines = |name: &str| extractor.get_all(name).unwrap_or_default();
        let extracted = TraceContext::from_lines(
            lines(TraceParent::HEADER.as_str()),
            lines(clew_trace_context::TraceState::HEADER.as_str()),
        );
        if let Some(discarded) = extracted.discarded {
            tracing::debug!("a header of the request is left out of account: {discarded}");
        }
        let Some(context) = extracted.context else {
            return cx.clone();
        };
        let traceparent = context.traceparent;
        let held_by_sdk = to_sdk(&context.tracestate);
        let remote = SpanContext::new(
            opentelemetry::TraceId::from_bytes(traceparent.trace_id().to_bytes()),
            opentelemetry::SpanId::from_bytes(traceparent.parent_id().to_bytes()),
            opentelemetry::TraceFlags::new(traceparent.flags().bits()),
            true,
            held_by_sdk.clone(),
        );
        cx.with_value(Incoming {
            traceparent,
            tracestate: context.tracestate,
            held_by_sdk,
        })
        .with_remote_span_context(remote)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 2]> = LazyLock::new(|| {
            [
                TraceParent::HEADER.to_string(),
                clew_trace_context::TraceState::HEADER.to_string(),
            ]
        });
        FieldIter::new(&*FIELDS)
    }
}

/// The `tracestate` to send: as it came, unless a sampler has changed it since.
fn tracestate(cx: &Context, trace_id: TraceId) -> String {
    let span = cx.span();
    let held = span.span_context().trace_state();
    match cx.get::<Incoming>() {
        Some(incoming)
            if incoming.traceparent.trace_id() == trace_id && incoming.held_by_sdk == *held =>
        {
            incoming.tracestate.as_str().to_owned()
        }
        _ => held.header(),
    }
}

/// The members that the SDK's type accepts, so that they stand on the exported spans. It knows
/// Level 1's grammar of keys, and leaves out the few that only Level 2 allows; they are sent on
/// all the same.
fn to_sdk(tracestate: &clew_trace_context::TraceState) -> TraceState {
    let accepted = |member: &(&str, &str)| TraceState::from_key_value([*member]).is_ok();
    TraceState::from_key_value(tracestate.members().filter(accepted)).unwrap_or_default()
}

/// W3C Baggage: the SDK's propagator, and past it the members as they were written, which go on
/// unchanged unless somebody here has changed the baggage.
#[derive(Debug, Default)]
struct BaggagePropagator {
    sdk: SdkBaggagePropagator,
}

#[derive(Debug)]
struct IncomingBaggage {
    written: Baggage,
    /// What the SDK has made of it, as it would write it.
    read_by_sdk: String,
}

impl BaggagePropagator {
    fn written_by_sdk(&self, cx: &Context) -> Option<String> {
        let mut headers = HashMap::new();
        self.sdk.inject_context(cx, &mut headers);
        headers.remove(Baggage::HEADER.as_str())
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let written = self.written_by_sdk(cx).unwrap_or_default();
        let value = match cx.get::<IncomingBaggage>() {
            Some(incoming) if incoming.read_by_sdk == written => incoming.written.as_str(),
            _ => &written,
        };
        if !value.is_empty() {
            injector.set(Baggage::HEADER.as_str(), value.to_owned());
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let lines = extractor.get_all(Baggage::HEADER.as_str());
        let written = Baggage::from_lines(lines.unwrap_or_default());
        if written.is_empty() {
            return cx.clone();
        }
        let one_line = HashMap::from([(Baggage::HEADER.to_string(), written.as_str().to_owned())]);
        let cx = self.sdk.extract_with_context(cx, &one_line);
        let read_by_sdk = self.written_by_sdk(&cx).unwrap_or_default();
        cx.with_value(IncomingBaggage {
            written,
            read_by_sdk,
        })
    }

    fn fields(&self) -> FieldIter<'_> {
        self.sdk.fields()
    }
}

/// The headers of a request that comes in, as propagators read them.
#[derive(Debug)]
pub(crate) struct HeaderExtractor<'a>(pub(crate) &'a http::HeaderMap);

impl HeaderExtractor<'_> {
    /// A value that is no text must not go missing: of two `traceparent` headers neither counts,
    /// even if one is garbage. This character is valid in none of them.
    fn text(value: &http::HeaderValue) -> &str {
        str::from_utf8(value.as_bytes()).unwrap_or("\u{fffd}")
    }
}

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(Self::text)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<&str> = self.0.get_all(key).iter().map(Self::text).collect();
        (!values.is_empty()).then_some(values)
    }
}

/// The headers of a request that goes out, as propagators write them.
#[derive(Debug)]
pub(crate) struct HeaderInjector<'a>(pub(crate) &'a mut http::HeaderMap);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        // A propagator writes names and values that are headers; another one's mistake costs the
        // request its context, and nothing else.
        if let (Ok(name), Ok(value)) = (
            http::HeaderName::from_bytes(key.as_bytes()),
            http::HeaderValue::from_str(&value),
        ) {
            self.0.insert(name, value);
        }
    }
}
