use super::{Fingerprints, ROWS};

#[test]
fn the_last_spans_are_known_and_the_memory_is_bounded() {
    let mut known = Fingerprints::default();
    let number = |at: usize| (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for at in 0..3 * ROWS {
        assert!(known.insert(number(at)), "span {at} is new");
    }
    for at in 2 * ROWS..3 * ROWS {
        assert!(!known.insert(number(at)), "span {at} is known");
    }
    assert!(known.newer.capacity() + known.older.capacity() <= 2 * ROWS);
    assert!(known.insert(number(0)), "the first is forgotten");
}
