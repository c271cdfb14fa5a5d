use super::only_code;

fn check(text: &str, expected: &str) {
    let code = only_code(text);
    assert_eq!(code.lines().count(), text.lines().count(), "{code}");
    let words: Vec<_> = code.split_whitespace().collect();
    assert_eq!(words.join(" "), expected);
}

#[test]
fn comments_are_blank() {
    check("a // b\nc /* d /* e */ f */ g", "a c g");
    check("a /// b\n//! c", "a");
    check("a /* never closed", "a");
}

#[test]
fn literals_are_blank() {
    check(r#"a "b \" c" d"#, "a d");
    check(r##"a r#"b " c"# d"##, "a d");
    check(r#"a br"b \" c"#, "a c");
    check("a '\"' b '\\'' c", "a b c");
    check("a \"never closed", "a");
}

#[test]
fn lifetimes_and_words_are_code() {
    check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    check("expr\"b\" c", "expr c");
    check("let r = 1; var", "let r = 1; var");
}

#[test]
fn text_of_any_script_is_read() {
    check("// ü\nlet x = \"→\"; 'ü'", "let x = ;");
}
