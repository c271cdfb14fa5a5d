//! `cargo xtask untrace`: takes the tracing out of the examples, for the tour to put it in again.

#[cfg(test)]
mod tests;

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::Run;
use crate::workspace;

/// The regions that a service lacks before it is traced; `bug` and `fix` are no part of it.
const REGIONS: [&str; 2] = ["tracing", "propagation"];

/// Empties the regions of tracing in the files of `examples/`; the marks stay, to show the place.
pub(crate) fn run() -> Result<String> {
    let changed = Run::new("git", ["status", "--porcelain", "examples"]).read()?;
    ensure!(
        changed.is_empty(),
        "examples/ has changes that are not committed, and they would be lost:\n{changed}\
         commit them, or undo them with `git restore examples`"
    );
    let list = Run::new("git", ["ls-files", "examples"]).read()?;
    let mut emptied = 0;
    for path in list.lines() {
        let path = workspace::root().join(path);
        let name = path.display();
        let text = fs::read_to_string(&path).with_context(|| name.to_string())?;
        let untraced = without_tracing(&text).with_context(|| name.to_string())?;
        if untraced != text {
            fs::write(&path, untraced).with_context(|| name.to_string())?;
            emptied += 1;
        }
    }
    Ok(format!(
        "{emptied} files of examples/ are untraced now; `git restore examples` brings all back"
    ))
}

/// The text without what stands between the marks of a region of tracing.
fn without_tracing(text: &str) -> Result<String> {
    let mut kept = String::new();
    let mut open: Option<&str> = None;
    for line in text.lines() {
        if open.is_some() && mark(line, "endregion: ") == open {
            open = None;
        }
        if open.is_none() {
            kept.push_str(line);
            kept.push('\n');
        }
        if let Some(name) = mark(line, "region: ").filter(|name| REGIONS.contains(name)) {
            open = open.or(Some(name));
        }
    }
    if let Some(name) = open {
        bail!("the region {name} has no end");
    }
    Ok(kept)
}

/// The name in a line that is a mark, in the comments of Rust or TOML.
fn mark<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let line = line.trim();
    let comment = line.strip_prefix("// ").or(line.strip_prefix("# "))?;
    comment.strip_prefix(word)
}
