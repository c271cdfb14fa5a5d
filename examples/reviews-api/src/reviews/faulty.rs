//! The version with the faults: it is slow, and all its reviews are one and the same.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Review, count};

pub(crate) struct Reviews {
    seed: u64,
    // region: bug
    uuid: Uuid,
    created: Timestamp,
    // endregion: bug
}

impl Reviews {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            // region: bug
            // Made once, when the service starts, and then used for every review.
            uuid: Uuid::new_v4(),
            created: Timestamp::now(),
            // endregion: bug
        }
    }

    pub(crate) async fn get_reviews_by_band_id(&self, band_id: Uuid) -> Vec<Review> {
        let mut random = fastrand::Rng::with_seed(self.seed);
        let count = count(band_id, &mut random);
        let mut reviews = Vec::new();
        for number in 1..=count {
            // region: bug
            // One after another: each review waits until those before it have had their sleep.
            tokio::time::sleep(Duration::from_millis(random.u64(0..1000))).await;
            reviews.push(Review::new(self.uuid, self.created, number, count));
            // endregion: bug
        }
        reviews
    }
}
