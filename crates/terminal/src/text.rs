//! Text from outside: made harmless, and measured in terminal cells.

use std::borrow::Cow;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_width::UnicodeWidthChar as _;

#[cfg(test)]
mod tests;

/// How many combining marks a character may carry. No script needs more, and a pile of them would
/// take no width and paint over the lines above.
const MARKS_MAX: usize = 4;

/// The text with everything replaced that a terminal would act upon instead of showing it.
///
/// Control characters become their pictures (`␛`), and what reorders or hides text (bidirectional
/// controls, zero-width and other format characters) becomes `�`.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for char in text.chars() {
        let char = visible(char);
        marks = if cells(char) == 0 { marks + 1 } else { 0 };
        if marks <= MARKS_MAX {
            clean.push(char);
        }
    }
    Cow::Owned(clean)
}

/// How many cells of a terminal's line the text fills.
///
/// By character, as terminals do it, and not by grapheme cluster: an emoji joined from several is
/// as wide as all of them.
pub fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// The longest beginning of the text that fills at most so many cells.
pub(crate) fn head(text: &str, cells_max: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|&(_, char)| {
        used += cells(char);
        used > cells_max
    });
    end.map_or(text, |(index, _)| &text[..index])
}

fn cells(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// The character itself if it only shows, else one that tells of it.
fn visible(char: char) -> char {
    match char {
        // The control pictures are in the order of the controls.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(char)).unwrap_or('�'),
        '\x7f' => '␡',
        '\u{80}'..='\u{9f}' => '�',
        _ if is_format(char) => '�',
        _ => char,
    }
}

/// What has no look of its own but changes how the rest looks, or is blank where something seems to
/// be missing: Unicode's format characters and separators of lines, and a few that it counts as
/// letters or has not assigned yet.
fn is_format(char: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(char);
    matches!(
        category,
        GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || matches!(
        char,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers of Hangul: wide or not, and blank
        | '\u{2065}' | '\u{e0000}'..='\u{e007f}'
    ) // kept for more format characters
}
