//! The demo's caller: it starts the trace.

use std::process::ExitCode;

use clap::Parser;

/// Asks bands-api for a band with its reviews, and prints it.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    options: client::Options,
}

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "an error is for whoever started the program"
)]
async fn main() -> ExitCode {
    match client::run(Cli::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("client: {error}");
            ExitCode::FAILURE
        }
    }
}
