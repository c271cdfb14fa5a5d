use std::path::PathBuf;

use super::{TABLE, check, row_of};
use crate::workspace::{Dependency, Kind, Package, root};

fn package(name: &str, uses: &[(&str, bool, Option<Kind>)]) -> Package {
    let dependencies = uses.iter().map(|&(name, ours, kind)| Dependency {
        name: name.to_owned(),
        kind,
        path: ours.then(PathBuf::new),
    });
    Package {
        name: name.to_owned(),
        manifest_path: root().join("crates/x/Cargo.toml"),
        dependencies: dependencies.collect(),
    }
}

fn messages(package: Package) -> Vec<String> {
    let problems = check(&[package]);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn an_edge_of_the_table_and_what_follows_from_it_are_allowed() {
    let uses = [
        ("clew-store", true, None),
        ("clew-trace-context", true, None),
        ("axum", false, None),
    ];
    assert!(messages(package("clew-server", &uses)).is_empty());
}

#[test]
fn an_edge_that_is_not_in_the_table_is_a_problem() {
    let uses = [("clew-store-local", true, None)];
    assert_eq!(
        messages(package("clew-server", &uses)),
        [
            "crates/x/Cargo.toml: clew-server must not use clew-store-local, see docs/architecture.md"
        ]
    );
}

#[test]
fn a_build_script_is_no_way_around() {
    let uses = [("clew-store", true, Some(Kind::Build))];
    assert_eq!(messages(package("clew-model", &uses)).len(), 1);
}

#[test]
fn forbidden_crates_of_others_are_problems() {
    let uses = [("serde", false, None), ("arrow-schema", false, None)];
    assert_eq!(
        messages(package("clew-model", &uses)),
        [
            "crates/x/Cargo.toml: clew-model must not use serde (the table forbids it serde)",
            "crates/x/Cargo.toml: clew-model must not use arrow-schema (the table forbids it arrow-*)",
        ]
    );
}

#[test]
fn tests_may_use_anything_and_nothing_else_may_use_the_testkits() {
    let test = [
        ("clew-testkit", true, Some(Kind::Dev)),
        ("prost", false, Some(Kind::Dev)),
    ];
    assert!(messages(package("clew-model", &test)).is_empty());
    for testkit in ["clew-testkit", "clew-testkit-server"] {
        let normal = [(testkit, true, None)];
        for row in TABLE {
            let found = messages(package(row.name, &normal));
            assert_eq!(found.len(), 1, "{} and {testkit}", row.name);
        }
    }
}

#[test]
fn a_crate_without_a_row_is_a_problem() {
    let found = messages(package("clew-new", &[]));
    assert!(found[0].contains("has no row for it"), "{found:?}");
}

#[test]
fn the_table_names_only_its_own_rows() {
    for name in TABLE.iter().flat_map(|row| row.may_use) {
        assert!(row_of(name).is_some(), "{name}");
    }
}
