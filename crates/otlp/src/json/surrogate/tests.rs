use bytes::Bytes;

use super::replace_lone_surrogates;

#[track_caller]
fn check(json: &str, expected: &str) {
    let text = replace_lone_surrogates(Bytes::copy_from_slice(json.as_bytes()));
    assert_eq!(str::from_utf8(&text), Ok(expected), "{json}");
}

#[test]
fn a_lone_half_is_replaced() {
    check(r#""a\ud83d""#, r#""a\ufffd""#);
    check(r#""\uDE00b""#, r#""\ufffdb""#);
    check(
        r#""\ud83d\ud83d\ude00\ude00""#,
        r#""\ufffd\ud83d\ude00\ufffd""#,
    );
    check(r#""\ud83d\n\ude00""#, r#""\ufffd\n\ufffd""#);
    check(r#"{"\ud83d":"\ude00"}"#, r#"{"\ufffd":"\ufffd"}"#);
}

#[test]
fn all_else_stays_and_is_not_copied() {
    for json in [
        r#""\ud83d\ude00""#,
        r#""\uD83D\uDE00""#,
        // A backslash and the text `ud83d`.
        r#""\\ud83d""#,
        r#""\\\\ud83d\"""#,
        r#""\u00e9\ufffd\ue000\ud7ff""#,
        "\"é\u{1f600}\"",
        // What is no JSON is refused by those who read it.
        r#""\ud8"#,
        r#""\ud8zz""#,
        r#""\"#,
        "",
    ] {
        check(json, json);
        let text = Bytes::from_static(json.as_bytes());
        assert_eq!(replace_lone_surrogates(text).as_ptr(), json.as_ptr());
    }
}

#[test]
fn a_text_that_nobody_else_has_is_changed_where_it_lies() {
    let text = Bytes::from(br#""\ud83d""#.to_vec());
    let at = text.as_ptr();
    let shared = text.clone();
    let copied = replace_lone_surrogates(text);
    assert_ne!(copied.as_ptr(), at);
    assert_eq!(replace_lone_surrogates(shared).as_ptr(), at);
}
