//! Text from outside: made harmless, and measured in terminal cells.

use std::borrow::Cow;

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
        // The control pictures stand in the order of the controls.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(char)).unwrap_or('�'),
        '\x7f' => '␡',
        '\u{80}'..='\u{9f}' => '�',
        _ if is_format(char) => '�',
        _ => char,
    }
}

/// Unicode's format characters (general category Cf) and separators, which have no look of their
/// own but change how the rest looks.
fn is_format(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers of Hangul: wide or not, and blank
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}
