use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::select;

use super::{
    Malformed, bit_width, decode_delta, decode_hybrid, decode_levels, encode_codes, encode_delta,
    encode_hybrid,
};

/// Of so many numbers those of this range.
fn hybrid(
    bytes: &[u8],
    bit_width: u32,
    count: usize,
    range: Range<usize>,
) -> Result<Vec<u32>, Malformed> {
    let mut numbers = vec![0; range.len()];
    decode_hybrid(bytes, bit_width, count, range.start, &mut numbers)?;
    Ok(numbers)
}

/// Runs and singles, as they alternate in columns.
fn numbers(max: u32) -> impl Strategy<Value = Vec<u32>> {
    let run = (0..=max, prop_oneof![Just(1), 1..40_usize]);
    prop::collection::vec(run, 0..60)
        .prop_map(|runs| runs.into_iter().flat_map(|(n, len)| vec![n; len]).collect())
}

fn words() -> impl Strategy<Value = Vec<u64>> {
    let word = prop_oneof![
        any::<u64>(),
        1_700_000_000_000_000_000..1_700_000_000_000_100_000_u64,
        select(vec![0, 1, u64::MAX, 1 << 63]),
    ];
    prop::collection::vec(word, 0..400)
}

proptest! {
    #[test]
    fn the_hybrid_is_read_as_written(
        (max, numbers) in select(vec![0, 1, 2, 7, 255, 256, 70_000, u32::MAX])
            .prop_flat_map(|max| (Just(max), numbers(max)))
    ) {
        let mut bytes = Vec::new();
        encode_hybrid(&numbers, bit_width(max), &mut bytes);
        prop_assert_eq!(hybrid(&bytes, bit_width(max), numbers.len(), 0..numbers.len()), Ok(numbers));
    }

    #[test]
    fn any_range_of_the_hybrid_is_read(
        numbers in numbers(70_000), from in any::<prop::sample::Index>(), len in 0..50_usize,
    ) {
        let mut bytes = Vec::new();
        encode_hybrid(&numbers, bit_width(70_000), &mut bytes);
        let from = from.index(numbers.len() + 1);
        let range = from..numbers.len().min(from + len);
        let read = hybrid(&bytes, bit_width(70_000), numbers.len(), range.clone());
        prop_assert_eq!(read, Ok(numbers[range].to_vec()));
    }

    #[test]
    fn any_range_of_codes_is_read(
        (max, codes) in select(vec![0, 1, 15, 16, 255, 256, 65_535, 65_536, 1 << 24, u32::MAX])
            .prop_flat_map(|max| (Just(max), numbers(max))),
        from in any::<prop::sample::Index>(),
        len in 0..50_usize,
    ) {
        let mut bytes = Vec::new();
        encode_codes(&codes, max, &mut bytes);
        let from = from.index(codes.len() + 1);
        let range = from..codes.len().min(from + len);
        let read = hybrid(&bytes[1..], bytes[0].into(), codes.len(), range.clone());
        prop_assert_eq!(read, Ok(codes[range].to_vec()));
    }

    #[test]
    fn any_range_of_levels_is_read(
        levels in numbers(1), from in any::<prop::sample::Index>(), len in 0..50_usize,
    ) {
        let mut bytes = Vec::new();
        encode_hybrid(&levels, 1, &mut bytes);
        let from = from.index(levels.len() + 1);
        let range = from..levels.len().min(from + len);
        let before = levels[..range.start].iter().filter(|&&level| level == 1).count();
        let expected = levels[range.clone()].iter().map(|&level| level == 1).collect();
        prop_assert_eq!(decode_levels(&bytes, levels.len(), range), Ok((before, expected)));
    }

    #[test]
    fn deltas_are_read_as_written(words in words()) {
        let mut bytes = Vec::new();
        encode_delta(&words, &mut bytes);
        prop_assert_eq!(decode_delta(&bytes, words.len()), Ok(words));
    }

    #[test]
    fn other_bytes_are_decoded_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        width in 0..40_u32,
        count in 0..300_usize,
    ) {
        if let Ok(numbers) = hybrid(&bytes, width, count, 0..count) {
            prop_assert_eq!(numbers.len(), count);
        }
        if let Ok((_, levels)) = decode_levels(&bytes, count, 0..count) {
            prop_assert_eq!(levels.len(), count);
        }
        if let Ok(numbers) = decode_delta(&bytes, count) {
            prop_assert_eq!(numbers.len(), count);
        }
    }
}

#[test]
fn equal_numbers_are_one_run() {
    let mut bytes = Vec::new();
    encode_hybrid(&[3; 1000], 2, &mut bytes);
    assert_eq!(bytes, [0xd0, 0x0f, 3]);
}

#[test]
fn a_run_gives_to_the_group_before_it() {
    let numbers: Vec<u32> = [vec![1, 0, 1], vec![0; 20]].concat();
    let mut bytes = Vec::new();
    encode_hybrid(&numbers, 1, &mut bytes);
    // One packed group, then a run of the 15 that are left.
    assert_eq!(bytes, [3, 0b101, 30, 0]);
}
