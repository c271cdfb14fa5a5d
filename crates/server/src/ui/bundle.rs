//! All modules of the UI as one script, and all its styles as one sheet.
//!
//! A browser has six connections to a server: a page of 150 modules waits for 25 rounds of
//! requests, and again at each reload, for the answers that nothing has changed. The modules are
//! written so that this needs no parser of the language: imports stand at the head, and `import`
//! and `export` begin their lines. What is written otherwise is refused, or is no JavaScript
//! afterwards.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Write as _;

use thiserror::Error;

/// Why files do not make one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum BundleError {
    #[error("{from} names {path}, which is not there")]
    Missing { from: String, path: String },
    #[error("{path} imports itself, by way of others")]
    Cycle { path: String },
    #[error("{path}: `{line}` is written in a way that bundling does not know")]
    Unknown { path: String, line: String },
}

/// The content of a file by its path, if it is there.
type Source<'s> = dyn Fn(&str) -> Option<String> + 's;

/// A script that does what this module does, with all modules that it imports by relative paths.
/// Those that it imports by bare names stay imports.
pub(super) fn script(entry: &str, source: &Source<'_>) -> Result<String, BundleError> {
    let mut script = Script {
        source,
        modules: HashMap::new(),
        packages: Vec::new(),
        text: String::new(),
    };
    script.add(entry, entry)?;
    let packages = (0..).zip(&script.packages);
    let imports = packages.fold(String::new(), |mut imports, (number, package)| {
        let import = format_args!("import * as $package{number} from \"{package}\";\n");
        let _infallible = write!(imports, "{import}");
        imports
    });
    Ok(imports + &script.text)
}

struct Script<'s> {
    source: &'s Source<'s>,
    /// By path: the number of those that are written, `None` for those whose imports are.
    modules: HashMap<String, Option<usize>>,
    packages: Vec<String>,
    text: String,
}

impl Script<'_> {
    /// Writes a module behind those that it imports; returns its name.
    fn add(&mut self, path: &str, from: &str) -> Result<String, BundleError> {
        match self.modules.get(path) {
            Some(Some(number)) => return Ok(format!("$module{number}")),
            Some(None) => {
                let path = path.to_owned();
                return Err(BundleError::Cycle { path });
            }
            None => {}
        }
        let source = (self.source)(path).ok_or_else(|| missing(from, path))?;
        self.modules.insert(path.to_owned(), None);
        let module = Module::parse(path, &source)?;
        let mut head = String::new();
        for Import { names, specifier } in &module.imports {
            let name = if is_relative(specifier) {
                self.add(&resolve(path, specifier), path)?
            } else {
                self.package(specifier)
            };
            let _infallible = writeln!(head, "const {names} = {name};");
        }
        let number = self.modules.values().flatten().count();
        let Module { body, exports, .. } = module;
        let exports = exports.join(", ");
        let _infallible = write!(
            self.text,
            "// {path}\nconst $module{number} = (() => {{\n{head}{body}return {{ {exports} }};\n}})();\n",
        );
        self.modules.insert(path.to_owned(), Some(number));
        Ok(format!("$module{number}"))
    }

    fn package(&mut self, name: &str) -> String {
        let known = self.packages.iter().position(|it| it == name);
        let number = known.unwrap_or_else(|| {
            self.packages.push(name.to_owned());
            self.packages.len() - 1
        });
        format!("$package{number}")
    }
}

/// A module, taken apart.
struct Module {
    imports: Vec<Import>,
    /// What follows the imports, without the word `export`.
    body: String,
    /// The names of what it exports.
    exports: Vec<String>,
}

struct Import {
    /// As a pattern that takes an object apart: `{ a, b: c }`.
    names: String,
    specifier: String,
}

impl Module {
    fn parse(path: &str, source: &str) -> Result<Self, BundleError> {
        let unknown = |line: &str| BundleError::Unknown {
            path: path.to_owned(),
            line: line.lines().next().unwrap_or_default().to_owned(),
        };
        let mut imports = Vec::new();
        let mut rest = source;
        loop {
            rest = after_comments(rest);
            if !rest.starts_with("import ") {
                break;
            }
            let (import, after) = rest.split_once(";\n").ok_or_else(|| unknown(rest))?;
            imports.push(Import::parse(import).ok_or_else(|| unknown(import))?);
            rest = after;
        }
        let mut body = String::with_capacity(rest.len());
        let mut exports = Vec::new();
        for line in rest.lines() {
            let exported = line.strip_prefix("export ");
            if let Some(declaration) = exported {
                exports.push(name_of(declaration).ok_or_else(|| unknown(line))?);
            }
            body.push_str(exported.unwrap_or(line));
            body.push('\n');
        }
        Ok(Self {
            imports,
            body,
            exports,
        })
    }
}

impl Import {
    /// `import { a, b as c } from "…"` and `import a from "…"`.
    fn parse(statement: &str) -> Option<Self> {
        let (names, specifier) = statement.strip_prefix("import ")?.split_once(" from ")?;
        let names = if names.starts_with('{') && names.ends_with('}') {
            names.replace(" as ", ": ")
        } else if is_name(names) {
            format!("{{ default: {names} }}")
        } else {
            return None;
        };
        let specifier = specifier.strip_prefix('"')?.strip_suffix('"')?;
        Some(Self {
            names,
            specifier: specifier.to_owned(),
        })
    }
}

/// The rest behind empty lines and comments.
fn after_comments(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start();
        let end = match rest.get(..2) {
            Some("//") => rest.find('\n'),
            Some("/*") => rest.find("*/").map(|at| at + 2),
            _ => None,
        };
        let Some(end) = end else { return rest };
        rest = &rest[end..];
    }
}

/// What this declares: `const a = …`, `function a(…) …`, `class A …`.
fn name_of(declaration: &str) -> Option<String> {
    let declaration = declaration.strip_prefix("async ").unwrap_or(declaration);
    let (keyword, rest) = declaration.split_once(' ')?;
    let name = rest.split([' ', '(']).next()?;
    let is_known = matches!(keyword, "const" | "function" | "class") && is_name(name);
    is_known.then(|| name.to_owned())
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '_')
}

fn is_relative(specifier: &str) -> bool {
    specifier.starts_with("./") || specifier.starts_with("../")
}

/// The path of what a file names by a relative one.
fn resolve(from: &str, relative: &str) -> String {
    let mut parts: Vec<_> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// A sheet with all that this one imports, which is each a line `@import "./….css";`.
pub(super) fn styles(entry: &str, source: &Source<'_>) -> Result<String, BundleError> {
    let text = source(entry).ok_or_else(|| missing(entry, entry))?;
    let mut all = String::new();
    for line in text.lines() {
        let Some(import) = line.strip_prefix("@import ") else {
            all.push_str(line);
            all.push('\n');
            continue;
        };
        let specifier = import.trim_matches([';', '"']);
        let path = resolve(entry, specifier);
        let sheet = source(&path).ok_or_else(|| missing(entry, &path))?;
        let _infallible = writeln!(all, "/* {path} */\n{sheet}");
    }
    Ok(all)
}

fn missing(from: &str, path: &str) -> BundleError {
    BundleError::Missing {
        from: from.to_owned(),
        path: path.to_owned(),
    }
}
