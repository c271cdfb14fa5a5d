use super::check;
use crate::tidy::SourceFile;

const SERVICE: &str = "// region: tracing\n//- old();\nnew();\n// endregion: tracing\n";
const EDIT: &str = "```diff examples/a.rs\n // region: tracing\n-old();\n+new();\n```\n\
                    ```console\n$ cargo xtask untrace --check\n```\n\
                    ```diff examples/a.rs\n-new();\n```\n";

fn messages(service: &str, page: &str) -> Vec<String> {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let files = [
        file("examples/a.rs", service),
        file("docs/tour/03.md", page),
    ];
    check(&files).iter().map(ToString::to_string).collect()
}

#[test]
fn edits_that_lead_to_what_is_shipped_are_right() {
    assert!(messages(SERVICE, EDIT).is_empty());
}

#[test]
fn an_example_that_has_moved_on_is_a_problem() {
    let moved_on = SERVICE.replace("new();", "newer();");
    assert_eq!(
        messages(&moved_on, EDIT),
        ["examples/a.rs: the edits of docs/tour/ lead to something else than is shipped"]
    );
}

#[test]
fn an_edit_that_does_not_fit_is_a_problem() {
    let edit = EDIT.replace("-old();", "-older();");
    let found = messages(SERVICE, &edit);
    assert!(
        found[0].starts_with("docs/tour/03.md:1: the file has no such lines"),
        "{found:?}"
    );
    let edit = EDIT.replace("examples/a.rs", "examples/b.rs");
    assert_eq!(
        messages(SERVICE, &edit),
        ["docs/tour/03.md:1: there is no examples/b.rs"]
    );
}
