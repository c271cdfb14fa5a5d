use proptest::prelude::*;

use super::super::codec::decode_levels;
use super::Levels;

/// Runs of rows, many of them long.
fn runs() -> impl Strategy<Value = Vec<(bool, usize)>> {
    let len = prop_oneof![1..10_usize, 1..300_usize];
    proptest::collection::vec((any::<bool>(), len), 0..12)
}

proptest! {
    #[test]
    fn rows_are_decoded_as_they_were_encoded(
        runs in runs(),
        ends in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let expected: Vec<bool> = runs
            .iter()
            .flat_map(|&(is_present, rows)| std::iter::repeat_n(is_present, rows))
            .collect();
        let mut by_word = Levels::with_capacity(0);
        for rows in expected.chunks(Levels::WORD) {
            let bits = rows.iter().rev();
            let bits = bits.fold(0, |word, &is_present| word << 1 | u64::from(is_present));
            by_word.push_word(bits, rows.len());
        }
        let mut by_row = Levels::default();
        let mut inserted = Levels::none(expected.len());
        for (row, &is_present) in expected.iter().enumerate() {
            by_row.push(is_present);
            if is_present {
                inserted.insert(row);
            }
        }
        let (one, other) = (ends.0.index(expected.len() + 1), ends.1.index(expected.len() + 1));
        let range = one.min(other)..one.max(other);
        let present = expected[range.clone()].iter().filter(|&&is_present| is_present);
        let present = present.count();
        for levels in [by_word, by_row, inserted] {
            let mut bytes = Vec::new();
            levels.encode(range.clone(), &mut bytes);
            let decoded = decode_levels(&bytes, range.len(), 0..range.len()).unwrap();
            prop_assert_eq!(decoded, (0, expected[range.clone()].to_vec()));
            prop_assert_eq!(levels.count(range.clone()), present);
            prop_assert!(expected.iter().enumerate().all(|(row, is)| levels.contains(row) == *is));
        }
    }
}
