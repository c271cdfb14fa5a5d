use super::*;

fn text(lines: &[Line]) -> Vec<String> {
    lines.iter().map(Line::text).collect()
}

#[test]
fn paragraphs_break_at_spaces() {
    let lines = paragraph(
        "A trace is the path of one request through many services.",
        24,
    );
    assert_eq!(
        text(&lines),
        [
            "A trace is the path of",
            "one request through many",
            "services."
        ]
    );
}

#[test]
fn a_word_that_is_too_long_is_cut() {
    assert_eq!(
        text(&paragraph("an incomprehensible word", 10)),
        ["an", "incompreh…", "word"]
    );
}

#[test]
fn paragraphs_never_get_too_wide_to_read() {
    let lines = paragraph(&"word ".repeat(100), 300);
    assert!(
        lines.iter().all(|line| line.width() <= MEASURE_MAX),
        "{:?}",
        text(&lines)
    );
}

#[test]
fn code_keeps_together_and_has_its_style() {
    let lines = paragraph("Type `clew demo call`, then look.", 20);
    assert_eq!(text(&lines), ["Type clew demo call,", "then look."]);
    assert_eq!(
        lines[0].to_string(),
        format!("Type {CODE}clew demo call{CODE:#},")
    );
}

#[test]
fn emphasis_is_for_single_words() {
    let lines = paragraph("A *span*, and a *self* *time*.", 80);
    assert_eq!(text(&lines), ["A span, and a self time."]);
    assert!(
        lines[0]
            .to_string()
            .contains(&format!("{TITLE}span{TITLE:#},"))
    );
}

#[test]
fn listings_move_left_together() {
    let source = [
        (Edit::Added, "    // Why."),
        (Edit::Removed, "    if fails {"),
        (Edit::Added, "    if works {"),
        (Edit::Added, ""),
        (Edit::Added, "        rest();"),
    ];
    assert_eq!(
        text(&listing(source, 80)),
        [
            "+ // Why.",
            "- if fails {",
            "+ if works {",
            "+ ",
            "+     rest();"
        ]
    );
}

#[test]
fn listings_are_cut_where_the_terminal_ends() {
    let drawn = |line, width| text(&listing([(Edit::Added, line)], width));
    assert_eq!(drawn("abcde", 7), ["+ abcde"]);
    assert_eq!(drawn("abcdefgh", 7), ["+ abcd…"]);
    assert_eq!(drawn("バンド", 3), ["+ …"]);
}
