use super::{FILE_LINES_MAX, check, check_manifest};
use crate::tidy::SourceFile;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn messages(files: &[SourceFile]) -> Vec<String> {
    check(files).iter().map(ToString::to_string).collect()
}

#[test]
fn a_long_file_is_a_problem_unless_it_is_a_test_or_prose() {
    let text = "\n".repeat(FILE_LINES_MAX);
    let files = [
        file("crates/a/src/lib.rs", &text),
        file("crates/a/tests/all.rs", &text),
        file("docs/a.md", &text),
        file("ui/a.js", &text[1..]),
    ];
    assert_eq!(
        messages(&files),
        ["crates/a/src/lib.rs: has 600 lines; split it so that each part has under 600"]
    );
}

#[test]
fn modules_that_are_declared_are_compiled() {
    let files = [
        file("crates/a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod tests;"),
        file("crates/a/src/tests.rs", ""),
        file("crates/a/src/b.rs", "pub(crate) mod c;"),
        file("crates/a/src/b/c.rs", ""),
        file("crates/a/src/bin/d.rs", ""),
        file("crates/a/tests/e/f.rs", ""),
        file("crates/a/build.rs", ""),
    ];
    assert!(messages(&files).is_empty());
}

#[test]
fn a_module_that_nobody_declares_is_a_problem() {
    let files = [
        file("crates/a/src/lib.rs", "// mod b;\nmod bb;"),
        file("crates/a/src/b.rs", ""),
        file("crates/a/src/bb.rs", ""),
        file("crates/a/src/bb/c.rs", ""),
    ];
    assert_eq!(
        messages(&files),
        [
            "crates/a/src/b.rs: is not compiled: no `mod b;` in crates/a/src/lib.rs or crates/a/src/main.rs",
            "crates/a/src/bb/c.rs: is not compiled: no `mod c;` in crates/a/src/bb.rs",
        ]
    );
}

#[test]
fn every_manifest_takes_part_in_the_lints() {
    assert!(check_manifest("a/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n").is_none());
    assert!(check_manifest("a/Cargo.toml", "[package]\nname = \"a\"\n").is_some());
    assert!(check_manifest("a/Cargo.toml", "[lints]\nworkspace = false\n").is_some());
}
