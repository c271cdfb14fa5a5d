//! JSON for a terminal.

use std::fmt::{Display, Write as _};
use std::str::FromStr;

use serde::de::{Deserialize as _, Deserializer, Error as _};

/// JSON with those characters escaped that a terminal would act upon instead of showing them.
pub(in crate::commands) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for char in json.chars() {
        let is_shown = matches!(char, ' '..='~') || is_harmless(char);
        if is_shown {
            text.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

fn is_harmless(char: char) -> bool {
    let mut buffer = [0; 4];
    let text: &str = char.encode_utf8(&mut buffer);
    clew_terminal::text::harmless(text) == text
}

/// A number of 64 bits or more, which JSON has as text.
pub(in crate::commands) fn number<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}
