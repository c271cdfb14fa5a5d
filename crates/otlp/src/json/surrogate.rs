//! Halves of surrogate pairs that stand alone.
//!
//! A string of JavaScript may be cut between the two halves of a character, and its
//! `JSON.stringify` writes the half that is left as an escape such as `\ud83d`. RFC 8259 leaves
//! open what that means, and serde refuses it. One name that was cut is no reason to lose a batch.

use bytes::{Bytes, BytesMut};

/// The length of an escape such as `\ud83d`.
const ESCAPE_LEN: usize = 6;

/// U+FFFD, the replacement character: an escape of the same length, so that what is refused
/// later keeps its line and column.
const REPLACEMENT: &[u8; ESCAPE_LEN] = b"\\ufffd";

/// The text with a replacement character for each half of a pair that has no other half. It is
/// changed where it lies, unless others have it too.
///
/// Backslashes stand in strings only, so escapes are found without reading the text as JSON.
pub(super) fn replace_lone_surrogates(json: Bytes) -> Bytes {
    let Some(first) = next_lone(&json, 0) else {
        return json;
    };
    let mut text = BytesMut::from(json);
    let mut next = Some(first);
    while let Some(position) = next {
        text[position..][..ESCAPE_LEN].copy_from_slice(REPLACEMENT);
        next = next_lone(&text, position + ESCAPE_LEN);
    }
    text.freeze()
}

/// Where the next escape of half a pair alone stands, from a position on that is in no escape.
fn next_lone(json: &[u8], mut position: usize) -> Option<usize> {
    while let Some(distance) = json[position..].iter().position(|byte| *byte == b'\\') {
        position += distance;
        let escape = &json[position..];
        position += match code_unit(escape) {
            Some(0xd800..=0xdbff) if is_low(&escape[ESCAPE_LEN..]) => 2 * ESCAPE_LEN,
            Some(0xd800..=0xdfff) => return Some(position),
            Some(_) => ESCAPE_LEN,
            // The byte after the backslash is skipped, too: it may be one itself.
            None => escape.len().min(2),
        };
    }
    None
}

/// Whether the text begins with the second half of a pair.
fn is_low(text: &[u8]) -> bool {
    matches!(code_unit(text), Some(0xdc00..=0xdfff))
}

/// The code unit of UTF-16 that the text begins with, if it begins with the escape of one.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests;
