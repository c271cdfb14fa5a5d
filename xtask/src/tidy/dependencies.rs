//! Every crate of others that the workspace uses has its reason in the page of dependencies.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::Problem;
use crate::workspace::Package;

/// Where the reasons are: a table with a row for each crate, `name | why`.
pub(super) const PAGE: &str = "docs/dependencies.md";

/// The rows and the manifests name the same crates, and each row gives a reason.
pub(super) fn check(packages: &[Package], page: &str) -> Vec<Problem> {
    let problem = |line, message| Problem {
        file: PAGE.to_owned(),
        line,
        message,
    };
    let mut missing = used_crates(packages);
    let mut problems = Vec::new();
    for row in rows(page) {
        if !missing.remove(row.name) {
            let message = format!("no package uses `{}`, or it has a row already", row.name);
            problems.push(problem(Some(row.line), message));
        } else if row.why.is_empty() {
            let message = format!("`{}` has no reason", row.name);
            problems.push(problem(Some(row.line), message));
        }
    }
    let rows_to_add = missing.into_iter().map(|name| {
        let message = format!("`{name}` is used without a reason, add: | `{name}` | why |");
        problem(None, message)
    });
    problems.extend(rows_to_add);
    problems
}

struct Row<'a> {
    line: usize,
    name: &'a str,
    why: &'a str,
}

/// The rows whose first cell is a crate's name as code.
fn rows(page: &str) -> impl Iterator<Item = Row<'_>> {
    page.lines().enumerate().filter_map(|(index, line)| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        Some(Row {
            line: index + 1,
            name: cells.next()?.strip_prefix('`')?.strip_suffix('`')?,
            why: cells.next().unwrap_or_default(),
        })
    })
}

/// The crates of others that any package declares.
fn used_crates(packages: &[Package]) -> BTreeSet<&str> {
    let declared = packages.iter().flat_map(|package| &package.dependencies);
    let others = declared.filter(|used| used.path.is_none());
    others.map(|used| used.name.as_str()).collect()
}
