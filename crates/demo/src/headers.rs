//! The headers that carry a trace from one service to the next, as the receiver recorded them.

use std::borrow::Cow;

use anstyle::Style;
use clew_model::{Span, Value};
use clew_terminal::Line;
use clew_terminal::style::{CODE, DIM, TITLE};
use clew_trace_context::TraceParent;

#[cfg(test)]
mod tests;

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";

/// Where the fields of version 00 begin: the version is at 0.
const FIELDS: [(usize, &str); 3] = [(3, "trace-id"), (36, "parent-id"), (53, "flags")];

/// The value of the header as the span's service received it, if it did.
pub(crate) fn received<'a>(span: &'a Span, header: &str) -> Option<Cow<'a, str>> {
    let recorded = span.attribute(&format!("http.request.header.{header}"))?;
    let Value::String(text) = recorded else {
        return None;
    };
    // The convention makes it a list, since a header may come several times; Jaeger turns lists
    // into JSON.
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(values) => Some(values.join(", ").into()),
        Err(_) => Some(text.into()),
    }
}

/// The two headers, with the fields of `traceparent` named below it.
pub(crate) fn lines(traceparent: Option<&str>, tracestate: Option<&str>) -> Vec<Line> {
    let mut lines = vec![header(TRACEPARENT, traceparent)];
    if traceparent.is_some_and(|value| TraceParent::parse(value).is_ok()) {
        lines.push(field_names());
    }
    lines.push(header(TRACESTATE, tracestate));
    lines
}

fn header(name: &str, value: Option<&str>) -> Line {
    let line = Line::styled(TITLE, name).with(Style::new(), ": ");
    match value {
        Some(value) => line.with(CODE, value),
        None => line.with(DIM, "(none)"),
    }
}

/// The names of the fields, each below where its field begins.
fn field_names() -> Line {
    let mut names = " ".repeat(TRACEPARENT.len() + ": ".len());
    let value = names.len();
    for (start, name) in FIELDS {
        let used = names.chars().count();
        names.push_str(&" ".repeat(value + start - used));
        names.push('└');
        names.push_str(name);
    }
    Line::styled(DIM, &names)
}
