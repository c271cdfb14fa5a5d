//! What a step claims, held against what the backend has.

use std::collections::BTreeSet;

use clew_model::{Span, SpanKind, SpanNode, SpanTree, Trace, Value};
use clew_trace_context::TraceParent;

use crate::traces::headers::{self, TRACEPARENT};

#[cfg(test)]
mod tests;

/// A claim, and what is wrong with it if it does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// What should be so; `code` is between backticks.
    pub(crate) claim: String,
    /// What is so instead.
    pub(crate) problem: Option<String>,
}

impl Check {
    pub(crate) fn new(claim: impl Into<String>, holds: Result<(), String>) -> Self {
        Self {
            claim: claim.into(),
            problem: holds.err(),
        }
    }
}

/// The trace has spans of exactly these services.
pub(crate) fn services(trace: &Trace, expected: &[&str]) -> Check {
    let found: BTreeSet<&str> = trace.spans.iter().map(service).collect();
    let is_expected = found == expected.iter().copied().collect();
    let found: Vec<&str> = found.into_iter().collect();
    Check::new(
        format!("one trace, with spans of {}", list(expected)),
        ok_or(is_expected, || format!("its spans are of {}", list(&found))),
    )
}

/// The trace has one root and every other span's parent is there.
pub(crate) fn unbroken(trace: &Trace) -> Check {
    let tree = SpanTree::new(trace);
    let orphans: Vec<&SpanNode<'_>> = tree
        .nodes()
        .iter()
        .filter(|node| node.is_orphan())
        .collect();
    let roots = tree.nodes().iter().filter(|node| node.parent.is_none());
    let roots = roots.count() - orphans.len();
    let holds = match orphans.first() {
        Some(orphan) => Err(format!("the parent of {} is missing", orphan.span.name)),
        None => ok_or(roots == 1, || format!("it has {roots} roots")),
    };
    let count = trace.spans.len();
    Check::new(
        format!("its {count} spans are one tree, and no parent is missing"),
        holds,
    )
}

/// The first span of the service `to` is a child of a span of `from`.
pub(crate) fn continues(trace: &Trace, from: &str, to: &str) -> Check {
    let claim = format!("{to}'s first span is a child of one of {from}'s");
    let tree = SpanTree::new(trace);
    let entry = tree
        .nodes()
        .iter()
        .position(|node| service(node.span) == to);
    let holds = entry
        .ok_or_else(|| format!("there is no span of {to}"))
        .and_then(|entry| match tree.parent_of(entry) {
            Some(parent) if service(parent.span) == from => Ok(()),
            Some(parent) => Err(format!("its parent is of {}", service(parent.span))),
            None => Err("it has no parent".to_owned()),
        });
    Check::new(claim, holds)
}

/// The `traceparent` that the service received names the trace, and the span that made the call.
pub(crate) fn header_matches(trace: &Trace, service: &str) -> Check {
    let claim = format!("the header that {service} received names this trace and that parent");
    Check::new(claim, header_problem(trace, service).map_or(Ok(()), Err))
}

fn header_problem(trace: &Trace, service: &str) -> Option<String> {
    let Some(span) = entry_span(trace, service) else {
        return Some(format!("{service} has no span of kind server"));
    };
    let Some(value) = headers::received(span, TRACEPARENT) else {
        return Some("no header was recorded".to_owned());
    };
    match TraceParent::parse(value.as_bytes()) {
        Err(error) => Some(format!("the header is not valid: {error}")),
        Ok(header) if header.trace_id() != span.trace_id => {
            Some(format!("it names the trace {}", header.trace_id()))
        }
        Ok(header) if Some(header.parent_id()) != span.parent_span_id => {
            Some(format!("it names the span {}", header.parent_id()))
        }
        Ok(_) => None,
    }
}

/// Every span carries this `tracestate`.
pub(crate) fn tracestate(trace: &Trace, expected: &str) -> Check {
    let without = trace.spans.iter().find(|span| span.trace_state != expected);
    let holds = without.map_or(Ok(()), |span| {
        let (service, name) = (service(span), &span.name);
        Err(format!("{name} of {service} has {:?}", span.trace_state))
    });
    Check::new(
        format!("the tracestate `{expected}` is on every span"),
        holds,
    )
}

/// The root has this attribute.
pub(crate) fn root_attribute(trace: &Trace, key: &str, expected: &str) -> Check {
    let root = trace
        .spans
        .iter()
        .find(|span| span.parent_span_id.is_none());
    let found = root.and_then(|root| root.attribute(key)).map(plain);
    let holds = ok_or(found.as_deref() == Some(expected), || match found {
        Some(found) => format!("there it is {found}"),
        None => "it has no such attribute".to_owned(),
    });
    Check::new(
        format!("its root is this call: `{key}` is {expected}"),
        holds,
    )
}

/// The one span of a trace has no parent.
pub(crate) fn lonely_root(trace: &Trace, service_name: &str) -> Check {
    let claim = format!("{service_name} began a trace of its own: a single span, without a parent");
    let holds = match trace.spans.as_slice() {
        [span] if service(span) != service_name => Err(format!("it is of {}", service(span))),
        [span] if span.parent_span_id.is_some() => Err("it has a parent".to_owned()),
        [_] => Ok(()),
        spans => Err(format!("it has {} spans", spans.len())),
    };
    Check::new(claim, holds)
}

/// The span with which the service took up the request.
pub(crate) fn entry_span<'a>(trace: &'a Trace, service_name: &str) -> Option<&'a Span> {
    let mut spans = trace.spans.iter();
    spans.find(|span| span.kind == SpanKind::Server && service(span) == service_name)
}

/// The name of the span's service, for a reader.
pub(crate) fn service(span: &Span) -> &str {
    span.service_name().unwrap_or("an unknown service")
}

/// `a, b and c`.
pub(crate) fn list(names: &[&str]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [name] => (*name).to_owned(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn ok_or(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}
