//! The demo's caller: it starts the trace.
//!
//! It asks bands-api for a band and prints the answer.

// region: propagation
mod trace;
// endregion: propagation

use std::time::Duration;

// region: propagation
//- use reqwest::Client;
use clew_telemetry::Client;
use opentelemetry::context::FutureExt as _;
// endregion: propagation

use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

// region: propagation
use trace::Trace;
// endregion: propagation

/// How long bands-api may take: as shipped it sleeps for five seconds, and waits for reviews-api
/// for twenty at most.
const DEADLINE: Duration = Duration::from_secs(30);

/// What to ask for, and where.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Where bands-api is
    #[arg(long, value_name = "URL", default_value = "http://localhost:8000")]
    pub bands_url: Url,

    /// The band to ask for
    #[arg(
        long,
        value_name = "UUID",
        default_value = "553be815-76f3-49db-b9d7-caca4b23cc3e"
    )]
    pub band: String,

    /// Where traces are shown
    #[arg(long, value_name = "URL", default_value = "http://localhost:16686")]
    pub ui_url: Url,

    /// An attribute for the client's span; may be given several times
    #[arg(long = "attribute", value_name = "KEY=VALUE", value_parser = parse_attribute)]
    pub attributes: Vec<(String, String)>,
}

fn parse_attribute(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("an attribute has the form key=value"),
    }
}

/// Why there is no band to print.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nobody answers.
    #[error("cannot reach bands-api at {url}: is it running? (--bands-url names another address)")]
    Unreachable {
        /// Where it was looked for.
        url: Url,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// Nobody has answered in time.
    #[error("bands-api at {url} has not answered within {DEADLINE:?}")]
    Late {
        /// Where it was asked.
        url: Url,
    },
    /// It answers, and not with a band.
    #[error("bands-api at {url} answered {status}: {message}")]
    Refused {
        /// Where it was asked.
        url: Url,
        /// The HTTP status.
        status: reqwest::StatusCode,
        /// What it says about it.
        message: String,
    },
    /// Its answer is no band.
    #[error("the answer of bands-api at {url} is no band: {source}")]
    NoBand {
        /// Where it was asked.
        url: Url,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    // region: propagation
    /// The environment asks for a kind of tracing that there is not.
    #[error(transparent)]
    Telemetry(#[from] clew_telemetry::InitError),
    /// The trace is not where it can be seen.
    #[error(transparent)]
    Export(#[from] clew_telemetry::ExportError),
    /// The answer belongs to another trace: the context of the call got lost on the way.
    #[error("bands-api answered in trace {theirs}, and not in {ours}, which the call belongs to")]
    OtherTrace {
        /// The trace of the call.
        ours: String,
        /// The trace of the answer.
        theirs: String,
    },
    // endregion: propagation
}

/// A band, as bands-api answers it.
#[derive(Debug, Serialize, Deserialize)]
struct Band {
    uuid: Uuid,
    name: String,
    reviews: Vec<Review>,
    created: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Review {
    uuid: Uuid,
    body: String,
    created: String,
}

/// Makes the call and prints the band, and after it the URL of the trace.
///
/// # Errors
/// If there is no band to print, or the trace is not what it should be.
pub async fn run(options: Options) -> Result<(), RunError> {
    // region: propagation
    let telemetry = clew_telemetry::init_command("client", env!("CARGO_PKG_VERSION"))?;
    // endregion: propagation
    let http = examples_http::client(DEADLINE);
    // region: propagation
    //- show_band(&http, &options).await
    let http = clew_telemetry::Client::new(http);
    let trace = Trace::start(&options.attributes);
    let outcome = show_band(&http, &options);
    let outcome = outcome.with_context(trace.context()).await;
    let ended = trace.end(&outcome, telemetry, &options.ui_url).await;
    outcome.and(ended)
    // endregion: propagation
}

#[expect(clippy::print_stdout, reason = "the answer is what it is run for")]
async fn show_band(http: &Client, options: &Options) -> Result<(), RunError> {
    let unreachable = |source: reqwest::Error| {
        let url = options.bands_url.clone();
        if source.is_timeout() {
            RunError::Late { url }
        } else {
            RunError::Unreachable { url, source }
        }
    };
    let mut url = options.bands_url.clone();
    url.set_path(&format!("bands/{}", options.band));
    tracing::info!(band = options.band, "asking for a band");
    let response = http.get(url.clone()).send().await.map_err(unreachable)?;
    // region: propagation
    let in_our_trace = trace::check(response.headers());
    // endregion: propagation
    let status = response.status();
    let body = response.text().await.map_err(unreachable)?;
    if !status.is_success() {
        return Err(RunError::Refused {
            url,
            status,
            message: error_message(body),
        });
    }
    let band: Band =
        serde_json::from_str(&body).map_err(|source| RunError::NoBand { url, source })?;
    tracing::info!(name = band.name, reviews = band.reviews.len(), "got a band");
    println!("{}", pretty(&band));
    // region: propagation
    in_our_trace?;
    // endregion: propagation
    Ok(())
}

/// How much of a service's error is shown: it may answer with anything.
const MESSAGE_CHARS_MAX: usize = 500;

/// What an answer says about its error: `{"error": "…"}`, or the body itself if it has another
/// form. It goes to a terminal, so control characters are replaced.
fn error_message(body: String) -> String {
    #[derive(Deserialize)]
    struct ErrorBody {
        error: String,
    }
    let message = serde_json::from_str::<ErrorBody>(&body).map_or(body, |parsed| parsed.error);
    let chars = message.chars().take(MESSAGE_CHARS_MAX);
    chars
        .map(|char| if char.is_control() { '�' } else { char })
        .collect()
}

/// JSON with four spaces of indentation.
fn pretty(band: &Band) -> String {
    let mut json = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, format);
    match band.serialize(&mut serializer) {
        Ok(()) => String::from_utf8_lossy(&json).into_owned(),
        Err(error) => error.to_string(),
    }
}
