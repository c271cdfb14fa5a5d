//! The trace that the client starts: its first span, and the check that bands-api has joined it.

use clew_telemetry::{Signal, Telemetry, TraceState};
use opentelemetry::trace::{SpanContext, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use reqwest::header::HeaderMap;
use url::Url;

use crate::RunError;

/// What the client adds to `tracestate`, for the reader to find on the spans of all services.
const TRACESTATE: (&str, &str) = ("foo", "bar");

/// The root of the trace: the span around the whole call.
pub(crate) struct Trace {
    context: Context,
}

impl Trace {
    pub(crate) fn start(attributes: &[(String, String)]) -> Self {
        let mut tracestate = TraceState::default();
        let (key, value) = TRACESTATE;
        // It is a valid member, and the first one.
        let _ = tracestate.insert(key, value);
        let root = clew_telemetry::root_context(&tracestate);

        let attributes = attributes.iter().cloned();
        let tracer = global::tracer("client");
        let span = tracer
            .span_builder("get_band")
            .with_attributes(attributes.map(|(key, value)| KeyValue::new(key, value)))
            .start_with_context(&tracer, &root);
        Self {
            context: root.with_span(span),
        }
    }

    /// The context for whatever belongs to the trace.
    pub(crate) fn context(&self) -> Context {
        self.context.clone()
    }

    /// Ends the span, sends the trace, and prints its URL.
    ///
    /// # Errors
    /// If the backend cannot be reached: there is nothing to see at the URL then.
    #[expect(clippy::print_stdout, reason = "the URL is for whoever made the call")]
    pub(crate) async fn end(
        self,
        outcome: &Result<(), RunError>,
        telemetry: Telemetry,
        ui_url: &Url,
    ) -> Result<(), RunError> {
        let span = self.context.span();
        if let Err(error) = outcome {
            // The call has ended, and the line belongs to it all the same.
            let _current = self.context().attach();
            tracing::warn!(%error, "there is no band to show");
            span.set_status(Status::error(error.to_string()));
        }
        span.end();
        match telemetry.shutdown().await {
            // Without its log records it is still the trace that the URL promises.
            Err(error) if error.signal == Signal::Logs => {}
            sent => sent?,
        }

        let span = span.span_context();
        if !span.is_valid() {
            println!("There is no trace: the client's tracing is off.");
        } else if !span.is_sampled() {
            println!("The trace was not recorded: the sampler left it out.");
        } else {
            let base = ui_url.as_str().trim_end_matches('/');
            println!("{base}/trace/{}", span.trace_id());
        }
        Ok(())
    }
}

/// Checks that bands-api has answered in the trace of the call. It says nothing if its tracing is
/// off, and there is nothing to check if the client's is.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), RunError> {
    let Some(theirs) = headers.get("trace-id") else {
        return Ok(());
    };
    let context = Context::current();
    let span = context.span();
    let span: &SpanContext = span.span_context();
    let ours = span.trace_id().to_string();
    if !span.is_valid() || theirs.as_bytes() == ours.as_bytes() {
        return Ok(());
    }
    Err(RunError::OtherTrace {
        ours,
        theirs: String::from_utf8_lossy(theirs.as_bytes()).into_owned(),
    })
}
