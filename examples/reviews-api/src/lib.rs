//! The demo's second service: it knows the reviews of a band.
//!
//! `GET /reviews?band_id=<uuid>` answers a list of reviews, `[]` for a band without any.
//!
//! It is shipped with two faults, for the reader to find in a trace: [`reviews`] has the faulty
//! version and, beside it, the repaired one, which `--fixed` runs.

mod error;
mod reviews;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use examples_http::Loopback;
use uuid::Uuid;

use error::ApiError;
pub use error::RunError;
use reviews::{Review, Reviews};

/// How to run the service.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The port to listen to on loopback; 0 takes any free one and prints it
    #[arg(long, default_value_t = 8080)]
    pub port: u16,

    /// What the number of reviews and the sleeps are drawn from: the same seed, the same answer
    // With this one a band has six reviews, which take the faulty version a second and a half.
    #[arg(long, default_value_t = 54)]
    pub seed: u64,

    /// Run the repaired version instead of the faulty one
    #[arg(long)]
    pub fixed: bool,
}

/// Runs the service until it is told to stop by Ctrl-C or SIGTERM.
///
/// Once it listens it prints one line, whose last word is its URL:
/// `reviews-api: listening on http://localhost:8080`.
///
/// # Errors
/// If the port cannot be listened to.
#[expect(clippy::print_stdout, reason = "the line that says where it listens")]
pub async fn run(options: Options) -> Result<(), RunError> {
    // region: tracing
    let _telemetry = clew_telemetry::init("reviews-api", env!("CARGO_PKG_VERSION"))?;
    // endregion: tracing
    let listener = Loopback::bind(options.port).await?;
    println!("reviews-api: listening on {}", listener.url()?);
    listener.serve(app(&options)).await?;
    Ok(())
}

fn app(options: &Options) -> Router {
    let reviews = if options.fixed {
        Reviews::fixed(options.seed)
    } else {
        Reviews::faulty(options.seed)
    };
    let app = Router::new()
        .route("/reviews", get(get_reviews))
        .with_state(Arc::new(reviews));
    // region: tracing
    let app = app.layer(clew_telemetry::ServerLayer::new());
    // endregion: tracing
    app
}

async fn get_reviews(
    State(reviews): State<Arc<Reviews>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Vec<Review>>, ApiError> {
    let band_id = query.get("band_id").ok_or(ApiError::NoBandId)?;
    let band_id: Uuid = band_id
        .parse()
        .map_err(|_| ApiError::InvalidBandId(band_id.clone()))?;
    // region: tracing
    //- let found = reviews.get_reviews_by_band_id(band_id).await;
    let found = reviews.get_reviews_by_band_id(band_id);
    let found = clew_telemetry::in_span("get_reviews_by_band_id", found).await;
    // endregion: tracing
    tracing::info!(band = %band_id, reviews = found.len(), "found the reviews of a band");
    Ok(Json(found))
}
