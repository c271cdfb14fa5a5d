//! The headers that carry a trace from one service to the next, as the receiver recorded them.

use std::borrow::Cow;

use anstyle::Style;
use clew_model::{Span, Value};
use clew_terminal::Line;
use clew_terminal::style::{CODE, DIM, MARK};
use clew_trace_context::TraceParent;

#[cfg(test)]
mod tests;

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";

/// The fields of version 00 after the version: where they begin, and what they are called.
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

/// The two headers, with the fields of `traceparent` named below it, and the id of the parent in
/// the style of the caller. A value that does not fit beside its name is below it.
pub(crate) fn lines(
    traceparent: Option<&str>,
    tracestate: Option<&str>,
    caller: Style,
    width: usize,
) -> Vec<Line> {
    let mut lines = Vec::new();
    match traceparent {
        Some(value) if TraceParent::parse(value).is_ok() => {
            lines.extend(named(TRACEPARENT, fields(value, caller), width));
            let value_start = lines.last().map_or(0, Line::width) - value.len();
            lines.push(field_names(value_start));
        }
        other => lines.extend(named(TRACEPARENT, plain(other), width)),
    }
    lines.extend(named(TRACESTATE, plain(tracestate), width));
    lines
}

fn plain(value: Option<&str>) -> Line {
    value.map_or(Line::styled(DIM, "(none)"), |value| {
        Line::styled(CODE, value)
    })
}

fn named(name: &str, value: Line, width: usize) -> Vec<Line> {
    let name = Line::styled(DIM, name).with(DIM, ": ");
    if name.width() + value.width() <= width {
        vec![name.join(value)]
    } else {
        vec![name, value]
    }
}

/// A valid `traceparent`, field by field.
fn fields(value: &str, caller: Style) -> Line {
    let [(trace_id, _), (parent_id, _), (flags, _)] = FIELDS;
    let field = |from, to| value.get(from..to).unwrap_or_default();
    Line::styled(DIM, field(0, trace_id))
        .with(MARK, field(trace_id, parent_id - 1))
        .with(DIM, "-")
        .with(caller, field(parent_id, flags - 1))
        .with(DIM, value.get(flags - 1..).unwrap_or_default())
}

/// The names of the fields, each below where its field begins.
fn field_names(value_start: usize) -> Line {
    let mut names = String::new();
    for (start, name) in FIELDS {
        let used = names.chars().count();
        names.push_str(&" ".repeat(value_start + start - used));
        names.push('└');
        names.push_str(name);
    }
    Line::styled(DIM, &names)
}
