use super::json_memory_max;

#[track_caller]
fn check(json: &str, expected: usize) {
    assert_eq!(json_memory_max(json.as_bytes()), json.len() + expected);
}

#[test]
fn the_longest_text_with_an_escape_counts() {
    check("", 0);
    check(r#"{"name":"GET"}"#, 0);
    check(r#"{"name":"a\n"}"#, 3);
    check(r#"["a\n","\ud83dbc","without any escape"]"#, 8);
    check(r#"["a\"bc",""]"#, 5);
    check(r#"["\\","abc"]"#, 2);
}

#[test]
fn a_text_that_does_not_end_counts() {
    check(r#"["a\nbcd"#, 6);
    check(r#"["a\"#, 2);
}
