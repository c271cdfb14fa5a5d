//! What must not be in a source file.

#[cfg(test)]
mod tests;

use super::code::only_code;
use super::layout::is_test;
use super::{Problem, SourceFile};

/// Words that some code must not hold.
struct Ban {
    /// Any of these, as code; not within a longer word.
    words: &'static [&'static str],
    /// Where: paths that start like this.
    within: &'static [&'static str],
    /// Whether tests are free of it.
    tests_may: bool,
    /// Why, and what to do instead.
    why: &'static str,
}

/// The backend's crates but for its binary.
const BACKEND: &[&str] = &[
    "crates/model/",
    "crates/otlp/",
    "crates/server/",
    "crates/store-local/",
    "crates/store/",
    "crates/traceql/",
];

const BANS: &[Ban] = &[
    Ban {
        words: &["std::fs", "tokio::fs", "fs::", "File::", "OpenOptions"],
        within: &[
            "crates/clew/",
            "crates/model/",
            "crates/otlp/",
            "crates/server/",
            "crates/store/",
            "crates/telemetry/",
            "crates/terminal/",
            "crates/trace-context/",
            "crates/traceql/",
        ],
        tests_may: true,
        why: "only store-local opens files",
    },
    Ban {
        words: &["std::env", "env::var", "env::args", "process::exit"],
        within: BACKEND,
        tests_may: true,
        why: "of the backend only the binary reads arguments and the environment, and exits",
    },
    Ban {
        words: &[
            "std::net",
            "std::io",
            "SystemTime",
            "Instant",
            "std::process",
            "std::thread",
        ],
        within: &["crates/trace-context/", "crates/model/"],
        tests_may: true,
        why: "this crate knows only data: no I/O, no clock",
    },
    Ban {
        words: &["#[ignore"],
        within: &[""],
        tests_may: false,
        why: "a test that does not run is not a test",
    },
    Ban {
        words: &["todo!", "unimplemented!"],
        within: &[""],
        tests_may: false,
        why: "finish it, or leave it out",
    },
    Ban {
        words: &["mod tests {"],
        within: &[""],
        tests_may: false,
        why: "unit tests of foo.rs are in foo/tests.rs",
    },
];

/// Checks one file.
pub(super) fn check(file: &SourceFile) -> Vec<Problem> {
    if !file.is("rs") {
        return Vec::new();
    }
    let code = match only_code(&file.text) {
        Ok(code) => code,
        Err(error) => {
            return vec![Problem {
                file: file.path.clone(),
                line: Some(error.span().start().line),
                message: format!("it is not Rust: {error}"),
            }];
        }
    };
    let bans = BANS.iter().filter(|ban| holds_for(ban, &file.path));
    bans.flat_map(|ban| find(ban, &file.path, &code)).collect()
}

fn holds_for(ban: &Ban, path: &str) -> bool {
    ban.within.iter().any(|start| path.starts_with(start)) && !(ban.tests_may && is_test(path))
}

fn find(ban: &Ban, path: &str, code: &[String]) -> Vec<Problem> {
    let lines = code.iter().enumerate();
    lines
        .filter_map(|(index, line)| {
            let word = ban.words.iter().find(|word| holds(line, word))?;
            Some(Problem {
                file: path.to_owned(),
                line: Some(index + 1),
                message: format!("`{word}`: {}", ban.why),
            })
        })
        .collect()
}

/// Whether the word is in the line, and is not the end of a longer one.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let starts_with_letter = word.starts_with(char::is_alphabetic);
        !(starts_with_letter && before.is_some_and(|c| c.is_alphanumeric() || c == '_'))
    })
}
