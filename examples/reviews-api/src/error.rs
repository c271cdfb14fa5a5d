use std::io;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use examples_http::BindError;

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    // region: tracing
    /// The environment asks for a kind of tracing that there is not.
    #[error(transparent)]
    Telemetry(#[from] clew_telemetry::InitError),
    // endregion: tracing
    /// It cannot listen.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system failed it later.
    #[error("cannot serve: {0}")]
    Serve(#[from] io::Error),
}

/// What a caller did wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("which band? Ask for /reviews?band_id=<uuid>")]
    NoBandId,
    #[error("the band_id {0:?} is no UUID")]
    InvalidBandId(String),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        tracing::warn!(error = %self, "cannot answer");
        let body = serde_json::json!({ "error": self.to_string() });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}
