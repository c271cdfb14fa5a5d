//! The demo's first service: it knows bands, and asks reviews-api for their reviews.
//!
//! `GET /bands/<uuid>` answers a band with its reviews; a band that nobody knows has none.
//!
//! It is shipped with a fault, for the reader to find in a trace; `--fixed` runs it without.

mod error;
mod reviews;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use examples_http::Loopback;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;
use uuid::{Uuid, uuid};

use error::ApiError;
pub use error::RunError;
use reviews::{Review, ReviewsApi};

/// How to run the service.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The port to listen to on loopback; 0 takes any free one and prints it
    #[arg(long, default_value_t = 8000)]
    pub port: u16,

    /// Where reviews-api is
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    pub reviews_url: Url,

    /// Run the repaired version instead of the faulty one
    #[arg(long)]
    pub fixed: bool,
}

/// Runs the service until it is told to stop by Ctrl-C or SIGTERM.
///
/// Once it listens it prints one line, whose last word is its URL:
/// `bands-api: listening on http://localhost:8000`.
///
/// # Errors
/// If the port cannot be listened to.
#[expect(clippy::print_stdout, reason = "the line that says where it listens")]
pub async fn run(options: Options) -> Result<(), RunError> {
    // region: tracing
    let _telemetry = clew_telemetry::init("bands-api", env!("CARGO_PKG_VERSION"))?;
    // endregion: tracing
    let listener = Loopback::bind(options.port).await?;
    println!("bands-api: listening on {}", listener.url()?);
    listener.serve(app(options)).await?;
    Ok(())
}

/// What the handlers need.
struct BandsApi {
    reviews: ReviewsApi,
    fixed: bool,
}

fn app(options: Options) -> Router {
    let http = examples_http::client(reviews::DEADLINE);
    // region: tracing
    let http = clew_telemetry::Client::new(http);
    // endregion: tracing
    let bands = BandsApi {
        reviews: ReviewsApi::new(http, options.reviews_url),
        fixed: options.fixed,
    };
    let app = Router::new()
        .route("/bands/{id}", get(get_band))
        .with_state(Arc::new(bands));
    // region: tracing
    let app = app.layer(clew_telemetry::ServerLayer::new());
    // endregion: tracing
    app
}

/// The one band that the service knows, and its name.
const BAND: (Uuid, &str) = (uuid!("553be815-76f3-49db-b9d7-caca4b23cc3e"), "Fugazi");

/// A band, as the service answers it.
#[derive(Debug, Serialize)]
struct Band {
    uuid: Uuid,
    name: &'static str,
    reviews: Vec<Review>,
    /// UTC, to the microsecond: `2023-03-30T10:33:58.886900`.
    created: String,
}

async fn get_band(
    State(bands): State<Arc<BandsApi>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Band>, ApiError> {
    let Path(id) = id?;
    let uuid: Uuid = id.parse().map_err(|_| ApiError::InvalidId(id))?;
    // region: bug
    if !bands.fixed {
        debugging().await;
    }
    // endregion: bug
    // region: tracing
    //- let reviews = bands.reviews.get_reviews(uuid).await?;
    let reviews = bands.reviews.get_reviews(uuid);
    let reviews = clew_telemetry::try_in_span("get_reviews", reviews).await?;
    // endregion: tracing
    tracing::info!(band = %uuid, reviews = reviews.len(), "found a band");
    Ok(Json(Band {
        uuid,
        name: if uuid == BAND.0 { BAND.1 } else { "Unknown" },
        reviews,
        created: Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%S%.6f")
            .to_string(),
    }))
}

// region: bug
/// Somebody looked for something once, and forgot to take this out again.
async fn debugging() {
    tokio::time::sleep(Duration::from_secs(5)).await;
}
// endregion: bug
