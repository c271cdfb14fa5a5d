//! Step 6: the second service gets tracing.

use clew_terminal::Edit;

use super::Step;
use crate::DemoError;
use crate::screen::source::{self, TRACING};
use crate::services::environment::Tracing;
use crate::services::{REVIEWS_API, Version};
use crate::steps::stage::Stage;

pub(super) const STEP: Step = Step {
    title: "Add tracing to reviews-api",
    story: "The same few lines in reviews-api. bands-api needs no change and no restart: it has \
            been sending the headers all along, to a service that paid them no attention.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    stage
        .screen
        .source(source::REVIEWS_API, TRACING, Edit::Added);
    stage.pause("Press Enter to start it with tracing").await?;
    let before = stage.reviews.environment().cloned().unwrap_or_default();
    stage.start_reviews(Tracing::On, Version::Faulty).await?;
    stage.screen.caption("reviews-api starts anew, with");
    if let Some(now) = stage.reviews.environment() {
        stage.screen.environment_change(&before, now);
    }
    stage
        .screen
        .say("A first request, without headers again and refused at once:");
    let url = stage.reviews.quick_url();
    stage.trace_alone(REVIEWS_API, &url).await
}
