//! The reviews of a band, as shipped ([`faulty`]) and as they should be ([`fixed`]).

mod faulty;
mod fixed;

use jiff::Timestamp;
use serde::Serialize;
use uuid::{Uuid, uuid};

/// The one band that has reviews.
const BAND: Uuid = uuid!("553be815-76f3-49db-b9d7-caca4b23cc3e");

/// The most reviews that the band may have.
const REVIEWS_MAX: u32 = 20;

/// One review, as the service answers it.
#[derive(Debug, Serialize)]
pub(crate) struct Review {
    uuid: Uuid,
    body: String,
    /// UTC, to the microsecond: `2023-03-30T10:33:58.886900`.
    created: String,
}

impl Review {
    fn new(uuid: Uuid, created: Timestamp, number: u32, of: u32) -> Self {
        tracing::debug!(%uuid, "made review {number} of {of}");
        Self {
            uuid,
            body: format!("This is the review {number} of {of} for this band."),
            created: created.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
        }
    }
}

/// Where the reviews come from: one of the two versions.
pub(crate) enum Reviews {
    Faulty(faulty::Reviews),
    Fixed(fixed::Reviews),
}

impl Reviews {
    pub(crate) fn faulty(seed: u64) -> Self {
        Self::Faulty(faulty::Reviews::new(seed))
    }

    pub(crate) fn fixed(seed: u64) -> Self {
        Self::Fixed(fixed::Reviews::new(seed))
    }

    pub(crate) async fn get_reviews_by_band_id(&self, band_id: Uuid) -> Vec<Review> {
        match self {
            Self::Faulty(reviews) => reviews.get_reviews_by_band_id(band_id).await,
            Self::Fixed(reviews) => reviews.get_reviews_by_band_id(band_id),
        }
    }
}

/// How many reviews a band has: none if it is unknown, else between 1 and [`REVIEWS_MAX`].
fn count(band_id: Uuid, random: &mut fastrand::Rng) -> u32 {
    if band_id == BAND {
        random.u32(1..=REVIEWS_MAX)
    } else {
        0
    }
}
