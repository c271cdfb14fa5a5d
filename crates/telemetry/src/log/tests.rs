use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use tracing_subscriber::fmt::FormatEvent;
use tracing_subscriber::registry::Registry;

use super::*;
use crate::testing::{Printed, recorder};

/// What is printed of the events of `emit`, in a format.
fn printed<N, E>(fields: N, format: E, emit: impl FnOnce()) -> String
where
    N: for<'a> tracing_subscriber::fmt::FormatFields<'a> + Send + Sync + 'static,
    E: FormatEvent<Registry, N> + Send + Sync + 'static,
{
    let printed = Printed::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(printed.clone())
        .fmt_fields(fields)
        .event_format(format);
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, emit);
    printed.text()
}

/// What is printed of the events of `emit`, if `filter` decides.
fn passed(level: &LogFilter, carriers: &str, emit: impl FnOnce()) -> String {
    passed_with_sdk(level, None, carriers, emit)
}

/// The same if the SDK has a level of its own.
fn passed_with_sdk(
    level: &LogFilter,
    sdk_level: Option<&str>,
    carriers: &str,
    emit: impl FnOnce(),
) -> String {
    let printed = Printed::default();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(printed.clone())
        .with_ansi(false)
        .without_time()
        .with_filter(filter(level, sdk_level, carriers).and(SdkEvents::default()));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, emit);
    printed.text()
}

/// Writes a line within a span, and returns the ids.
fn line_in_span() -> (String, String) {
    recorder();
    let span = crate::tracer().start("work");
    let cx = opentelemetry::Context::new().with_span(span);
    let _current = cx.clone().attach();
    tracing::info!(reviews = 6, "found \"Fugazi\"");
    let span = cx.span();
    let span = span.span_context();
    (span.trace_id().to_string(), span.span_id().to_string())
}

#[test]
fn a_line_for_people_ends_with_the_ids() {
    let mut ids = None;
    let emit = || ids = Some(line_in_span());
    let line = printed(DefaultFields::new(), WithTrace::human(false), emit);
    let (trace_id, span_id) = ids.unwrap();
    let end = format!("found \"Fugazi\" reviews=6 trace_id={trace_id} span_id={span_id}\n");
    assert!(line.ends_with(&end), "{line}");
    assert!(line.contains(" INFO "), "{line}");
}

#[test]
fn a_line_of_json_has_the_ids_as_members() {
    let mut ids = None;
    let emit = || ids = Some(line_in_span());
    let line = printed(JsonFields::new(), WithTrace::json(), emit);
    let (trace_id, span_id) = ids.unwrap();
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(json["trace_id"], trace_id);
    assert_eq!(json["span_id"], span_id);
    assert_eq!(json["message"], "found \"Fugazi\"");
    assert_eq!(json["reviews"], 6);
    assert_eq!(json["level"], "INFO");
}

#[test]
fn without_a_span_there_are_no_ids() {
    let emit = || tracing::info!("alone");
    let human = printed(DefaultFields::new(), WithTrace::human(false), emit);
    assert!(human.ends_with(": alone\n"), "{human}");
    let json = printed(JsonFields::new(), WithTrace::json(), emit);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.get("trace_id"), None);
}

#[test]
fn the_level_decides_and_carriers_are_kept_down() {
    let emit = || {
        tracing::debug!("detail");
        tracing::info!("news");
        tracing::info!(target: "hyper_util::client", "a connection");
        tracing::warn!(target: "h2", "a warning");
    };
    let lines = passed(&LogFilter::Level("info"), "warn", emit);
    assert!(
        lines.contains("news") && lines.contains("a warning"),
        "{lines}"
    );
    assert!(
        !lines.contains("detail") && !lines.contains("a connection"),
        "{lines}"
    );
    // What is sent on has none of them.
    let lines = passed(&LogFilter::Level("debug"), "off", emit);
    assert!(lines.contains("detail"), "{lines}");
    assert!(
        !lines.contains("a connection") && !lines.contains("a warning"),
        "{lines}"
    );

    assert_eq!(passed(&LogFilter::Level("off"), "warn", emit), "");
    let directives = LogFilter::Directives("error,clew_telemetry=debug".to_owned());
    let lines = passed(&directives, "warn", emit);
    assert!(
        lines.contains("detail") && !lines.contains("a warning"),
        "{lines}"
    );
}

#[test]
fn the_sdk_has_a_level_of_its_own() {
    let emit = || {
        tracing::debug!(target: "bands_api", "detail of the application");
        tracing::warn!(target: "bands_api", "warning of the application");
        tracing::debug!(target: "opentelemetry-otlp", "detail of the exporter");
        tracing::debug!(target: "opentelemetry_sdk", "detail of the processor");
        tracing::debug!(target: "clew_telemetry::delivery", "detail of the delivery");
        tracing::warn!(target: "clew_telemetry::delivery", "warning of the delivery");
    };
    let info = LogFilter::Level("info");
    let directives = LogFilter::Directives("warn,opentelemetry=error".to_owned());
    for filter in [&info, &directives, &LogFilter::Level("error")] {
        let lines = passed_with_sdk(filter, Some("debug"), "warn", emit);
        assert_eq!(lines.matches("detail of the ").count(), 3, "{lines}");
        assert!(!lines.contains("detail of the application"), "{lines}");
    }

    let lines = passed_with_sdk(&info, Some("off"), "warn", emit);
    assert_eq!(lines.matches(" of the ").count(), 1, "{lines}");
    assert!(lines.contains("warning of the application"), "{lines}");

    // What carries telemetry is not sent, at whatever level it is printed.
    let lines = passed_with_sdk(&info, Some("debug"), "off", emit);
    assert!(lines.contains("detail of the delivery"), "{lines}");
    assert!(!lines.contains("detail of the exporter"), "{lines}");
}

#[test]
fn a_warning_of_the_sdk_is_printed_once_and_a_lost_batch_not_at_all() {
    let emit = || {
        for _ in 0..3 {
            tracing::warn!(name: "Exporter.PartialSuccess", target: "opentelemetry-otlp", "rejected");
            tracing::error!(name: "BatchSpanProcessor.ExportError", target: "opentelemetry_sdk", "gone");
            tracing::warn!(name: "Export.Failed.Exhausted", target: "opentelemetry-otlp", "gone");
            tracing::warn!("one of ours");
        }
    };
    let lines = passed(&LogFilter::Level("info"), "warn", emit);
    assert_eq!(lines.matches("rejected").count(), 1, "{lines}");
    assert_eq!(lines.matches("gone").count(), 0, "{lines}");
    assert_eq!(lines.matches("one of ours").count(), 3, "{lines}");
}
