use super::*;

#[test]
fn reports_are_apart() {
    let trouble = Trouble::default();
    let start = Instant::now();

    assert!(trouble.is_due(start));
    assert!(!trouble.is_due(start));
    assert!(!trouble.is_due(start + SILENCE / 2));
    assert!(trouble.is_due(start + SILENCE));
    assert!(!trouble.is_due(start + SILENCE));
}
