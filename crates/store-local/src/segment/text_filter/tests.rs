//! What is on a page is always found, and little else.

use clew_store::Pattern;
use proptest::prelude::*;

use super::super::directory::{ColumnEntry, Extent, Layout, PageEntry};
use super::super::leaf::{Data, Leaf};
use super::{encode, grams_of_query, pages_with};
use crate::columns::{ColumnKey, Part, Values};

/// A column of these pages of texts.
fn column_of(pages: &[Vec<String>]) -> (Leaf, ColumnEntry) {
    let mut values = Values::default();
    for text in pages.iter().flatten() {
        values.push(text.as_bytes());
    }
    let key = ColumnKey::Part(Part::Body);
    let page = |texts: &Vec<String>| PageEntry {
        extent: Extent {
            offset: 0,
            len: 0,
            crc: 0,
        },
        header_len: 0,
        rows: u32::try_from(texts.len()).unwrap(),
        values: u32::try_from(texts.len()).unwrap(),
        levels_len: 0,
        values_len: 0,
        bounds: None,
    };
    let leaf = Leaf {
        key: key.clone(),
        levels: None,
        data: Data::Codes {
            codes: (0..).take(values.len()).collect(),
            values,
            is_sorted: false,
        },
    };
    let entry = ColumnEntry {
        key,
        layout: Layout::Plain,
        dictionary: None,
        pages: pages.iter().map(page).collect(),
    };
    (leaf, entry)
}

fn found(pages: &[Vec<String>], text: &str) -> Vec<bool> {
    let (leaf, entry) = column_of(pages);
    let filter = encode(&leaf, &entry).unwrap();
    pages_with(&filter, &grams_of_query(text)).unwrap()
}

proptest! {
    #[test]
    fn no_page_is_left_out_that_has_the_text(
        pages in prop::collection::vec(
            prop::collection::vec("[a-cA-C0-1 kKsS\u{212a}\u{17f}\u{e4}\u{c4}]{0,12}", 0..4),
            3..20,
        ),
        text in "[a-bA-B0 kKsS\u{212a}\u{17f}\u{e4}]{1,8}",
    ) {
        let pattern = Pattern::of_text(&text).unwrap();
        for (page, may_have) in pages.iter().zip(found(&pages, &text)) {
            let has = page.iter().any(|it| pattern.fits(it));
            prop_assert!(may_have || !has, "{text:?} in {page:?}");
        }
    }

    #[test]
    fn other_bytes_are_no_filter_or_one_of_few_pages(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Some(pages) = pages_with(&bytes, &grams_of_query("something")) {
            prop_assert!(pages.len() <= bytes.len() * 8);
        }
    }
}

/// Texts as services write them, each with an id of 32 digits.
fn usual_pages(pages: u64) -> Vec<Vec<String>> {
    let text = |number: u64| {
        let id = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        format!(
            "GET /cart/{} of user {id:032x} took {} ms",
            number % 977,
            number % 311
        )
    };
    (0..pages)
        .map(|page| (page * 1000..page * 1000 + 1000).map(text).collect())
        .collect()
}

#[test]
fn few_pages_are_read_for_nothing() {
    let mut pages = usual_pages(64);
    pages[17][500].push_str(": Connection refused by zanzibar");
    let id = pages[41][123][20..60].to_owned();
    let count = |text: &str| found(&pages, text).iter().filter(|&&it| it).count();
    assert_eq!(count("ZANZIBAR"), 1);
    assert_eq!(count("connection refused"), 1);
    assert!(count(&id) <= 2, "{} pages for {id}", count(&id));
    assert_eq!(count("user"), 64);
    // Too short for a gram: nothing is known.
    assert_eq!(count("ms"), 64);
}

#[test]
fn a_filter_takes_a_few_bytes_for_each_text() {
    let (leaf, entry) = column_of(&usual_pages(64));
    let filter = encode(&leaf, &entry).unwrap();
    assert!(filter.len() / 64_000 <= 16, "{} bytes", filter.len());
}
