use proptest::prelude::*;

use super::*;

fn check_valid(text: &str, expected: &str) {
    let list = TraceState::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(list.as_str(), expected, "{text:?}");
}

fn check_invalid(text: &str, offset: usize, violation: TraceStateViolation) {
    let error = TraceState::parse(text).expect_err(text);
    assert_eq!(
        (error.offset, error.violation),
        (offset, violation),
        "{text:?}"
    );
}

/// `count` members, each with a key of its own.
fn members(count: usize) -> String {
    let members: Vec<_> = (1..=count).map(|n| format!("bar{n:02}={n:02}")).collect();
    members.join(",")
}

#[test]
fn carries_every_character_that_the_grammar_allows() {
    let keys = "abcdefghijklmnopqrstuvwxyz0123456789_-*/@";
    let values: String = (' '..='~').filter(|c| !",=".contains(*c)).collect();
    let member = format!("{keys}={values}");
    check_valid(&member, &member);
    // Level 1 allowed one `@` only, as tenant@system, and 14 characters after it.
    for key in [
        "1",
        "0a",
        "tenant@system",
        "foo@",
        "foo@@bar",
        "a@b@c",
        "t@vvvvvvvvvvvvvvv",
    ] {
        let member = format!("{key}=1");
        check_valid(&member, &member);
    }
}

#[test]
fn keeps_space_inside_a_value_and_drops_it_around_members() {
    check_valid("foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3");
    check_valid(" foo=1", "foo=1");
    check_valid("\tfoo=1 \t", "foo=1");
    check_valid("foo= a b ", "foo= a b");
}

#[test]
fn drops_empty_members() {
    check_valid("", "");
    check_valid(" \t ", "");
    check_valid(",,", "");
    check_valid("foo=1,", "foo=1");
    check_valid(",foo=1, \t ,bar=2", "foo=1,bar=2");
}

