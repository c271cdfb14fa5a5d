//! The web UI, embedded in the binary.

use axum::Router;

/// The pages of the UI and what they load: `/`, `/search`, `/trace/{id}` and the assets.
pub(crate) fn router() -> Router {
    Router::new()
}
