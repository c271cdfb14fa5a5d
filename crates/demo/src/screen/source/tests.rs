use super::*;

const TEXT: &str = "\
fn main() {
    // region: tracing
    //- old();
    new();
    // region: other
    both();
    // endregion: other
    // endregion: tracing
    rest();
    // region: tracing
    // A comment.
    // endregion: tracing
}

impl Thing {
    fn first(&self) {
        if self.works {
            work();
        }
    }

    fn second(&self) {}
}
";

fn source(text: &'static str) -> Source {
    Source { path: "x.rs", text }
}

fn drawn(parts: &[Vec<(Edit, String)>]) -> Vec<String> {
    let lines = parts.iter().flatten();
    lines
        .map(|(edit, line)| format!("{edit:?} {}", line.trim()))
        .collect()
}

#[test]
fn a_region_is_all_its_parts() {
    let parts = source(TEXT).region("tracing", Edit::Added);
    assert_eq!(parts.len(), 2);
    let expected = [
        "Removed old();",
        "Added new();",
        "Added both();",
        "Added // A comment.",
    ];
    assert_eq!(drawn(&parts), expected);
    assert_eq!(
        drawn(&source(TEXT).region("other", Edit::Removed)),
        ["Removed both();"]
    );
    assert!(source(TEXT).region("missing", Edit::Added).is_empty());
}

#[test]
fn an_item_ends_with_its_brace() {
    let item = source(TEXT).item("fn first(");
    assert!(item.text.starts_with("    fn first(&self) {\n"));
    assert!(item.text.ends_with("work();\n        }\n    }\n"));
    assert_eq!(source(TEXT).item("fn third(").text, "");
}

/// The steps would teach nothing if a mark or an item were renamed.
#[test]
fn the_examples_have_what_the_steps_show() {
    let regions = [
        (BANDS_API, TRACING),
        (REVIEWS_API, TRACING),
        (CLIENT.item("pub async fn run("), PROPAGATION),
        (BANDS_API, BUG),
        (REVIEWS_API_FAULTY, BUG),
        (REVIEWS_API_FIXED, FIX),
    ];
    for (source, name) in regions {
        let parts = source.region(name, Edit::Added);
        assert!(!parts.is_empty(), "{} lacks {name}", source.path);
        assert!(parts.iter().all(|part| !part.is_empty()), "{}", source.path);
    }
}
