use super::only_code;

#[track_caller]
fn check(text: &str, expected: &str) {
    let code = only_code(text).unwrap();
    assert_eq!(code.len(), text.lines().count(), "{code:?}");
    let words: Vec<_> = code
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    assert_eq!(words.join(" "), expected);
}

#[test]
fn comments_are_blank() {
    check("a // b\nc /* d /* e */ f */ g", "a c g");
    check("//! c\n/// b\na", "#![doc=] #[doc=] a");
}

#[test]
fn literals_are_blank() {
    check(r#"a "b \" c" d"#, "a d");
    check(r##"a r#"b " c"# d"##, "a d");
    check(r##"a br#"b \" c"# d"##, "a d");
    check("a '\"' b '\\'' c", "a b c");
    check("a \"b\nc\"\nd", "a d");
}

#[test]
fn lifetimes_and_words_are_code() {
    check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    check("let r = x; var", "let r = x; var");
}

#[test]
fn tokens_are_where_they_were() {
    let code = only_code("// ü\nlet x = \"→\"; mod tests {}\n").unwrap();
    assert_eq!(code, ["", "let x =    ; mod tests {}"]);
}

#[test]
fn what_is_not_rust_is_refused() {
    assert!(only_code("a /* never closed").is_err());
    assert!(only_code("a \"never closed").is_err());
    assert!(only_code("fn f() {").is_err());
}
