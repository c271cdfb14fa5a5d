use super::*;

#[test]
fn four_numbers_make_a_level() {
    let level = |number| Severity::from_number(number).level();
    let numbers = (1..=24).map(level);
    let expected = SeverityLevel::ALL.into_iter().flat_map(|it| [Some(it); 4]);
    assert!(numbers.eq(expected));
    for number in [0, 25, -1, i32::MIN, i32::MAX] {
        assert_eq!(level(number), None, "{number}");
    }
}

#[test]
fn a_level_begins_with_its_least_severity() {
    for level in SeverityLevel::ALL {
        let least = level.least();
        assert_eq!(least.level(), Some(level));
        let before = Severity::from_number(least.number() - 1);
        assert_ne!(before.level(), Some(level));
    }
}
