//! The answer of bands-api, as far as the demo looks at it.

use std::collections::BTreeSet;

use clew_terminal::Line;
use clew_terminal::style::{CODE, DIM};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// A band with its reviews.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Band {
    pub(crate) reviews: Vec<Review>,
}

/// What the demo compares of a review.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Review {
    uuid: String,
    created: String,
}

impl Band {
    /// How many different UUIDs its reviews have.
    pub(crate) fn review_uuids(&self) -> BTreeSet<&str> {
        self.reviews
            .iter()
            .map(|review| review.uuid.as_str())
            .collect()
    }

    /// The different times at which its reviews were made; what is not a time is left out.
    pub(crate) fn review_times(&self) -> BTreeSet<Timestamp> {
        let times = self.reviews.iter().map(|review| review.created.parse());
        times
            .filter_map(|time: Result<DateTime, _>| utc(time.ok()?))
            .collect()
    }
}

/// The services tell the time in UTC, and do not say so.
fn utc(time: DateTime) -> Option<Timestamp> {
    time.to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// The client's JSON with all reviews but the first left out.
///
/// It is cut by lines, so that what is shown is what the client printed: a review is indented by
/// eight spaces and ends with a brace.
pub(crate) fn excerpt(json: &str) -> Vec<Line> {
    const REVIEW_START: &str = "        {";
    const REVIEW_END: &str = "        }";
    let mut reviews = 0;
    let mut lines = Vec::new();
    for line in json.lines() {
        if line == REVIEW_START {
            reviews += 1;
        }
        let is_in_review = line.starts_with(REVIEW_START.trim_end_matches('{'));
        if is_in_review && reviews > 1 {
            continue;
        }
        let is_after_reviews = !is_in_review && reviews > 1;
        if is_after_reviews {
            let more = format!("        … and {} more", reviews - 1);
            lines.push(Line::styled(DIM, &more));
            reviews = 0;
        }
        let line = if line == format!("{REVIEW_END},") {
            REVIEW_END
        } else {
            line
        };
        lines.push(Line::styled(CODE, line));
    }
    lines
}
