use super::check;
use crate::tidy::SourceFile;

fn messages(text: &str) -> Vec<String> {
    let page = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let files = [
        page("docs/a.md", text),
        page("docs/tour/b.md", "# Step 1: what `it` does\n"),
    ];
    let exists = |path: &str| ["docs/a.md", "docs/tour/b.md", "README.md"].contains(&path);
    let problems = check(&files, &exists);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn links_that_lead_somewhere_are_right() {
    let found = messages(
        "[b](tour/b.md) [b](tour/b.md#step-1-what-it-does) [up](../README.md)\n\
         [web](https://example.org/x) [here](#top)\n\n# Top\n\n```text\n[no link](x.md)\n```\n",
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn links_that_lead_nowhere_are_problems() {
    assert_eq!(
        messages("\n[c](c.md), [b](tour/b.md#step-2)"),
        [
            "docs/a.md:2: the link leads to docs/c.md, which does not exist",
            "docs/a.md:2: docs/tour/b.md has no heading #step-2",
        ]
    );
}
