//! The demo's second service: it knows the reviews of a band.

use std::process::ExitCode;

use clap::Parser;

/// Serves the reviews of a band: GET /reviews?band_id=<uuid>.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    options: reviews_api::Options,
}

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "an error is for whoever started the program"
)]
async fn main() -> ExitCode {
    match reviews_api::run(Cli::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reviews-api: {error}");
            ExitCode::FAILURE
        }
    }
}
