use super::check;
use crate::tidy::SourceFile;

fn messages(path: &str, text: &str) -> Vec<String> {
    let problems = check(&SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    });
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn only_store_local_opens_files() {
    let text = "\nuse std::fs;";
    assert_eq!(
        messages("crates/server/src/lib.rs", text),
        ["crates/server/src/lib.rs:2: `std::fs`: only store-local opens files"]
    );
    assert!(messages("crates/store-local/src/wal.rs", text).is_empty());
    assert!(messages("crates/server/src/ui/tests.rs", text).is_empty());
    assert!(messages("crates/server/tests/ui.rs", text).is_empty());
}

#[test]
fn only_the_binary_reads_the_environment_and_exits() {
    let text = "std::process::exit(std::env::args().count())";
    assert_eq!(messages("crates/store-local/src/wal.rs", text).len(), 1);
    assert_eq!(messages("crates/model/src/lib.rs", "env::var(x)").len(), 1);
    assert!(messages("crates/clew/src/main.rs", text).is_empty());
    assert!(messages("crates/server/src/lib.rs", "env!(\"CARGO_PKG_VERSION\")").is_empty());
}

#[test]
fn what_knows_data_alone_reads_no_clock() {
    assert_eq!(
        messages("crates/trace-context/src/id.rs", "SystemTime::now()").len(),
        1
    );
    assert!(messages("crates/server/src/lib.rs", "SystemTime::now()").is_empty());
}

#[test]
fn tests_run_and_stand_in_files_of_their_own() {
    let path = "crates/server/src/a/tests.rs";
    assert_eq!(messages(path, "#[ignore]\nfn f() {}").len(), 1);
    assert_eq!(messages(path, "#[ignore = \"slow\"]").len(), 1);
    assert_eq!(messages(path, "todo!()").len(), 1);
    assert_eq!(messages("xtask/src/a.rs", "mod tests {\n}").len(), 1);
    assert!(messages("xtask/src/a.rs", "mod tests;").is_empty());
}

#[test]
fn words_in_comments_strings_and_longer_words_are_free() {
    let text = "// std::fs\nlet x = \"todo!\"; WalFile::open(); MyInstantaneous";
    assert!(messages("crates/server/src/a.rs", text).is_empty());
}

#[test]
fn other_languages_are_left_alone() {
    assert!(messages("ui/a.js", "todo!").is_empty());
}
