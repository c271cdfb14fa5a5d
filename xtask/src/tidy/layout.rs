//! How files are laid out: how long they may be, and that each is part of something.

#[cfg(test)]
mod tests;

use super::{Problem, SourceFile};

/// A file fits in one reading; tests, which are read case by case, and prose may be longer.
const FILE_LINES_MAX: usize = 600;

/// The lengths of all files, and that no Rust file is beside the modules that are compiled.
pub(super) fn check(files: &[SourceFile]) -> Vec<Problem> {
    let long = files.iter().filter_map(check_length);
    let dead = files.iter().filter_map(|file| check_used(file, files));
    long.chain(dead).collect()
}

/// A package takes part in the lints of the workspace.
pub(super) fn check_manifest(path: &str, text: &str) -> Option<Problem> {
    let mut lines = text.lines().map(str::trim);
    let takes_part = lines.any(|line| line == "[lints]")
        && lines.find(|line| !line.is_empty()) == Some("workspace = true");
    (!takes_part).then(|| Problem {
        file: path.to_owned(),
        line: None,
        message: "add `[lints]` with `workspace = true`".to_owned(),
    })
}

/// Whether the file holds tests, by the project's habit: `foo/tests.rs`, or a folder `tests`.
pub(super) fn is_test(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folders = ["tests", "examples"];
    // The demo's services are in a folder of that name too, which is the outermost.
    let mut parts = folder.split('/').skip(1);
    name == "tests.rs" || parts.any(|part| folders.contains(&part))
}

fn check_length(file: &SourceFile) -> Option<Problem> {
    let lines = file.text.lines().count();
    if lines < FILE_LINES_MAX || is_test(&file.path) || file.is("md") {
        return None;
    }
    Some(Problem {
        file: file.path.clone(),
        line: None,
        message: format!(
            "has {lines} lines; split it so that each part has under {FILE_LINES_MAX}"
        ),
    })
}

/// A module's file is declared by the file above it; cargo would leave it out without a word.
fn check_used(file: &SourceFile, files: &[SourceFile]) -> Option<Problem> {
    let module = module_of(&file.path)?;
    let declared = files
        .iter()
        .filter(|above| module.declared_in.contains(&above.path))
        .any(|above| declares(&above.text, module.name));
    (!declared).then(|| Problem {
        file: file.path.clone(),
        line: None,
        message: format!(
            "is not compiled: no `mod {};` in {}",
            module.name,
            module.declared_in.join(" or ")
        ),
    })
}

struct Module<'a> {
    name: &'a str,
    /// The files that may declare it.
    declared_in: Vec<String>,
}

/// The module whose file this is; `None` for what cargo finds by itself.
fn module_of(path: &str) -> Option<Module<'_>> {
    let (folder, name) = path.strip_suffix(".rs")?.rsplit_once('/')?;
    // What is outside `src` (`tests/it/main.rs`, `build.rs`) is not a module of the package.
    let (package, inside) = folder.split_once("/src")?;
    if inside.is_empty() {
        let is_root = ["main", "lib"].contains(&name);
        let roots = ["lib", "main"].map(|root| format!("{package}/src/{root}.rs"));
        return (!is_root).then(|| Module {
            name,
            declared_in: roots.to_vec(),
        });
    }
    let mut declared_in = vec![format!("{folder}.rs")];
    // A binary with modules of its own: `src/bin/x/main.rs`; and the older `mod.rs`.
    if name == "main" || inside.starts_with("/bin") {
        return None;
    }
    // The modules of `lib.rs` that are called like its file: `src/lib/tests.rs`.
    if inside == "/main" || inside == "/lib" {
        declared_in = vec![format!("{package}/src{inside}.rs")];
    }
    Some(Module { name, declared_in })
}

fn declares(text: &str, module: &str) -> bool {
    let declaration = format!("mod {module};");
    text.lines().any(|line| {
        let line = line.trim();
        line.strip_suffix(declaration.as_str())
            .is_some_and(|before| before.is_empty() || before.starts_with("pub"))
    })
}
