use super::{START, with_section};

#[test]
fn sections_stand_in_order_and_the_newest_of_as_many_spans_remains() {
    let mut page = format!("# Benchmarks\n\nProse.\n\n{START}");
    for (spans, text) in [
        (2_000_000, "two\n"),
        (200_000, "old\n"),
        (10_000_000, "ten\n\n- with\n"),
        (200_000, "new\n"),
    ] {
        page = with_section(&page, spans, text).unwrap();
    }
    let expected = format!(
        "# Benchmarks\n\nProse.\n\n{START}\n\
         ## 200,000 spans\n\nnew\n\n\
         ## 2,000,000 spans\n\ntwo\n\n\
         ## 10,000,000 spans\n\nten\n\n- with\n"
    );
    assert_eq!(page, expected);
}

#[test]
fn a_page_without_the_mark_is_left_alone() {
    assert!(with_section("# Benchmarks\n", 1, "text\n").is_err());
}
