//! A service that the W3C's Trace Context harness can judge.
//!
//! `POST /test` takes a list of calls, `[{"url": "http://…", "arguments": […]}]`, and makes them:
//! each `arguments` is posted to its `url`, in the trace context that came in. The tracing is that
//! of `clew-telemetry`, its layer and its client, so what is judged is what every service gets.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use clew_telemetry::{Client, ServerLayer};
use examples_http::Loopback;
use serde::Deserialize;

/// How long a call may take: longer than the harness waits.
const CALL_DEADLINE: Duration = Duration::from_secs(10);

/// A service that the W3C's Trace Context harness can judge
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The port to listen to on loopback; 0 takes any free one and prints it
    #[arg(long, default_value_t = 5000)]
    port: u16,
}

/// A call that the service is asked to make.
#[derive(Debug, Deserialize)]
struct Call {
    url: String,
    arguments: serde_json::Value,
}

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "an error is for whoever started the program"
)]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("clew-w3c: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the line that says where it listens")]
async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let telemetry = clew_telemetry::init("clew-w3c", env!("CARGO_PKG_VERSION"))?;
    let http = Client::new(examples_http::client(CALL_DEADLINE));
    let app = Router::new()
        .route("/test", post(test))
        .layer(ServerLayer::new())
        .with_state(http);
    let listener = Loopback::bind(options.port).await?;
    println!("clew-w3c: listening on {}/test", listener.url()?);
    listener.serve(app).await?;
    telemetry.shutdown().await?;
    Ok(())
}

/// Makes the calls one after the other; one that fails is the answer, and ends them.
async fn test(
    State(http): State<Client>,
    Json(calls): Json<Vec<Call>>,
) -> Result<(), (StatusCode, String)> {
    for call in calls {
        let response = http.post(&call.url).json(&call.arguments).send().await;
        response
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?;
    }
    Ok(())
}
