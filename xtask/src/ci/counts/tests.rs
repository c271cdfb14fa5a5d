use super::TestCounts;

#[test]
fn results_of_node_add_up() {
    let mut counts = TestCounts::default();
    for line in [
        "ok 1 - passes",
        "# pass 12",
        "# fail 0",
        "# skipped 1",
        "# todo 0",
    ] {
        counts.add_node(line);
    }
    counts.add_node("ℹ pass 3");
    assert_eq!((counts.passed, counts.ignored), (15, 1));
}

#[test]
fn test_results_add_up() {
    let mut counts = TestCounts::default();
    counts.add("running 3 tests");
    counts.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
    counts.add("test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured");
    counts.add("   test result: ok. 100 passed; of a nested run that a test shows");
    assert_eq!(
        counts,
        TestCounts {
            passed: 15,
            ignored: 1
        }
    );
}
