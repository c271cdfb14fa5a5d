use super::*;

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in ["GET /bands/{id}", "", "Motörhead", "バンド", "🎸 solo", "ก็"] {
        assert_eq!(harmless(text), text);
    }
}

#[test]
fn escape_sequences_lose_their_power() {
    let check = |text: &str, expected: &str| assert_eq!(harmless(text), expected);
    check("\x1b[2Jgone", "␛[2Jgone");
    check("\x1b]0;title\x07", "␛]0;title␇");
    check("\u{9b}31mred", "�31mred");
    check("line\r\nbreak\ttab", "line␍␊break␉tab");
    check("nul\0del\x7f", "nul␀del␡");
}

#[test]
fn nothing_reorders_or_hides_text() {
    assert_eq!(harmless("abc\u{202e}fed"), "abc�fed");
    assert_eq!(harmless("a\u{200b}b\u{2066}c\u{feff}d"), "a�b�c�d");
    assert_eq!(harmless("line\u{2028}line"), "line�line");
}

#[test]
fn piles_of_combining_marks_are_cut() {
    let pile = "e\u{301}".to_owned() + &"\u{302}".repeat(1000) + "x";
    assert_eq!(harmless(&pile), "e\u{301}\u{302}\u{302}\u{302}x");
}

#[test]
fn no_text_brings_a_control_character_through() {
    let every_char = (0..=0x0010_ffff_u32).filter_map(char::from_u32);
    let survivors: Vec<char> = every_char
        .filter(|char| harmless(&format!("a{char}b")).chars().any(char::is_control))
        .collect();
    assert_eq!(survivors, ['\0'; 0]);
}

#[test]
fn width_counts_cells() {
    let check = |text: &str, cells: usize| assert_eq!(width(text), cells, "{text:?}");
    check("abc", 3);
    check("バンド", 6);
    check("e\u{301}", 1);
    check("🎸", 2);
}

#[test]
fn head_never_splits_a_wide_character() {
    assert_eq!(head("バンド", 3), "バ");
    assert_eq!(head("バンド", 6), "バンド");
    assert_eq!(head("abc", 0), "");
}

/// Those of category Cf, and those that are invisible without being in it.
#[test]
fn no_invisible_character_stays() {
    let ranges = [
        '\u{ad}'..='\u{ad}',
        '\u{600}'..='\u{605}',
        '\u{61c}'..='\u{61c}',
        '\u{6dd}'..='\u{6dd}',
        '\u{70f}'..='\u{70f}',
        '\u{890}'..='\u{891}',
        '\u{8e2}'..='\u{8e2}',
        '\u{115f}'..='\u{1160}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{3164}'..='\u{3164}',
        '\u{feff}'..='\u{feff}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{fff9}'..='\u{fffb}',
        '\u{110bd}'..='\u{110bd}',
        '\u{110cd}'..='\u{110cd}',
        '\u{13430}'..='\u{1343f}',
        '\u{1bca0}'..='\u{1bca3}',
        '\u{1d173}'..='\u{1d17a}',
        '\u{e0000}'..='\u{e007f}',
    ];
    let survivors: Vec<char> = ranges
        .into_iter()
        .flatten()
        .filter(|char| harmless(&char.to_string()) != "�")
        .collect();
    assert_eq!(survivors, ['\0'; 0]);
}
