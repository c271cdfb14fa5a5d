use std::path::PathBuf;

use super::check;
use crate::workspace::{Dependency, Package};

fn user(name: &str, used: &str) -> Package {
    Package {
        name: name.to_owned(),
        manifest_path: PathBuf::new(),
        dependencies: vec![Dependency {
            name: used.to_owned(),
            kind: None,
            path: None,
        }],
    }
}

fn messages(page: &str) -> Vec<String> {
    let packages = [user("clew-model", "bytes"), user("clew-otlp", "bytes")];
    let problems = check(&packages, page);
    problems.iter().map(ToString::to_string).collect()
}

const HEAD: &str = "| crate | why |\n|---|---|\n";

#[test]
fn a_row_with_a_reason_is_right() {
    let page = format!("{HEAD}| `bytes` | Shared buffers. |\n");
    assert!(messages(&page).is_empty());
}

#[test]
fn a_crate_without_a_row_is_a_problem() {
    assert_eq!(
        messages(HEAD),
        ["docs/dependencies.md: `bytes` is used without a reason, add: | `bytes` | why |"]
    );
}

#[test]
fn an_empty_reason_and_a_stale_row_are_problems() {
    let page = format!("{HEAD}| `bytes` | |\n| `left-pad` | Habit. |\n");
    assert_eq!(
        messages(&page),
        [
            "docs/dependencies.md:3: `bytes` has no reason",
            "docs/dependencies.md:4: no package uses `left-pad`, or it has a row already",
        ]
    );
}
