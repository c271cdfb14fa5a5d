//! What `clew serve` logs.

use std::env::{self, VarError};

use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::error::CommandError;

#[cfg(test)]
mod tests;

/// The variable that says what is logged.
pub(super) const VARIABLE: &str = "CLEW_LOG";
const DEFAULT: &str = "warn";

/// Logs to standard error from here on, as the environment says.
pub(super) fn to_stderr() -> Result<(), CommandError> {
    tracing_subscriber::fmt()
        .with_env_filter(filter()?)
        .with_target(false)
        // Colours are for a terminal, and not for the files that logs are sent to.
        .with_ansi(AutoStream::choice(&std::io::stderr()) != ColorChoice::Never)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

/// What the environment asks to log.
pub(crate) fn filter() -> Result<EnvFilter, CommandError> {
    match env::var(VARIABLE) {
        Ok(value) => parse(&value),
        Err(VarError::NotPresent) => parse(DEFAULT),
        Err(VarError::NotUnicode(value)) => Err(problem(&value.to_string_lossy())),
    }
}

fn parse(value: &str) -> Result<EnvFilter, CommandError> {
    let value = value.trim();
    if value.is_empty() {
        return parse(DEFAULT);
    }
    // A word alone is a target to `EnvFilter`, so that a misspelt level would log nothing; and no
    // word at all is a level to `LevelFilter`.
    let is_understood = |word: &str| {
        let is_level = !word.is_empty() && word.parse::<LevelFilter>().is_ok();
        is_level || word.contains(['=', '[', ']'])
    };
    if !value.split(',').map(str::trim).all(is_understood) {
        return Err(problem(value));
    }
    EnvFilter::builder()
        .parse(value)
        .map_err(|_| problem(value))
}

fn problem(value: &str) -> CommandError {
    CommandError::user(format!("{VARIABLE}={value} does not say what to log")).with_hint(
        "it is off, error, warn, info, debug or trace, or pairs such as warn,clew_server=debug",
    )
}
