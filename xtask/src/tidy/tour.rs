//! The tour's edits lead from the untraced examples to the traced ones.
//!
//! The runner of the documentation shows the same by building and running them, which takes minutes;
//! this says it at once to whoever changes an example.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Problem, SourceFile};
use crate::docs::edit;
use crate::docs::page::{Action, Page, Step};
use crate::untrace::{self, Tracing};

/// Where the pages are, in the order in which they are read.
const PAGES: &str = "docs/tour/";

/// The command with which a reader checks the edits; those after it are of other kinds.
const CHECK: &str = "cargo xtask untrace --check";

/// Applies the edits in memory, and compares.
pub(super) fn check(files: &[SourceFile]) -> Vec<Problem> {
    let examples = files
        .iter()
        .filter(|file| file.path.starts_with("examples/"));
    let mut edited: BTreeMap<&str, String> = examples
        .clone()
        .filter_map(|file| {
            let untraced = untrace::edit(&file.text, Tracing::Without).ok()?;
            Some((file.path.as_str(), untraced))
        })
        .collect();
    let mut problems = apply_pages(files, &mut edited);
    for example in examples {
        let traced = untrace::edit(&example.text, Tracing::With).ok();
        if problems.is_empty() && traced.as_ref() != edited.get(example.path.as_str()) {
            problems.push(Problem {
                file: example.path.clone(),
                line: None,
                message: format!("the edits of {PAGES} lead to something else than is shipped"),
            });
        }
    }
    problems
}

/// Applies what the pages show, up to the check.
fn apply_pages(files: &[SourceFile], edited: &mut BTreeMap<&str, String>) -> Vec<Problem> {
    let mut pages: Vec<_> = files
        .iter()
        .filter(|file| file.path.starts_with(PAGES))
        .collect();
    pages.sort_by_key(|page| &page.path);
    for page in pages {
        // What is wrong with a page is said by the runner.
        let steps = Page::parse(&page.path, &page.text).map_or(Vec::new(), |page| page.steps);
        for Step { line, action, .. } in steps {
            match action {
                Action::Command { command, .. } if command == CHECK => return Vec::new(),
                Action::Edit { file, diff } => {
                    if let Err(message) = apply(edited, &file, &diff) {
                        return vec![Problem {
                            file: page.path.clone(),
                            line: Some(line),
                            message,
                        }];
                    }
                }
                _ => {}
            }
        }
    }
    Vec::new()
}

fn apply(edited: &mut BTreeMap<&str, String>, file: &str, diff: &[String]) -> Result<(), String> {
    let text = edited
        .get_mut(file)
        .ok_or_else(|| format!("there is no {file}"))?;
    *text = edit::apply(text, diff)?;
    Ok(())
}
