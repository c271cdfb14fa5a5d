//! The demo's first service: it knows bands, and asks reviews-api for their reviews.

use std::process::ExitCode;

use clap::Parser;

/// Serves bands with their reviews: GET /bands/<uuid>.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    options: bands_api::Options,
}

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "an error is for whoever started the program"
)]
async fn main() -> ExitCode {
    match bands_api::run(Cli::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bands-api: {error}");
            ExitCode::FAILURE
        }
    }
}
