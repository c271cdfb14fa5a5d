use anstyle::AnsiColor;

use super::*;

const RED: Style = AnsiColor::Red.on_default();

#[test]
fn a_line_displays_its_own_escape_sequences_and_no_other() {
    let line = Line::plain("a ").with(RED, "b\x1b[0m");
    assert_eq!(line.to_string(), "a \x1b[31mb␛[0m\x1b[0m");
    assert_eq!(line.text(), "a b␛[0m");
    assert_eq!(line.width(), 7);
}

#[test]
fn fit_gives_exactly_the_cells_asked_for() {
    let line = Line::plain("GET ").with(RED, "/bands/バンド");
    for cells in 0..30 {
        assert_eq!(line.clone().fit(cells).width(), cells, "{cells} cells");
    }
    assert_eq!(line.clone().fit(8).text(), "GET /ba…");
    assert_eq!(line.clone().fit(4).text(), "GET…");
    assert_eq!(line.clone().fit(13).text(), "GET /bands/… ");
    assert_eq!(line.fit(20).text(), "GET /bands/バンド   ");
}

#[test]
fn a_line_that_fits_is_not_cut() {
    assert_eq!(Line::plain("abc").cut(3).text(), "abc");
    assert_eq!(Line::plain("abc").cut(2).text(), "a…");
    assert_eq!(Line::plain("abc").cut(0).text(), "");
}

#[test]
fn a_broken_line_loses_no_text() {
    let line = Line::plain("abc").with(RED, "defバンド");
    let texts =
        |cells| -> Vec<String> { line.clone().broken(cells).iter().map(Line::text).collect() };
    assert_eq!(texts(4), ["abcd", "efバ", "ンド"]);
    assert_eq!(texts(80), ["abcdefバンド"]);
    assert_eq!(texts(1), ["a", "b", "c", "d", "e", "f", ""]);
    assert_eq!(Line::new().broken(5), [Line::new()]);
    assert_eq!(line.broken(4)[0].to_string(), "abc\x1b[31md\x1b[0m");
}
