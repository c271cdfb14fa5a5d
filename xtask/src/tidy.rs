//! `cargo xtask tidy`: holds the rules that no compiler knows.
//!
//! Each check is a function from what it reads to the problems it finds, so that its test can show
//! it failing. This file gathers what they read.

mod code;
mod dependencies;
mod edges;
mod layout;
mod links;
mod sources;
mod tour;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell::Run;
use crate::workspace::{self, Package};

/// Something against the rules: where, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    /// The file, from the root of the checkout.
    file: String,
    /// The line, where there is one.
    line: Option<usize>,
    /// What is wrong, and what to do.
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// A file of the checkout that git knows or would add.
struct SourceFile {
    /// Its path from the root of the checkout, with `/`.
    path: String,
    /// What is in it.
    text: String,
}

impl SourceFile {
    fn is(&self, extension: &str) -> bool {
        extension_of(&self.path) == extension
    }
}

fn extension_of(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Checks all rules; returns how many files were read.
pub(crate) fn run() -> Result<String> {
    let packages = workspace::metadata()?.packages;
    let files = text_files()?;
    let mut problems = edges::check(&packages);
    problems.extend(check_manifests(&packages)?);
    problems.extend(dependencies::check(
        &packages,
        &file_named(&files, dependencies::PAGE),
    ));
    problems.extend(layout::check(&files));
    problems.extend(links::check(&files, &|path| {
        workspace::root().join(path).exists()
    }));
    problems.extend(tour::check(&files));
    for file in &files {
        problems.extend(sources::check(file));
    }
    if problems.is_empty() {
        return Ok(format!("{} files are tidy", files.len()));
    }
    for problem in &problems {
        println!("{problem}");
    }
    bail!("{} places are against the project's rules", problems.len())
}

/// The lints of the workspace hold in every package.
fn check_manifests(packages: &[Package]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for package in packages {
        let path = &package.manifest_path;
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        problems.extend(layout::check_manifest(&from_root(path), &text));
    }
    Ok(problems)
}

fn from_root(path: &Path) -> String {
    let path = path.strip_prefix(workspace::root()).unwrap_or(path);
    path.to_string_lossy().into_owned()
}

/// All files of the checkout that hold text, and that nobody else wrote.
fn text_files() -> Result<Vec<SourceFile>> {
    const EXTENSIONS: [&str; 8] = ["rs", "js", "mjs", "css", "html", "md", "py", "toml"];
    const VENDORED: &str = "ui/vendor/";
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let list = Run::new("git", arguments).read()?;
    list.lines()
        .filter(|path| !path.starts_with(VENDORED))
        .filter(|path| EXTENSIONS.contains(&extension_of(path)))
        // What was deleted and not yet committed is listed too.
        .filter(|path| workspace::root().join(path).exists())
        .map(|path| {
            let text = fs::read_to_string(workspace::root().join(path))
                .with_context(|| format!("{path} cannot be read"))?;
            let path = path.to_owned();
            Ok(SourceFile { path, text })
        })
        .collect()
}

fn file_named(files: &[SourceFile], path: &str) -> String {
    let found = files.iter().find(|file| file.path == path);
    found.map(|file| file.text.clone()).unwrap_or_default()
}
