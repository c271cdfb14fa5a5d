//! `cargo xtask ci`: every check that the project has, one stage after the other.

mod counts;
mod machine;
mod stages;
#[cfg(test)]
mod tests;

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

/// Which stages to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Runs only this stage; may be given several times.
    #[arg(long, value_name = "STAGE")]
    only: Vec<Stage>,
}

/// A stage, in the order in which they run: what is quick and often wrong comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Stage {
    /// Formatting.
    Fmt,
    /// The project's own rules.
    Tidy,
    /// Lints, as errors.
    Clippy,
    /// Unit and integration tests.
    Test,
    /// The demo, as a newcomer runs it.
    Demo,
    /// The commands of the documentation.
    Docs,
    /// The UI's pages in headless Chromium, and its types.
    Browser,
    /// OpenTelemetry's Python SDK: spans between our client and our service, and log records.
    Python,
    /// OpenTelemetry's JavaScript SDK: log records.
    Node,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// How a stage went: what it has to report, or why it failed.
struct Outcome {
    stage: Stage,
    took: Duration,
    result: Result<String>,
}

/// Runs the stages. A failure does not keep the later ones from running, so that one run shows
/// all that is wrong.
pub(crate) fn run(options: &Options) -> ExitCode {
    let outcomes: Vec<_> = Stage::value_variants()
        .iter()
        .copied()
        .filter(|stage| options.only.is_empty() || options.only.contains(stage))
        .map(run_stage)
        .collect();
    println!("{}", summary(&outcomes));
    if outcomes.iter().all(|outcome| outcome.result.is_ok()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_stage(stage: Stage) -> Outcome {
    println!("\n== {stage}");
    let started = Instant::now();
    let result = match stage {
        Stage::Fmt => stages::fmt(),
        Stage::Tidy => crate::tidy::run(),
        Stage::Clippy => stages::clippy(),
        Stage::Test => stages::test(),
        Stage::Demo => stages::demo(),
        Stage::Browser => stages::browser(),
        Stage::Python => stages::python(),
        Stage::Node => stages::node(),
        Stage::Docs => stages::docs(),
    };
    let took = started.elapsed();
    match &result {
        Ok(_) => println!("== {stage} passed in {}", seconds(took)),
        Err(error) => println!("{error:#}\n== {stage} FAILED after {}", seconds(took)),
    }
    Outcome {
        stage,
        took,
        result,
    }
}

/// A table of the stages, the first failure with the command that repeats it, and the count.
fn summary(outcomes: &[Outcome]) -> String {
    let mut lines = vec![String::new(), "stage           time  result".to_owned()];
    lines.extend(outcomes.iter().map(row));
    let total = outcomes.iter().map(|outcome| outcome.took).sum();
    lines.push(format!("{:<10} {:>9}", "all", seconds(total)));
    lines.push(String::new());
    let mut failures = outcomes.iter().filter_map(|outcome| {
        let error = outcome.result.as_ref().err()?;
        Some((outcome.stage, error))
    });
    if let Some((stage, error)) = failures.next() {
        // All of it is where the stage ended.
        let error = format!("{error:#}");
        let first_line = error.lines().next().unwrap_or_default();
        lines.push(format!("First failure: {stage}: {first_line}"));
        lines.push(format!("Repeat it with: cargo xtask ci --only {stage}"));
        lines.push(String::new());
    }
    let passed = outcomes.iter().filter(|o| o.result.is_ok()).count();
    let failed = outcomes.len() - passed;
    lines.push(format!("{passed} passed, {failed} failed"));
    lines.join("\n")
}

fn row(outcome: &Outcome) -> String {
    let result = match &outcome.result {
        Ok(note) => format!("passed  {note}"),
        Err(_) => "FAILED".to_owned(),
    };
    let (stage, time) = (outcome.stage.to_string(), seconds(outcome.took));
    let row = format!("{stage:<10} {time:>9}  {result}");
    row.trim_end().to_owned()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
