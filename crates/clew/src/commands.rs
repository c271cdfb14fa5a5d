//! The command line: what there is to call, and how its help reads.

mod backend;
mod demo;
mod diff;
mod doctor;
mod explain;
mod logs;
mod serve;
mod services;
mod store;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Effects, Styles};
use clap::{Parser, Subcommand};
use jiff::{Span, SpanRelativeTo};

use crate::error::CommandError;

/// Follow one request through every service that it touches.
///
/// Clew is a distributed-tracing backend in one binary. It takes traces on the standard
/// ports of OpenTelemetry, keeps them on the local disk and shows them in a browser.
#[derive(Debug, Parser)]
#[command(
    name = "clew",
    version,
    styles = STYLES,
    max_term_width = 100,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    after_help = examples(&[
        ("clew demo", "meet distributed tracing in ten steps"),
        ("clew serve", "start the backend, then open http://localhost:16686"),
        ("clew explain '<traceparent>'", "take a header apart, or show what is wrong with it"),
    ])
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Options),
    Serve(serve::Options),
    Explain(explain::Options),
    Doctor(doctor::Options),
    Diff(diff::Options),
    Services(services::Options),
    Logs(logs::Options),
    Store(store::Options),
}

impl Cli {
    /// Does what the command line says.
    pub(crate) fn run(self) -> Result<ExitCode, CommandError> {
        match self.command {
            Command::Demo(options) => demo::run(options),
            Command::Serve(options) => serve::run(options),
            Command::Explain(options) => Ok(explain::run(&options)),
            Command::Doctor(options) => doctor::run(options),
            Command::Diff(options) => diff::run(options),
            Command::Services(options) => services::run(options),
            Command::Logs(options) => logs::run(options),
            Command::Store(options) => store::run(options),
        }
    }
}

const HEADING: clap::builder::styling::Style =
    AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const LITERAL: clap::builder::styling::Style = AnsiColor::Cyan.on_default().effects(Effects::BOLD);

const STYLES: Styles = Styles::styled()
    .header(HEADING)
    .usage(HEADING)
    .literal(LITERAL)
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().effects(Effects::BOLD))
    .valid(AnsiColor::Green.on_default())
    .invalid(AnsiColor::Red.on_default());

/// The end of a help text: what to type and what it does, in two columns.
fn examples(examples: &[(&str, &str)]) -> StyledStr {
    sections(&[("Examples", examples)])
}

/// The end of a help text: headings, each above its rows in two columns.
fn sections(sections: &[(&str, &[(&str, &str)])]) -> StyledStr {
    let mut text = StyledStr::new();
    for (index, (heading, rows)) in sections.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n\n" };
        // Writing to a `StyledStr` appends to a string, which cannot fail.
        let _ = write!(text, "{gap}{HEADING}{heading}:{HEADING:#}");
        let typed = rows.iter().map(|(typed, _)| typed.len());
        let width = typed.max().unwrap_or_default();
        for (typed, effect) in *rows {
            let _ = write!(text, "\n  {LITERAL}{typed:width$}{LITERAL:#}  {effect}");
        }
    }
    text
}

/// A length of time on the command line, such as `7d`, `36h` or `30m`.
fn length_of_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text} is no length of time; write it like 7d, 36h or 30m");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let days = SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|_| wrong())?;
    Duration::try_from(duration).map_err(|_| wrong())
}

/// When the range of this length that ends now begins and ends, in nanoseconds since 1970.
fn range_until_now(length: Duration) -> (u128, u128) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let end = now.unwrap_or_default();
    (end.saturating_sub(length).as_nanos(), end.as_nanos())
}

/// A port on the command line; clap's own message would speak of digits.
fn port(text: &str) -> Result<u16, &'static str> {
    text.parse()
        .map_err(|_| "a port is a number from 0 to 65535")
}

#[cfg(test)]
mod tests;
