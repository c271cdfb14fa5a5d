//! Links from one page of the documentation to another lead somewhere.

#[cfg(test)]
mod tests;

use super::{Problem, SourceFile};

/// Every relative link of every page names a file that exists, and a heading of it if it says one.
pub(super) fn check(files: &[SourceFile], exists: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let pages = files.iter().filter(|file| file.is("md"));
    pages
        .flat_map(|page| {
            links(&page.text).filter_map(|(line, target)| {
                let message = check_link(page, target, files, exists)?;
                Some(Problem {
                    file: page.path.clone(),
                    line: Some(line),
                    message,
                })
            })
        })
        .collect()
}

fn check_link(
    page: &SourceFile,
    target: &str,
    files: &[SourceFile],
    exists: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() {
        page.path.clone()
    } else {
        resolve(&page.path, path)
    };
    if !exists(&path) {
        return Some(format!("the link leads to {path}, which does not exist"));
    }
    let other = files.iter().find(|file| file.path == path)?;
    if heading.is_empty() || headings(&other.text).any(|found| found == heading) {
        return None;
    }
    Some(format!("{path} has no heading #{heading}"))
}

/// The targets of `[text](target)`, with their lines, outside of fenced blocks.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    prose(text).flat_map(|(line, text)| {
        let targets = text.split("](").skip(1);
        targets.filter_map(move |rest| Some((line, rest.split_once(')')?.0)))
    })
}

/// The headings of a page, spelt as links to them are.
fn headings(text: &str) -> impl Iterator<Item = String> {
    prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|&c| c.is_alphanumeric() || " -_".contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
}

/// The lines that are not part of a fenced block, with their numbers from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// The path from the root of the checkout that `target` means in the page at `page`.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<_> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
