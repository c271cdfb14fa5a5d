//! `clew services`: which services there are, how well they do, and who calls whom.

mod answer;
mod figures;
mod grid;
mod report;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clew_terminal::Line;
use reqwest::Url;

use super::backend::{BackendError, Client, server};
use crate::error::CommandError;
use crate::runtime;
use answer::{Answer, Found, FoundTrace, Known, Map, Metrics};
use report::Traces;

/// Less has no room for a chart.
const SINCE_MIN: Duration = Duration::from_secs(1);

/// How many services are named to whoever asks for one that is not there.
const KNOWN_MAX: usize = 10;

/// Show how services do: requests, errors and how long they take, and who calls whom.
///
/// Of one service it shows the same for each name of its spans. All of it comes straight from the spans
/// that started in the range; requests are spans of kind server and consumer.
#[derive(Debug, clap::Args)]
#[command(after_help = super::examples(&[
    ("clew services", "all services, in the last hour"),
    ("clew services cart --since 24h", "what one of them did in the last day"),
    ("clew services --json | jq .edges", "who calls whom, for programs"),
]))]
pub(crate) struct Options {
    /// Which service; all of them if none is named.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    service: Option<String>,

    /// How far to look back, such as 15m, 1h or 7d.
    #[arg(long, value_name = "TIME", value_parser = since, default_value = "1h")]
    since: Since,

    /// Print what Clew's API says, as JSON on one line.
    #[arg(long)]
    json: bool,

    /// Where Clew shows its pages.
    #[arg(long, value_name = "URL", value_parser = server, default_value = "http://localhost:16686")]
    server: Url,
}

/// How far to look back.
#[derive(Debug, Clone)]
struct Since {
    /// As it was typed, which is how it reads best.
    text: String,
    length: Duration,
}

/// Prints the figures; whoever reads them may stop in the middle.
pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    match runtime::block_on(show(options))? {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Problem::Unknown(problem)) => Err(problem),
        Err(Problem::Backend(BackendError::Output(error)))
            if error.kind() == io::ErrorKind::BrokenPipe =>
        {
            Ok(ExitCode::SUCCESS)
        }
        Err(Problem::Backend(error)) => Err(error.into_command_error()),
    }
}

/// Why nothing is shown.
enum Problem {
    Backend(BackendError),
    /// There is no such service.
    Unknown(CommandError),
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        Self::Backend(error)
    }
}

async fn show(options: Options) -> Result<(), Problem> {
    let client = Client::new(options.server)?;
    let width = clew_terminal::terminal_width();
    let since = options.since;
    let (json, lines) = match &options.service {
        None => {
            let url = in_range(client.endpoint("map"), &since);
            let map: Answer<Map> = client.ask(url, Answer::parse).await?;
            let lines = report::map_report(&map.value, &since, width);
            (map.json, lines)
        }
        Some(service) => one(&client, service, &since, width).await?,
    };
    let mut stdout = anstream::stdout();
    let written = if options.json {
        writeln!(stdout, "{json}")
    } else {
        let mut lines = lines.iter();
        lines.try_for_each(|line| writeln!(stdout, "{line}"))
    };
    written.map_err(|error| BackendError::Output(error).into())
}

/// What one service does, as JSON and for a reader.
async fn one(
    client: &Client,
    service: &str,
    since: &Since,
    width: usize,
) -> Result<(String, Vec<Line>), Problem> {
    let endpoint = client.endpoint_of(["services", service, "metrics"]);
    let url = in_range(endpoint, since);
    let served: Answer<Metrics> = client.ask(url.clone(), Answer::parse).await?;
    let report = |metrics: &Metrics, failed: Option<FoundTrace>| {
        let traces = Traces {
            page: &client.url(),
            failed,
        };
        report::service_report(service, metrics, since, &traces, width)
    };
    if served.value.total.spans > 0 {
        let kinds = [Some("server"), Some("consumer")];
        let failed = newest_failed(client, service, since, &served.value, &kinds).await?;
        return Ok((served.json, report(&served.value, failed)));
    }
    // One that only makes calls has spans too.
    let mut url = url;
    url.query_pairs_mut().append_pair("kind", "all");
    let all: Answer<Metrics> = client.ask(url, Answer::parse).await?;
    if all.value.total.spans > 0 {
        let failed = newest_failed(client, service, since, &all.value, &[None]).await?;
        return Ok((served.json, report(&all.value, failed)));
    }
    let known: Answer<Known> = client
        .ask(client.endpoint("services"), Answer::parse)
        .await?;
    let known = known.value.values.into_iter().map(|it| it.value);
    let known: Vec<String> = known.collect();
    if known.iter().any(|it| it == service) {
        return Ok((served.json, report::idle(service, since, width)));
    }
    Err(Problem::Unknown(unknown(service, &known)))
}

/// The newest trace in which a span of the service failed that is of one of these kinds; `None` stands for all
/// kinds.
async fn newest_failed(
    client: &Client,
    service: &str,
    since: &Since,
    metrics: &Metrics,
    kinds: &[Option<&str>],
) -> Result<Option<FoundTrace>, BackendError> {
    if metrics.total.errors == 0 {
        return Ok(None);
    }
    let mut newest: Option<FoundTrace> = None;
    for kind in kinds {
        let mut url = in_range(client.endpoint("traces"), since);
        let mut query = url.query_pairs_mut();
        query
            .append_pair("service", service)
            .append_pair("status", "error")
            .append_pair("limit", "1");
        query.extend_pairs(kind.map(|kind| ("kind", kind)));
        drop(query);
        let found: Answer<Found> = client.ask(url, Answer::parse).await?;
        newest = newest
            .into_iter()
            .chain(found.value.traces)
            .max_by_key(|trace| trace.start);
    }
    Ok(newest)
}

/// The URL, asked for the range.
fn in_range(mut url: Url, since: &Since) -> Url {
    let (start, end) = super::range_until_now(since.length);
    url.query_pairs_mut()
        .append_pair("start", &start.to_string())
        .append_pair("end", &end.to_string());
    url
}

fn unknown(service: &str, known: &[String]) -> CommandError {
    let problem = CommandError::user(format!("there is no service {service}"));
    if known.is_empty() {
        return problem.with_hint("nothing has sent spans yet; `clew demo` shows how it is done");
    }
    let mut named: Vec<&str> = known.iter().take(KNOWN_MAX).map(String::as_str).collect();
    let more = known.len().saturating_sub(named.len());
    let more = format!("{more} more");
    if known.len() > KNOWN_MAX {
        named.push(&more);
    }
    problem.with_hint(format!("there are: {}", named.join(", ")))
}

fn since(text: &str) -> Result<Since, String> {
    let length = super::length_of_time(text)?;
    if length < SINCE_MIN {
        return Err("it is a second at the least".to_owned());
    }
    Ok(Since {
        text: text.to_owned(),
        length,
    })
}
