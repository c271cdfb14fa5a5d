use proptest::prelude::*;

use super::*;

fn check(lines: &[&str], expected: &str) {
    assert_eq!(Baggage::from_lines(lines).as_str(), expected, "{lines:?}");
}

#[test]
fn members_are_passed_on_as_they_came() {
    check(&[], "");
    check(&["userId=alice"], "userId=alice");
    check(
        &["key1=value1;property1;p2=v2, key2 = value2"],
        "key1=value1;property1;p2=v2,key2 = value2",
    );
    check(&["a=1", "", "b=%20;x", " , c=3 "], "a=1,b=%20;x,c=3");
}

#[test]
fn members_past_a_limit_are_dropped_whole() {
    let full = vec!["k=v"; Baggage::MEMBERS_MAX].join(",");
    check(&[&full, "last=1"], &full);

    let longest = format!("k={}", "v".repeat(Baggage::LEN_MAX - 2));
    check(&[&longest], &longest);
    check(&[&longest, "b=2"], &longest);
    check(&["a=1", &longest], "a=1");
}

#[test]
fn a_member_that_no_header_may_hold_is_dropped() {
    let bytes: &[u8] = b"a=1,b=\x00,c=\xff,d=4";
    assert_eq!(Baggage::from_lines([bytes]).as_str(), "a=1,d=4");
}

#[test]
fn empty_baggage_is_not_sent() {
    let mut headers = HeaderMap::new();
    headers.insert(Baggage::HEADER, HeaderValue::from_static("old=1"));
    assert_eq!(Baggage::extract(&headers).as_str(), "old=1");
    Baggage::default().inject(&mut headers);
    assert!(headers.is_empty());
}

proptest! {
    #[test]
    fn any_bytes_give_a_header_within_the_limits(
        lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..40),
    ) {
        let baggage = Baggage::from_lines(&lines);
        prop_assert!(baggage.as_str().len() <= Baggage::LEN_MAX);
        prop_assert!(baggage.as_str().split(',').count() <= Baggage::MEMBERS_MAX);
        let mut headers = HeaderMap::new();
        baggage.inject(&mut headers);
        prop_assert_eq!(Baggage::extract(&headers), baggage);
    }
}
