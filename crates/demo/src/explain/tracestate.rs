//! `tracestate`: its members, or its first mistake.

use clew_trace_context::{ParseTraceStateError, TraceState, TraceStateViolation};

use super::page::{Mistake, Page, section};

/// Keys longer than this do not push the values further right.
const KEY_COLUMNS_MAX: usize = 24;

/// What every system on the way should carry, in characters.
const CARRIED_LEN_MIN: usize = 512;

/// Explains the header and says whether it is valid.
pub(super) fn explain(value: &str, page: &mut Page) -> bool {
    match TraceState::parse(value) {
        Ok(list) => {
            page.valid_heading("tracestate");
            members(&list, page);
            true
        }
        Err(error) => {
            page.mistake("tracestate", value, &mistake(error));
            false
        }
    }
}

fn members(list: &TraceState, page: &mut Page) {
    page.blank_line();
    if list.is_empty() {
        page.paragraph(
            0,
            "It has no members. A receiver accepts that; a sender should not send it.",
        );
    } else {
        page.line(list.as_str());
        page.blank_line();
        let longest = list
            .members()
            .map(|(key, _)| key.len())
            .max()
            .unwrap_or_default();
        let column = longest.min(KEY_COLUMNS_MAX) + 2;
        for (key, value) in list.members() {
            page.entry(column, key, value);
        }
        page.blank_line();
        remarks(list, page);
    }
    page.blank_line();
    page.link(section!("tracestate-header"));
}

fn remarks(list: &TraceState, page: &mut Page) {
    let count = list.members().count();
    let max = TraceState::MEMBERS_MAX;
    page.paragraph(
        0,
        &format!(
            "{count} of at most {max} members. Each belongs to one tracing system and means \
             nothing to the others, which pass it on. The left-most was written last."
        ),
    );
    if let Some(key) = repeated_key(list) {
        page.paragraph(
            0,
            &format!("The key {key} occurs more than once: only the first counts."),
        );
    }
    let len = list.as_str().len();
    if len > CARRIED_LEN_MIN {
        page.paragraph(
            0,
            &format!(
                "It has {len} characters. A system on the way may drop members to keep to \
                 {CARRIED_LEN_MIN}."
            ),
        );
    }
}

fn repeated_key(list: &TraceState) -> Option<&str> {
    let mut keys = list.members().map(|(key, _)| key);
    while let Some(key) = keys.next() {
        if keys.clone().any(|later| later == key) {
            return Some(key);
        }
    }
    None
}

fn mistake(error: ParseTraceStateError) -> Mistake {
    let (rule, link) = rule(error.violation);
    Mistake {
        offset: error.offset,
        problem: error.violation.to_string(),
        hint: hint(error.violation),
        rule,
        consequence: "A receiver may discard the whole tracestate, as Clew does. A valid \
                      traceparent counts all the same.",
        link,
    }
}

/// What most often leads to the mistake.
fn hint(violation: TraceStateViolation) -> Option<String> {
    use TraceStateViolation as V;
    let hint = match violation {
        V::KeyStart { found: b'A'..=b'Z' } | V::KeyCharacter { found: b'A'..=b'Z' } => {
            "Letters in upper case are not allowed."
        }
        V::KeyCharacter {
            found: b' ' | b'\t',
        } => "White space is allowed around a member, but not before its equals sign.",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What the specification says of the place where the mistake is, and in which section.
fn rule(violation: TraceStateViolation) -> (&'static str, &'static str) {
    use TraceStateViolation as V;
    match violation {
        V::KeyStart { .. } | V::KeyCharacter { .. } | V::EmptyKey | V::KeyTooLong => (
            "A key starts with a-z or 0-9 and goes on with up to 255 characters out of a-z, 0-9 \
             and _-*/@.",
            section!("key"),
        ),
        V::ValueCharacter { .. } | V::EmptyValue | V::ValueTooLong | V::ValueEnd => (
            "A value has 1 to 256 printable ASCII characters, but no comma and no equals sign, \
             and does not end in a space.",
            section!("value"),
        ),
        V::NoEquals => (
            "Members are separated by commas, and each is a key, an equals sign and a value.",
            section!("list-members"),
        ),
        V::TooManyMembers => (
            "A list has at most 32 members.",
            section!("tracestate-header-field-values"),
        ),
    }
}
