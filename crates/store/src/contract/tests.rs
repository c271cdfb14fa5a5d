//! That no case is forgotten in the list of [`contract_tests`](crate::contract_tests).

use std::collections::BTreeSet;

#[test]
fn every_case_has_a_test() {
    let (_, lists) = include_str!("../contract.rs")
        .split_once("macro_rules! contract_tests")
        .unwrap();
    let listed: BTreeSet<_> = lists
        .split(|it: char| !it.is_alphanumeric() && it != '_')
        .collect();
    let sources = [
        include_str!("deduplicated.rs"),
        include_str!("durable.rs"),
        include_str!("isolated.rs"),
        include_str!("typed.rs"),
        include_str!("query/kept.rs"),
        include_str!("query/scan.rs"),
        include_str!("query/numbers.rs"),
        include_str!("query/bounds.rs"),
    ];
    let mut cases = 0;
    for line in sources.iter().flat_map(|source| source.lines()) {
        if let Some(rest) = line.strip_prefix("pub async fn ") {
            let name = rest.split('<').next().unwrap();
            assert!(listed.contains(name), "{name} is in no list");
            cases += 1;
        }
    }
    assert!(cases > 40, "{cases}");
}
