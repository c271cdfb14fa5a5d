use super::Counts;

#[test]
fn what_was_skipped_is_told() {
    let mut counts = Counts {
        run: 3,
        ..Counts::default()
    };
    assert_eq!(counts.to_string(), "3 commands");
    let mut other = Counts::default();
    for missing in ["go", "mvn", "go"] {
        other.skip(missing);
    }
    counts.add(other);
    assert_eq!(
        counts.to_string(),
        "3 commands, 3 skipped: there is no go and no mvn"
    );
}