#[test]
fn joins_lines_in_their_order() {
    let check = |lines: &[&str], expected: &str| {
        let list = TraceState::from_lines(lines).unwrap();
        assert_eq!(list.as_str(), expected, "{lines:?}");
    };
    check(&[], "");
    check(
        &["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
        "foo=1,bar=2,rojo=1,congo=2,baz=3",
    );
    check(&["foo=1", ""], "foo=1");
    check(&["", "foo=1"], "foo=1");
}

#[test]
fn an_error_in_a_later_line_is_placed_in_the_combined_value() {
    let error = TraceState::from_lines(["foo=1", "", "bar"]).unwrap_err();
    assert_eq!(error.offset, "foo=1,,bar".len());
    assert_eq!(error.violation, TraceStateViolation::NoEquals);
}

#[test]
fn refuses_wrong_keys() {
    use TraceStateViolation as V;
    check_invalid("FOO=1", 0, V::KeyStart { found: b'F' });
    check_invalid("@foo=1,bar=2", 0, V::KeyStart { found: b'@' });
    check_invalid("bar=2, _foo=1", 7, V::KeyStart { found: b'_' });
    check_invalid("fOo=1", 1, V::KeyCharacter { found: b'O' });
    check_invalid("foo =1", 3, V::KeyCharacter { found: b' ' });
    check_invalid("foo.bar=1", 3, V::KeyCharacter { found: b'.' });
    check_invalid("foö=1", 2, V::KeyCharacter { found: 0xc3 });
    check_invalid("=1", 0, V::EmptyKey);
    check_invalid("foo=1,bar", 9, V::NoEquals);
    check_invalid("bar ,foo=1", 3, V::NoEquals);
}

#[test]
fn refuses_wrong_values() {
    use TraceStateViolation as V;
    check_invalid("foo=bar=baz", 7, V::ValueCharacter { found: b'=' });
    check_invalid("foo=a\tb", 5, V::ValueCharacter { found: b'\t' });
    check_invalid("foo=a\x7f", 5, V::ValueCharacter { found: 0x7f });
    check_invalid("foo=ä", 4, V::ValueCharacter { found: 0xc3 });
    check_invalid("foo=,bar=3", 4, V::EmptyValue);
    check_invalid("foo= ", 4, V::EmptyValue);
}

#[test]
fn a_key_and_a_value_have_256_characters_at_most() {
    use TraceStateViolation as V;
    let (longest, too_long) = ("z".repeat(256), "z".repeat(257));
    let member = format!("{longest}={longest}");
    check_valid(&member, &member);
    check_invalid(&format!("{too_long}=1"), 256, V::KeyTooLong);
    check_invalid(&format!("k={too_long}"), 258, V::ValueTooLong);
}

#[test]
fn a_list_has_32_members_at_most() {
    check_valid(&members(32), &members(32));
    let offset = members(32).len() + 1;
    check_invalid(&members(33), offset, TraceStateViolation::TooManyMembers);
    let padded = format!(",,{},,", members(32));
    check_valid(&padded, &members(32));
}

#[test]
fn the_longest_list_is_carried_whole() {
    let value = "v".repeat(256);
    let members: Vec<_> = (0..32).map(|n| format!("{n:0256}={value}")).collect();
    let longest = members.join(",");
    assert_eq!(longest.len(), 16_447);
    check_valid(&longest, &longest);
}

#[test]
fn repeated_keys_go_on_as_they_came() {
    check_valid("foo=1,foo=2", "foo=1,foo=2");
    let list: TraceState = "foo=1,foo=2".parse().unwrap();
    assert_eq!(list.get("foo"), Some("1"));
}

#[test]
fn a_changed_member_moves_to_the_front() {
    let check = |list: &str, key: &str, expected: &str| {
        let mut list: TraceState = list.parse().unwrap();
        list.insert(key, "new").unwrap();
        assert_eq!(list.as_str(), expected);
        assert_eq!(list.get(key), Some("new"));
    };
    check("", "rojo", "rojo=new");
    check("congo=1", "rojo", "rojo=new,congo=1");
    check("congo=1,rojo=2,foo=3", "rojo", "rojo=new,congo=1,foo=3");
    check("rojo=1,congo=2,rojo=3", "rojo", "rojo=new,congo=2");
}

#[test]
fn a_full_list_loses_its_right_most_member() {
    let mut list: TraceState = members(32).parse().unwrap();
    list.insert("bar32", "changed").unwrap();
    assert_eq!(list.as_str(), format!("bar32=changed,{}", members(31)));
    list.insert("foo", "new").unwrap();
    assert_eq!(
        list.as_str(),
        format!("foo=new,bar32=changed,{}", members(30))
    );
}

#[test]
fn a_wrong_member_is_not_inserted() {
    use TraceStateViolation as V;
    let check = |key: &str, value: &str, offset: usize, violation: V| {
        let mut list: TraceState = "foo=1".parse().unwrap();
        let error = list.insert(key, value).unwrap_err();
        assert_eq!(
            (error.offset, error.violation),
            (offset, violation),
            "{key:?} {value:?}"
        );
        assert_eq!(list.as_str(), "foo=1");
    };
    check("", "1", 0, V::EmptyKey);
    check("a=b", "1", 1, V::KeyCharacter { found: b'=' });
    check("a,b", "1", 1, V::KeyCharacter { found: b',' });
    check("ab", "1,c=2", 4, V::ValueCharacter { found: b',' });
    check("ab", "", 3, V::EmptyValue);
    check("ab", "1 ", 4, V::ValueEnd);
}

/// Lists that the grammar allows, written without optional white space.
fn lists() -> impl Strategy<Value = String> {
    let member = "[a-z0-9][a-z0-9_*/@-]{0,30}=[ -+.-<>-~]{0,30}[!-+.-<>-~]";
    proptest::collection::vec(member, 0..=TraceState::MEMBERS_MAX)
        .prop_map(|members| members.join(","))
}

proptest! {
    #[test]
    fn a_valid_list_is_carried_byte_by_byte(text in lists()) {
        let list = TraceState::parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(list.as_str(), &text);
        let members: Vec<_> = list.members().map(|(key, value)| format!("{key}={value}")).collect();
        prop_assert_eq!(members.join(","), text);
    }

    #[test]
    fn any_bytes_are_read_or_refused_inside_the_input(
        lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..4),
    ) {
        match TraceState::from_lines(&lines) {
            Ok(list) => prop_assert_eq!(TraceState::parse(list.as_str()), Ok(list)),
            Err(error) => prop_assert!(error.offset <= lines.join(&b',').len()),
        }
    }

    /// With the white space, the empty members and the repeated keys that the grammar allows.
    #[test]
    fn what_is_read_reads_back(text in "([ \t]{0,2}([a-c]=[a-c!@]{1,3})?[ \t]{0,2},){0,8}") {
        let list = TraceState::parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let is_written = |c: char| !matches!(c, ' ' | '\t' | ',');
        prop_assert!(list.as_str().chars().filter(|&c| is_written(c)).eq(text.chars().filter(|&c| is_written(c))));
        prop_assert_eq!(TraceState::parse(list.as_str()), Ok(list));
    }

    #[test]
    fn an_inserted_member_is_first_and_the_list_stays_valid(text in lists()) {
        let mut list: TraceState = text.parse().unwrap();
        list.insert("key", "value").unwrap();
        prop_assert_eq!(list.members().next(), Some(("key", "value")));
        prop_assert_eq!(TraceState::parse(list.as_str()), Ok(list));
    }
}
