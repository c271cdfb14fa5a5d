//! What the shop's services log: a line for each request that they serve, for half of their queries,
//! and for what goes wrong.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use clew_model::{
    KeyValue, LogRecord, Resource, Severity, SeverityLevel, Span, SpanKind, Timestamp, Trace, Value,
};
use clew_otlp::encode_logs;

use super::{Request, SPANS_PER_REQUEST, Traces};

/// The word that one log record in [`RARE_EVERY`] says, and no other.
pub const RARE_WORD: &str = "quarantined";

/// How rare that word is.
pub const RARE_EVERY: u64 = 200_000;

/// What takes longer is worth a warning.
const SLOW: Duration = Duration::from_millis(500);

/// The requests in which the services of a corpus send its log records: each holds those of one
/// service, 512 but for the last one of each.
#[derive(Debug)]
pub struct LogRequests {
    traces: Traces,
    /// How many log records are still to be made.
    left: u64,
    made: u64,
    /// For each service those that it will send next.
    waiting: Vec<(Arc<Resource>, Vec<LogRecord>)>,
    ready: VecDeque<Vec<LogRecord>>,
}

impl LogRequests {
    pub(super) fn new(traces: Traces, records: u64) -> Self {
        Self {
            traces,
            left: records,
            made: 0,
            waiting: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    fn log(&mut self, record: LogRecord) {
        let same = |(resource, _): &(Arc<Resource>, _)| Arc::ptr_eq(resource, &record.resource);
        let at = self.waiting.iter().position(same).unwrap_or_else(|| {
            let resource = Arc::clone(&record.resource);
            self.waiting.push((resource, Vec::new()));
            self.waiting.len() - 1
        });
        let of_service = &mut self.waiting[at].1;
        of_service.push(record);
        if of_service.len() == SPANS_PER_REQUEST {
            self.ready.push_back(std::mem::take(of_service));
        }
    }

    fn log_trace(&mut self, trace: &Trace) {
        let mut records: Vec<LogRecord> = trace.spans.iter().flat_map(records_of).collect();
        records.sort_by_key(|record| record.time);
        for mut record in records {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.made += 1;
            if self.made.is_multiple_of(RARE_EVERY)
                && let Value::String(text) = &mut record.body
            {
                text.push_str(", ");
                text.push_str(RARE_WORD);
                text.push_str(" until looked at");
            }
            self.log(record);
        }
    }
}

impl Iterator for LogRequests {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        while self.ready.is_empty() && self.left > 0 {
            let trace = self.traces.next()?;
            self.log_trace(&trace);
        }
        if self.ready.is_empty() {
            let rest = self.waiting.drain(..).map(|(_, records)| records);
            self.ready
                .extend(rest.filter(|records| !records.is_empty()));
        }
        let mut records = self.ready.pop_front()?;
        // Those of a scope together, as SDKs send them.
        records.sort_by(|one, other| one.scope.name.cmp(&other.scope.name));
        Some(Request {
            body: encode_logs(&records),
            spans: records.len(),
        })
    }
}

/// What is logged about a span.
fn records_of(span: &Span) -> Vec<LogRecord> {
    let mut records = Vec::new();
    let took = span
        .end
        .unix_nanos()
        .saturating_sub(span.start.unix_nanos());
    let took = Duration::from_nanos(took);
    for event in &span.events {
        let message = text_of(&event.attributes, "exception.message");
        let kind = text_of(&event.attributes, "exception.type");
        let attributes = vec![KeyValue::new("exception.type", kind)];
        let at = event.time;
        records.push(record(
            span,
            at,
            SeverityLevel::Error,
            message.to_owned(),
            attributes,
        ));
    }
    match span.kind {
        SpanKind::Server => {
            let (path, user) = (
                text_of(&span.attributes, "url.path"),
                text_of(&span.attributes, "user.id"),
            );
            let method = text_of(&span.attributes, "http.request.method");
            let status = value_of(&span.attributes, "http.response.status_code");
            let status = status.cloned().unwrap_or(Value::Empty);
            let ms = took.as_secs_f64() * 1000.0;
            let slow = if took > SLOW { "slow request: " } else { "" };
            let level = if took > SLOW {
                SeverityLevel::Warn
            } else {
                SeverityLevel::Info
            };
            let text = format!("{slow}{method} {path} for {user} done in {ms:.3} ms");
            let attributes = vec![
                KeyValue::new("http.route", text_of(&span.attributes, "http.route")),
                KeyValue::new("http.response.status_code", status),
                KeyValue::new("user.id", user),
                KeyValue::new("thread.name", format!("worker-{}", bits(span) % 16)),
            ];
            records.push(record(span, span.end, level, text, attributes));
        }
        _ if bits(span).is_multiple_of(2) => {
            let collection = text_of(&span.attributes, "db.collection.name");
            if !collection.is_empty() {
                let operation = text_of(&span.attributes, "db.operation.name");
                let rows = bits(span) / 2 % 50;
                let text = format!("{operation} {collection}: {rows} rows in {took:?}");
                let namespace = text_of(&span.attributes, "db.namespace");
                let attributes = vec![KeyValue::new("db.namespace", namespace)];
                records.push(record(
                    span,
                    span.end,
                    SeverityLevel::Debug,
                    text,
                    attributes,
                ));
            }
        }
        _ => {}
    }
    records
}

fn record(
    span: &Span,
    time: Timestamp,
    level: SeverityLevel,
    text: String,
    attributes: Vec<KeyValue>,
) -> LogRecord {
    LogRecord {
        time,
        // The SDK looks at the clock a little later than the program.
        observed_time: Timestamp::from_unix_nanos(time.unix_nanos() + bits(span) % 100_000),
        severity: Severity::from_number(level.least().number()),
        severity_text: level.name().to_uppercase(),
        body: Value::String(text),
        attributes,
        dropped_attributes_count: 0,
        flags: span.flags & 0xff,
        trace_id: Some(span.trace_id),
        span_id: Some(span.span_id),
        event_name: String::new(),
        resource: Arc::clone(&span.resource),
        scope: Arc::clone(&span.scope),
    }
}

/// A number that differs from span to span.
fn bits(span: &Span) -> u64 {
    u64::from_be_bytes(span.span_id.to_bytes())
}

fn value_of<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let mut attributes = attributes.iter();
    attributes.find(|it| it.key == key).map(|it| &it.value)
}

fn text_of<'a>(attributes: &'a [KeyValue], key: &str) -> &'a str {
    match value_of(attributes, key) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}
