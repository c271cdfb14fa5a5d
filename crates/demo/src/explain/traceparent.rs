//! `traceparent`: its four fields, or its first mistake.

use anstyle::{AnsiColor, Style};
use clew_trace_context::{
    ParseTraceParentError, TraceFlags, TraceParent, TraceParentField, TraceParentViolation, Version,
};

use super::page::{Mistake, Page, printable, section, styled};

/// Where the values of the fields are, right of their names.
const VALUE_COLUMN: usize = 13;

/// Explains the header and says whether it is valid.
pub(super) fn explain(value: &str, page: &mut Page) -> bool {
    match TraceParent::parse(value) {
        Ok(traceparent) => {
            page.valid_heading("traceparent");
            fields(value, traceparent, page);
            true
        }
        Err(error) => {
            page.mistake("traceparent", value, &mistake(value, error));
            false
        }
    }
}

fn fields(value: &str, traceparent: TraceParent, page: &mut Page) {
    let digits = |field: TraceParentField| styled(style(field), &value[field.range()]);
    let addition = printable(&value.as_bytes()[TraceParent::LEN..]);
    page.blank_line();
    page.line(&format!(
        "{}{addition}",
        TraceParentField::ALL.map(digits).join("-")
    ));
    page.blank_line();
    for field in TraceParentField::ALL {
        page.entry(VALUE_COLUMN, field.name(), &digits(field));
        match field {
            TraceParentField::TraceFlags => flags(&value[field.range()], traceparent.flags(), page),
            _ => page.paragraph(VALUE_COLUMN, meaning(field, traceparent.version())),
        }
    }
    if !addition.is_empty() {
        page.entry(VALUE_COLUMN, "(unknown)", &addition);
        page.paragraph(VALUE_COLUMN, "What a later version adds is not read.");
    }
    page.blank_line();
    page.link(section!("traceparent-header"));
}

/// The colour of a field, in the header and in the list below it.
fn style(field: TraceParentField) -> Style {
    let color = match field {
        TraceParentField::Version => AnsiColor::Blue,
        TraceParentField::TraceId => AnsiColor::Green,
        TraceParentField::ParentId => AnsiColor::Magenta,
        TraceParentField::TraceFlags => AnsiColor::Yellow,
    };
    color.on_default()
}

fn meaning(field: TraceParentField, version: Version) -> &'static str {
    match field {
        TraceParentField::Version if version > Version::CURRENT => {
            "A later version of the format than 00. A receiver that knows 00 reads the same four \
             fields and sends them on as version 00."
        }
        TraceParentField::Version => "The version of the format.",
        TraceParentField::TraceId => {
            "The trace. Every span that results from one request carries this id, in every service."
        }
        TraceParentField::ParentId => {
            "The span that sent the request: the parent of the span that the receiver starts."
        }
        TraceParentField::TraceFlags => "Eight bits, of which two have a meaning.",
    }
}

/// The flags one by one; `digits` are those of the header, which may have more than are defined.
fn flags(digits: &str, known: TraceFlags, page: &mut Page) {
    let mut line = |text: &str| page.entry(VALUE_COLUMN, "", text);
    line(if known.is_sampled() {
        "01 sampled is set: the sender may have recorded its spans."
    } else {
        "01 sampled is not set: the sender did not record its spans."
    });
    line(if known.is_random() {
        "02 random is set: the last 7 bytes of the trace-id are random."
    } else {
        "02 random is not set: the trace-id may have been made in any way."
    });
    let all = u8::from_str_radix(digits, 16).unwrap_or_default();
    let reserved = all & !known.bits();
    if reserved != 0 {
        line(&format!(
            "{reserved:02x} is reserved: a receiver ignores it and sends zero."
        ));
    }
}

fn mistake(value: &str, error: ParseTraceParentError) -> Mistake {
    let (rule, link) = rule(error.violation);
    Mistake {
        offset: error.offset,
        problem: error.violation.to_string(),
        hint: hint(value, error),
        rule,
        consequence: "A receiver ignores both headers and starts a new trace.",
        link,
    }
}

/// What most often leads to the mistake.
fn hint(value: &str, error: ParseTraceParentError) -> Option<String> {
    use TraceParentViolation as V;
    let rest = &value.as_bytes()[error.offset..];
    match error.violation {
        V::NoDigit {
            found: Some(b'A'..=b'F'),
            ..
        } => Some("Digits in upper case are not allowed.".to_owned()),
        V::NoDigit {
            field,
            found: Some(b'-'),
        } => {
            let missing = field.range().end - error.offset;
            Some(format!("The {field} is too short by {missing}."))
        }
        V::NoDash {
            after,
            found: Some(byte),
        } if byte.is_ascii_hexdigit() => {
            let extra = rest
                .iter()
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            Some(format!("The {after} is too long by {extra}."))
        }
        _ => None,
    }
}

/// What the specification says of the place where the mistake is, and in which section.
fn rule(violation: TraceParentViolation) -> (&'static str, &'static str) {
    use TraceParentField as Field;
    use TraceParentViolation as V;
    match violation {
        V::ForbiddenVersion => (
            "Versions go from 00 to fe; ff is invalid.",
            section!("version"),
        ),
        V::TooLong => (
            "Version 00 has four fields and nothing after them; only a later version may go on, \
             after another dash.",
            section!("version-format"),
        ),
        V::NoDash {
            after: Field::TraceFlags,
            ..
        } => (
            "In a later version, the flags end the header or a dash follows them.",
            section!("versioning-of-traceparent"),
        ),
        V::NoDigit { field, .. } | V::NoDash { after: field, .. } | V::ZeroId { field } => {
            field_rule(field)
        }
    }
}

fn field_rule(field: TraceParentField) -> (&'static str, &'static str) {
    match field {
        TraceParentField::Version => (
            "The header starts with the version: two digits of 0-9 and a-f, and a dash.",
            section!("versioning-of-traceparent"),
        ),
        TraceParentField::TraceId => (
            "A trace-id is 16 bytes, not all of them zero, as 32 digits of 0-9 and a-f.",
            section!("trace-id"),
        ),
        TraceParentField::ParentId => (
            "A parent-id is 8 bytes, not all of them zero, as 16 digits of 0-9 and a-f.",
            section!("parent-id"),
        ),
        TraceParentField::TraceFlags => (
            "The trace-flags are 8 bits, as two digits of 0-9 and a-f.",
            section!("trace-flags"),
        ),
    }
}
