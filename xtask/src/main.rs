//! The project's own chores: `ci`, `tidy`, and the runner of the documentation.
#![expect(clippy::print_stdout, reason = "a chore talks to whoever runs it")]

mod bench;
mod checkout;
mod ci;
mod docs;
mod ports;
mod shell;
mod tidy;
mod untrace;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// The project's own chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Runs every check that the project has, one stage after the other.
    Ci(ci::Options),
    /// Measures the backend on the reference corpus, beside its targets.
    Bench(bench::Options),
    /// Loads the backend for minutes while it drops what is old, and checks what it has.
    Soak(bench::soak::Options),
    /// Holds the rules that no compiler knows: who may use what, and how files are laid out.
    Tidy,
    /// Runs the commands of the documentation and compares what they print.
    Docs(docs::Options),
    /// Takes the tracing out of examples/, for the tour to put it in again.
    Untrace(untrace::Options),
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Ci(options) => return ci::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Soak(options) => bench::soak::run(&options),
        Command::Tidy => tidy::run(),
        Command::Docs(options) => docs::run(&options),
        Command::Untrace(options) => untrace::run(&options),
    };
    match result {
        Ok(note) => {
            println!("{note}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
