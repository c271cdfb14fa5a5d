use super::*;

#[test]
fn an_error_shows_what_it_quotes_and_does_nothing_else_to_the_terminal() {
    assert_eq!(harmless("a\u{1b}[2J\nb\rc"), "a␛[2J\nb␍c");
}
