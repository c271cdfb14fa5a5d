//! Why a command failed: what the user can put right apart from what we must.

use std::error::Error;
use std::process::ExitCode;

use anstream::eprintln;
use clap::builder::styling::{AnsiColor, Effects, Style};

#[cfg(test)]
mod tests;

/// A command could not do what it was asked.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// Something that the user can put right.
    User {
        /// What is wrong, and where.
        problem: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A fault of the program or of the machine under it.
    Internal(Box<dyn Error + Send + Sync>),
}

/// The exit code of "what you asked for cannot be done as things are".
const EXIT_USER: u8 = 1;
/// `EX_SOFTWARE` of sysexits.h; scripts can tell a fault of ours from one of theirs.
const EXIT_INTERNAL: u8 = 70;

impl CommandError {
    /// A problem that speaks for itself.
    pub(crate) fn user(problem: impl Into<String>) -> Self {
        Self::User {
            problem: problem.into(),
            hint: None,
        }
    }

    /// Adds what to do about a user's problem.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::User { problem, .. } => Self::User {
                problem,
                hint: Some(hint.into()),
            },
            internal @ Self::Internal(_) => internal,
        }
    }

    /// Prints the error for a reader and says what the process exits with.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::User { problem, hint } => {
                print(ERROR, "error", problem);
                if let Some(hint) = hint {
                    print(HINT, "hint", hint);
                }
                EXIT_USER.into()
            }
            Self::Internal(error) => {
                print(ERROR, "internal error", &with_sources(error.as_ref()));
                EXIT_INTERNAL.into()
            }
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Internal(Box::new(error))
    }
}

const ERROR: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
const HINT: Style = AnsiColor::Green.on_default().effects(Effects::BOLD);

fn print(style: Style, label: &str, text: &str) {
    eprintln!("{style}{label}:{style:#} {}", harmless(text));
}

/// The text line by line: it may quote what a service, a backend or a file says.
pub(crate) fn harmless(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(clew_terminal::text::harmless).collect();
    lines.join("\n")
}

/// The error and what caused it, outermost first, on one line.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
