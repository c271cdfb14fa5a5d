//! Distributed tracing in one binary: the demo that teaches it and the backend that keeps it.

mod allocator;
mod commands;
mod error;
mod open_files;
mod runtime;
mod shutdown;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    commands::Cli::parse()
        .run()
        .unwrap_or_else(|error| error.report())
}
