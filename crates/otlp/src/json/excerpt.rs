//! What an error repeats of a sender's text: enough to find it, however long it is.
//!
//! Where a text is in the place of something else, `serde_json` repeats it in full if it was asked
//! for that; so it is asked for anything, and each visitor refuses texts itself.

use std::borrow::Cow;

use serde::de::{Error, Expected, Unexpected};

/// The longest text that is repeated in full.
const CHARS_MAX: usize = 64;

/// A text with another meaning than the field has.
pub(super) fn wrong_text<E: Error>(text: &str, expected: &dyn Expected) -> E {
    E::invalid_value(Unexpected::Str(&excerpt(text)), expected)
}

/// A text where no text belongs.
pub(super) fn unexpected_text<E: Error>(text: &str, expected: &dyn Expected) -> E {
    E::invalid_type(Unexpected::Str(&excerpt(text)), expected)
}

fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
