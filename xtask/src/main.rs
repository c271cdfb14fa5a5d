//! The project's own chores: `ci`, `tidy`, and the runner of the documentation.
#![expect(clippy::print_stdout, reason = "a chore talks to whoever runs it")]

mod ci;
mod shell;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// The project's own chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Runs every check that the project has, one stage after the other.
    Ci(ci::Options),
    /// Holds the rules that no compiler knows: who may use what, and how files are laid out.
    Tidy,
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Ci(options) => return ci::run(&options),
        Command::Tidy => tidy::run(),
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
