//! `cargo xtask untrace`: takes the tracing out of the examples, for the tour to put it in again.

#[cfg(test)]
mod tests;

use std::fs;

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;

use crate::shell::Run;
use crate::workspace;

/// What to do.
#[derive(Args)]
pub(crate) struct Options {
    /// Instead checks that examples/ is traced again, line by line as it is committed
    #[arg(long)]
    check: bool,
}

/// The regions that a service lacks before it is traced; `bug` and `fix` are not part of it.
const REGIONS: [&str; 2] = ["tracing", "propagation"];

/// In a region, a line that starts like this is what was there before tracing.
const BEFORE: &str = "//- ";

/// Takes the tracing out, or checks that it is in again.
pub(crate) fn run(options: &Options) -> Result<String> {
    let list = Run::new("git", ["ls-files", "examples"]).read()?;
    let files: Vec<_> = list.lines().collect();
    if options.check {
        check(&files)
    } else {
        untrace(&files)
    }
}

fn untrace(files: &[&str]) -> Result<String> {
    let changed = Run::new("git", ["status", "--porcelain", "examples"]).read()?;
    ensure!(
        changed.is_empty(),
        "examples/ has changes that are not committed, and they would be lost:\n{changed}\
         commit them, or undo them with `git restore examples`"
    );
    let mut untraced_files = 0;
    for path in files {
        let text = read(path)?;
        let untraced = edit(&text, Tracing::Without).with_context(|| (*path).to_owned())?;
        if untraced != text {
            let file = workspace::root().join(path);
            fs::write(file, untraced).with_context(|| (*path).to_owned())?;
            untraced_files += 1;
        }
    }
    Ok(format!(
        "{untraced_files} files of examples/ are untraced; `git restore examples` brings all back"
    ))
}

fn check(files: &[&str]) -> Result<String> {
    for path in files {
        let committed = Run::new("git", ["show", &format!("HEAD:{path}")]).read()?;
        let expected = edit(&committed, Tracing::With)?;
        let found = read(path)?;
        if let Some((line, want)) = first_difference(&expected, &found) {
            bail!("{path}:{line}: this line differs from what is committed, which is:\n{want}");
        }
    }
    Ok("examples/ is traced, line by line as it is committed".to_owned())
}

fn read(path: &str) -> Result<String> {
    let file = workspace::root().join(path);
    fs::read_to_string(file).map_err(|error| anyhow!("{path}: {error}"))
}

/// Which side of the marks to keep.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracing {
    /// What ships, without the lines that tracing took the place of.
    With,
    /// What was there before.
    Without,
}

/// The text with or without what is between the marks; the marks stay, to show the place.
pub(crate) fn edit(text: &str, tracing: Tracing) -> Result<String> {
    let mut kept = String::new();
    let mut open: Option<&str> = None;
    for line in text.lines() {
        if open.is_some() && mark(line, "endregion: ") == open {
            open = None;
        }
        let before = open.and_then(|_| before_tracing(line));
        let line = match (tracing, before) {
            (Tracing::With, None) => Some(line.to_owned()),
            (Tracing::Without, None) => open.is_none().then(|| line.to_owned()),
            (Tracing::With, Some(_)) => None,
            (Tracing::Without, Some(before)) => Some(before),
        };
        if let Some(line) = &line {
            kept.extend([line, "\n"]);
        }
        open = open.or_else(|| line.as_deref().and_then(opened));
    }
    if let Some(name) = open {
        bail!("the region {name} has no end");
    }
    Ok(kept)
}

fn opened(line: &str) -> Option<&'static str> {
    let name = mark(line, "region: ")?;
    REGIONS.into_iter().find(|region| *region == name)
}

/// The line that tracing takes the place of, if this is one.
fn before_tracing(line: &str) -> Option<String> {
    let code = line.trim_start().strip_prefix(BEFORE)?;
    let indent = &line[..line.len() - line.trim_start().len()];
    Some(format!("{indent}{code}"))
}

/// The name in a line that is a mark, in the comments of Rust or TOML.
fn mark<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let line = line.trim();
    let comment = line.strip_prefix("// ").or(line.strip_prefix("# "))?;
    comment.strip_prefix(word)
}

/// The number and the expected text of the first line that is not as expected.
fn first_difference<'a>(expected: &'a str, found: &str) -> Option<(usize, &'a str)> {
    let mut found_lines = found.lines();
    let mut expected_lines = expected.lines();
    for number in 1.. {
        match (expected_lines.next(), found_lines.next()) {
            (None, None) => return None,
            (want, have) if want == have => {}
            (want, _) => return Some((number, want.unwrap_or("(the end)"))),
        }
    }
    None
}
