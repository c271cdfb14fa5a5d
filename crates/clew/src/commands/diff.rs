//! `clew diff`: two traces side by side, and what makes the difference.

mod answer;
mod fold;
mod report;
mod summary;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::process::ExitCode;

use reqwest::Url;

use super::backend::{BackendError, Client, TypedTraceId, server};
use crate::error::CommandError;
use crate::runtime;
use answer::Answer;

/// Compare two traces: which spans are new, gone, slower and faster, and which make the difference.
///
/// Spans are matched from the top down by service, name and kind. What is alike is folded. Exits with
/// 0 if the two could be compared, however they differ.
#[derive(Debug, clap::Args)]
#[command(after_help = super::examples(&[
    ("clew diff 4bf92f3577b34da6a3ce929d0e0e4736 7", "what became of the first trace in the second"),
    ("clew diff ID ID --json | jq .explanations", "what makes the difference, for programs"),
]))]
pub(crate) struct Options {
    /// Which trace to start from.
    #[arg(value_name = "BEFORE", value_parser = TypedTraceId::parse)]
    before: TypedTraceId,

    /// Which trace to compare with it.
    #[arg(value_name = "AFTER", value_parser = TypedTraceId::parse)]
    after: TypedTraceId,

    /// Print what Clew's API says, as JSON on one line.
    #[arg(long)]
    json: bool,

    /// Where Clew shows its pages.
    #[arg(long, value_name = "URL", value_parser = server, default_value = "http://localhost:16686")]
    server: Url,
}

/// Prints the comparison; whoever reads it may stop in the middle.
pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    match runtime::block_on(show(options))? {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(BackendError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into_command_error()),
    }
}

async fn show(options: Options) -> Result<(), BackendError> {
    let client = Client::new(options.server)?;
    let (before, after) = (&options.before, &options.after);
    let path = format!("traces/{}/compare/{}", before.as_str(), after.as_str());
    let answer = client.ask(client.endpoint(&path), Answer::parse).await;
    let answer = answer.map_err(|error| error.about(&[before, after]))?;
    let mut stdout = anstream::stdout();
    let written = if options.json {
        writeln!(stdout, "{}", answer.json)
    } else {
        let width = clew_terminal::terminal_width();
        let lines = report::report(&answer.diff, width);
        let mut lines = lines.iter();
        lines.try_for_each(|line| writeln!(stdout, "{line}"))
    };
    written.map_err(BackendError::Output)
}
