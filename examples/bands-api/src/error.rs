use std::error::Error;
use std::io;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use examples_http::BindError;
use url::Url;

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

/// Why a call is not answered with a band.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the id {0:?} is no UUID")]
    InvalidId(String),
    #[error(transparent)]
    UnreadableId(#[from] PathRejection),
    #[error("reviews-api at {url} does not give reviews: {}", root_cause(source))]
    Reviews { url: Url, source: reqwest::Error },
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::InvalidId(_) | Self::UnreadableId(_) => StatusCode::BAD_REQUEST,
            Self::Reviews { .. } => StatusCode::BAD_GATEWAY,
        }
    }
}

/// The innermost cause, which is what a reader can do something about: "Connection refused".
fn root_cause(error: &dyn Error) -> &dyn Error {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        tracing::warn!(error = %self, "cannot answer");
        let body = serde_json::json!({ "error": self.to_string() });
        (self.status(), Json(body)).into_response()
    }
}
