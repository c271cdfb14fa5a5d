//! `clew-loadgen`: realistic load for any OTLP backend.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to its user"
)]

mod options;

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use clew_loadgen::{
    KeptReport, LoadReport, MemoryWatch, OpenReport, QueryReport, Signal, Taken, WatchedProcess,
    come_to_rest, open,
};
use clew_terminal::Progress;
use options::{CheckOptions, Command, LoadOptions, OpenOptions, Options, QueryOptions};
use serde::Serialize;

/// Spans are made of many small allocations, and the generator shares the machine with what it
/// measures.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.command {
        None => load(options.load).await,
        Some(Command::Query(options)) => query(options).await,
        Some(Command::Open(options)) => open_server(options).await,
        Some(Command::Check(options)) => check(options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

async fn load(options: LoadOptions) -> Result<(), Error> {
    let load = options.load()?;
    let watched = options.pid.map(Watched::of).transpose()?;
    let progress = Progress::start("spans", load.spans);
    let outcome = load.run(|done| progress.show(done)).await?;
    drop(progress);
    let process = match watched {
        Some(watched) => Some(watched.taken().await?),
        None => None,
    };
    print(&LoadReport::new(&load, outcome, process), options.json)
}

/// A process, and what it had computed before.
struct Watched {
    process: WatchedProcess,
    before: Duration,
    memory: MemoryWatch,
}

impl Watched {
    fn of(id: u32) -> Result<Self, Error> {
        let process = WatchedProcess::of(id).map_err(|error| format!("process {id}: {error}"))?;
        let before = process.cpu_time()?;
        let memory = MemoryWatch::start(&process);
        Ok(Self {
            process,
            before,
            memory,
        })
    }

    /// The time that it has computed since, when it has come to rest, and its memory.
    async fn taken(self) -> Result<Taken, Error> {
        come_to_rest(&self.process).await?;
        let cpu_time = self.process.cpu_time()?.saturating_sub(self.before);
        Ok(Taken {
            cpu_time,
            memory: self.process.memory()?,
            over_time: self.memory.finish(),
        })
    }
}

async fn query(options: QueryOptions) -> Result<(), Error> {
    let reports: Vec<QueryReport> = match options.signal {
        Signal::Traces => {
            let outcomes = options.queries()?.run().await?;
            outcomes.iter().map(QueryReport::from).collect()
        }
        Signal::Logs => {
            let outcomes = options.log_queries()?.run().await?;
            outcomes.iter().map(QueryReport::from).collect()
        }
    };
    print(&List(reports), options.json)
}

async fn check(options: CheckOptions) -> Result<(), Error> {
    let kept = options.queries()?.check_kept(options.dropped).await?;
    print(&KeptReport::from(kept), options.json)
}

async fn open_server(options: OpenOptions) -> Result<(), Error> {
    let ready = options.ready()?;
    let mut openings = Vec::new();
    for _ in 0..options.times.get() {
        openings.push(open(&options.command, &ready).await?);
    }
    print(&OpenReport::new(&openings), options.json)
}

/// One report after the other.
#[derive(Serialize)]
#[serde(transparent)]
struct List<T>(Vec<T>);

impl<T: Display> Display for List<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|report| report.fmt(f))
    }
}

fn print(report: &(impl Serialize + Display), json: bool) -> Result<(), Error> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
