//! The log records of a trace, beside its spans.

use std::collections::{BTreeSet, HashMap};

use clew_model::{Span, SpanId, Trace};

use crate::backend::logs::LogLine;
use crate::traces::checks::{self, Check, list, ok_or};

#[cfg(test)]
mod tests;

/// The log records of a trace have been written by exactly these services.
pub(crate) fn services(lines: &[LogLine], expected: &[&str]) -> Check {
    let found: BTreeSet<&str> = lines.iter().map(|line| line.service.as_str()).collect();
    let is_expected = found == expected.iter().copied().collect();
    let found: Vec<&str> = found.into_iter().collect();
    Check::new(
        format!("the trace has log records of {}", list(expected)),
        ok_or(is_expected, || format!("they are of {}", list(&found))),
    )
}

/// Each of them names a span of its own service.
pub(crate) fn spans(lines: &[LogLine], trace: &Trace) -> Check {
    let by_id = by_id(trace);
    let is_astray = |line: &&LogLine| {
        let span = line.span_id.and_then(|id| by_id.get(&id));
        span.is_none_or(|span| checks::service(span) != line.service)
    };
    let holds = match lines.iter().find(is_astray) {
        Some(line) => Err(format!("{:?} of {} does not", line.text, line.service)),
        None => Ok(()),
    };
    Check::new("and each names a span of the service that wrote it", holds)
}

/// The spans of the trace, to be found by their ids.
pub(crate) fn by_id(trace: &Trace) -> HashMap<SpanId, &Span> {
    let spans = trace.spans.iter();
    spans.map(|span| (span.span_id, span)).collect()
}
