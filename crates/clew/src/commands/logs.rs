//! `clew logs`: log records that a backend has, and those that arrive.

mod client;
mod events;
mod follow;
mod line;
mod output;
mod record;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use anstream::eprintln;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clew_model::SeverityLevel;
use reqwest::Url;

use super::backend::{BackendError, TypedTraceId, server};
use crate::error::CommandError;
use crate::runtime;
use client::{LogClient, Question};
use follow::Follower;
use output::{Form, Output};
use record::Page;

/// How many log records are shown if nobody says: a few screens.
const LIMIT_DEFAULT: u16 = 100;

/// The same of those that were there before, of whoever waits for what comes.
const LIMIT_BEFORE_DEFAULT: u16 = 10;

/// How many the backend gives at once.
const LIMIT_MAX: u16 = 1_000;

/// Show the newest log records, or follow them as they arrive.
///
/// Each is a line: when it happened, how severe it is, which service said what, and of which trace. The
/// newest are at the end.
#[derive(Debug, clap::Args)]
#[command(after_help = super::examples(&[
    ("clew logs", "the newest hundred"),
    ("clew logs refused --service pay", "of one service, those that say it"),
    ("clew logs --since 15m", "of the last quarter of an hour"),
    ("clew logs --severity error --follow", "errors, from now on until Ctrl-C"),
    ("clew logs --trace ID --json | jq .body", "what was said during one request"),
]))]
pub(crate) struct Options {
    /// Those whose text holds this, in upper case or lower.
    text: Option<String>,

    /// Those of this service.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,

    /// Those of this trace.
    #[arg(long, value_name = "ID", value_parser = TypedTraceId::parse)]
    trace: Option<TypedTraceId>,

    /// Those that are at least so severe.
    #[arg(long, value_name = "LEVEL", ignore_case = true, value_parser = levels())]
    severity: Option<String>,

    /// How far to look back, such as 15m, 1h or 7d; all that there is if nothing is said.
    #[arg(long, value_name = "TIME", value_parser = super::length_of_time)]
    since: Option<Duration>,

    /// How many, 1000 at the most [default: 100, and 10 with --follow]; with --follow and 0, those alone
    /// that arrive.
    #[arg(
        long,
        short = 'n',
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(0..=i64::from(LIMIT_MAX))
    )]
    limit: Option<u16>,

    /// Go on with those that arrive, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,

    /// Print each as an object of JSON on a line of its own.
    #[arg(long)]
    json: bool,

    /// Where Clew shows its pages.
    #[arg(long, value_name = "URL", value_parser = server, default_value = "http://localhost:16686")]
    server: Url,
}

/// Prints log records until there are no more of them, or nobody reads them.
pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    let form = if options.json {
        Form::Json
    } else {
        Form::lines()
    };
    let shown = runtime::block_on(show(options, Output::new(form)))?;
    match shown {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // Whoever has what it wants, such as `head`, closes the pipe.
        Err(BackendError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into_command_error()),
    }
}

async fn show(options: Options, mut output: Output) -> Result<(), BackendError> {
    let limit = options.limit();
    let question = Question {
        text: options.text,
        service: options.service,
        trace: options.trace,
        severity: options.severity,
        start: options.since.map(|length| super::range_until_now(length).0),
    };
    let client = LogClient::new(options.server)?;
    if options.follow {
        let ended = Follower::new(client, question, limit, output).run().await;
        return ended.map(|never| match never {});
    }
    if limit == 0 {
        return Ok(());
    }
    // A page of long ones has fewer than were asked for, and the newest come first.
    let mut pages: Vec<Page> = Vec::new();
    let mut left = limit;
    while left > 0 {
        let after = pages.last().map(|page| page.next.as_deref());
        if after == Some(None) {
            break;
        }
        let page = client.page(&question, left, None, after.flatten()).await?;
        let shown = page.records.len() + page.unreadable;
        left = left.saturating_sub(u16::try_from(shown).unwrap_or(u16::MAX));
        pages.push(page);
    }
    if let Some(first) = pages.first() {
        first.tell_partial();
    }
    if pages.iter().all(|page| page.records.is_empty()) {
        client.check_trace(&question).await?;
        eprintln!("no log record matches");
    }
    for record in pages.iter().rev().flat_map(|page| &page.records) {
        output.print(record)?;
    }
    Ok(())
}

impl Options {
    fn limit(&self) -> u16 {
        let default = if self.follow {
            LIMIT_BEFORE_DEFAULT
        } else {
            LIMIT_DEFAULT
        };
        self.limit.unwrap_or(default)
    }
}

fn levels() -> impl clap::builder::TypedValueParser<Value = String> {
    let names = SeverityLevel::ALL.map(SeverityLevel::name);
    PossibleValuesParser::new(names).map(|name| name.to_lowercase())
}

#[cfg(test)]
mod tests;
