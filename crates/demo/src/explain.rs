//! `clew explain`: takes a `traceparent` and a `tracestate` apart, field by field, or says which
//! byte is wrong and what the specification says of it.

mod page;
mod traceparent;
mod tracestate;

use page::Page;

/// What there is to say about the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The text, in lines of at most 80 columns (longer only where a header is), with the escape
    /// sequences of colours. Whoever prints it removes those if the output is not a terminal. Bytes
    /// of the headers that are not printable ASCII are escaped there.
    pub text: String,
    /// Whether both headers keep to the specification.
    pub is_valid: bool,
}

/// Explains the values of both headers. A value may come with the header's name before it, as it
/// is copied from a log, and with white space around it, as HTTP allows.
pub fn explain(traceparent: &str, tracestate: Option<&str>) -> Explanation {
    let mut page = Page::default();
    let mut is_valid = traceparent::explain(value_of("traceparent", traceparent), &mut page);
    if let Some(tracestate) = tracestate {
        page.blank_line();
        is_valid &= tracestate::explain(value_of("tracestate", tracestate), &mut page);
    }
    Explanation {
        text: page.into_text(),
        is_valid,
    }
}

fn value_of<'a>(header: &str, typed: &'a str) -> &'a str {
    let is_ows = [' ', '\t'];
    let value = match typed.split_once(':') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case(header) => value,
        _ => typed,
    };
    value.trim_matches(is_ows)
}

#[cfg(test)]
mod tests;
