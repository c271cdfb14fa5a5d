//! Lines of `tracing-subscriber`, with the ids of the current span added.

use std::fmt::{self, Write as _};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// A format whose lines end with `trace_id` and `span_id`, if there is a span.
pub(super) struct WithTrace<F> {
    inner: Format<F>,
    add: fn(&mut String, &SpanContext) -> fmt::Result,
}

impl WithTrace<Full> {
    /// `2026-11-22T13:51:11.723374Z  INFO bands_api: found a band reviews=6 trace_id=… span_id=…`
    pub(super) fn human(colour: bool) -> Self {
        Self {
            inner: Format::default().with_ansi(colour),
            add: |line, span| {
                let (trace_id, span_id) = (span.trace_id(), span.span_id());
                write!(line, " trace_id={trace_id} span_id={span_id}")
            },
        }
    }
}

impl WithTrace<Json> {
    /// `{"timestamp":"…","level":"INFO","message":"…",…,"trace_id":"…","span_id":"…"}`
    pub(super) fn json() -> Self {
        Self {
            inner: Format::default()
                .json()
                .flatten_event(true)
                .with_ansi(false),
            add: |line, span| {
                if line.ends_with('}') {
                    line.pop();
                    let (trace_id, span_id) = (span.trace_id(), span.span_id());
                    write!(line, r#","trace_id":"{trace_id}","span_id":"{span_id}"}}"#)?;
                }
                Ok(())
            },
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithTrace<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<F>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        cx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.inner.format_event(cx, Writer::new(&mut line), event)?;
        line.truncate(line.trim_end().len());
        Context::map_current(|cx| {
            let span = cx.span();
            if span.span_context().is_valid() {
                (self.add)(&mut line, span.span_context())
            } else {
                Ok(())
            }
        })?;
        writeln!(writer, "{line}")
    }
}
