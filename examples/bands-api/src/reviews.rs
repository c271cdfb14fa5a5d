//! The other service, as this one sees it.

use std::time::{Duration, Instant};

// region: tracing
//- use reqwest::Client;
use clew_telemetry::Client;
// endregion: tracing
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::error::ApiError;

/// How long reviews-api may take: its faulty version sleeps up to a second for each of at most
/// twenty reviews.
pub(crate) const DEADLINE: Duration = Duration::from_secs(25);

/// Whoever waits longer than this should hear of it.
const SLOW: Duration = Duration::from_secs(1);

/// A review, as reviews-api answers it; it is passed on as it came.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    uuid: Uuid,
    body: String,
    created: String,
}

/// A client of reviews-api.
pub(crate) struct ReviewsApi {
    http: Client,
    url: Url,
}

impl ReviewsApi {
    pub(crate) fn new(http: Client, url: Url) -> Self {
        Self { http, url }
    }

    /// The reviews of a band: `GET /reviews?band_id=<uuid>`.
    pub(crate) async fn get_reviews(&self, band_id: Uuid) -> Result<Vec<Review>, ApiError> {
        let failed = |source| ApiError::Reviews {
            url: self.url.clone(),
            source,
        };
        let mut url = self.url.clone();
        url.set_path("reviews");
        url.query_pairs_mut()
            .append_pair("band_id", &band_id.to_string());
        tracing::info!(band = %band_id, "asking for the reviews of a band");
        let asked = Instant::now();
        let response = self.http.get(url).send().await.map_err(failed)?;
        let reviews = response.error_for_status().map_err(failed)?.json().await;
        let took = asked.elapsed();
        if took > SLOW {
            tracing::warn!(took_ms = took.as_millis(), "reviews-api is slow");
        }
        reviews.map_err(failed)
    }
}
