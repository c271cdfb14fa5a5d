//! `cargo xtask bench`: what the backend makes of the reference corpus, beside the targets.
//!
//! A release build of `clew serve` is started on free ports with an empty data directory in
//! cargo's build folder, and `clew-loadgen` sends to it and asks it.

mod backend;
mod disk;
mod loadgen;
mod machine;
mod measure;
mod record;
mod row;
pub(crate) mod soak;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use machine::Machine;
use row::Row;

/// What to measure, and on how much.
#[derive(Args)]
pub(crate) struct Options {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    benches: Vec<Bench>,

    /// On how many spans of the reference corpus
    #[arg(long, value_name = "COUNT", default_value_t = 200_000)]
    spans: u64,

    /// How long the exporters of the corpus wait between two batches, such as 5s: the spans of a trace
    /// arrive spread over it
    #[arg(long, value_name = "TIME", default_value = "0s")]
    batch_delay: String,

    /// Prints the results as JSON
    #[arg(long)]
    json: bool,

    /// Writes the results into docs/benchmarks.md, everything of one run together
    #[arg(long, conflicts_with_all = ["benches", "batch_delay"])]
    record: bool,
}

/// One part of the targets.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// CPU time, memory and time to acknowledge, as fast as spans are acknowledged
    Ingest,
    /// Bytes on disk
    Size,
    /// Time to answer, over HTTP
    Query,
    /// Time from the start until it answers, and memory at rest
    Open,
    /// All of these of log records, which are as many as the spans
    Logs,
}

/// What was measured, where and when.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    spans: u64,
    /// The targets beside the figures.
    rows: Vec<Row>,
    /// All figures, as they were taken.
    raw: Value,
}

/// Measures, prints the table, and says where it was recorded.
pub(crate) fn run(options: &Options) -> Result<String> {
    let measured = measure::run(&options.chosen(), options.spans, &options.batch_delay)?;
    let report = Report {
        machine: Machine::this()?,
        spans: options.spans,
        rows: measured.rows,
        raw: measured.raw,
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}\n\n{}", report.title(), row::table(&report.rows));
        if let Some(load) = report.raw.get("load") {
            println!("{}\n", soak::memory_over_time(load));
        }
    }
    let missed = report.rows.iter().filter(|row| row.met == Some(false));
    let note = format!("{} targets missed", missed.count());
    if !options.record {
        return Ok(note);
    }
    record::write(&report)?;
    Ok(format!("{note}; recorded in {}", record::PAGE))
}

impl Options {
    fn chosen(&self) -> Vec<Bench> {
        if self.benches.is_empty() {
            return Bench::value_variants().to_vec();
        }
        self.benches.clone()
    }
}

impl Report {
    /// What was measured where and when, in a line.
    fn title(&self) -> String {
        format!("{} spans on {}", row::grouped(self.spans), self.machine)
    }
}
