//! `clew doctor`: how the context of a trace went from process to process, and where it did not.

mod answer;
mod report;

use std::io::{self, Write as _};
use std::process::ExitCode;

use reqwest::Url;

use super::backend::{BackendError, Client, TypedTraceId, server};
use crate::error::CommandError;
use crate::runtime;
use answer::Answer;

/// Follow the context of a trace from process to process, and say where it broke.
///
/// For each call between two processes it shows the headers that went along, as a span has recorded
/// them or put together again from the ids, and what is wrong there, with the likely cause. Exits with 0
/// if nothing is wrong with that, and with 1 if something is. Where spans failed, it says which was the first;
/// that does not change the exit code.
#[derive(Debug, clap::Args)]
#[command(after_help = super::examples(&[
    ("clew doctor 4bf92f3577b34da6a3ce929d0e0e4736", "each hop of this trace"),
    ("clew doctor ID --json | jq .hops[].problems", "what is wrong, for programs"),
]))]
pub(crate) struct Options {
    /// Which trace.
    #[arg(value_name = "TRACE_ID", value_parser = TypedTraceId::parse)]
    trace: TypedTraceId,

    /// Print what Clew's API says, as JSON on one line.
    #[arg(long)]
    json: bool,

    /// Where Clew shows its pages.
    #[arg(long, value_name = "URL", value_parser = server, default_value = "http://localhost:16686")]
    server: Url,
}

/// Prints the report; whoever reads it may stop in the middle.
pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    let shown = runtime::block_on(show(options))?;
    match shown {
        Ok(is_well) if is_well => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        Err(BackendError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into_command_error()),
    }
}

/// Whether nothing is wrong.
async fn show(options: Options) -> Result<bool, BackendError> {
    let client = Client::new(options.server)?;
    let url = client.endpoint(&format!("traces/{}/hops", options.trace.as_str()));
    let answer = client.ask(url, Answer::parse).await;
    let answer = answer.map_err(|error| error.about(&[&options.trace]))?;
    let mut stdout = anstream::stdout();
    let written = if options.json {
        writeln!(stdout, "{}", answer.json)
    } else {
        let width = clew_terminal::terminal_width();
        let lines = report::report(options.trace.as_str(), &answer.trace, width);
        let mut lines = lines.iter();
        lines.try_for_each(|line| writeln!(stdout, "{line}"))
    };
    written.map_err(BackendError::Output)?;
    Ok(answer.trace.is_well())
}

#[cfg(test)]
mod tests;
