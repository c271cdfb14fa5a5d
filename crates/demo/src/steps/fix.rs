//! Step 9: the faults go.

use clew_terminal::Edit;

use super::Step;
use crate::DemoError;
use crate::screen::source::{self, BUG, FIX};
use crate::services::Version;
use crate::services::environment::Tracing;
use crate::services::probe;
use crate::steps::stage::Stage;
use crate::traces::checks::{Check, ok_or};

pub(super) const STEP: Step = Step {
    title: "Fix the bugs",
    story: "The spans have led to the lines. In bands-api a call for debugging was left behind, \
            which sleeps for five seconds. reviews-api sleeps for every review, one after \
            another, and makes its `uuid` and `created` once for all of them. Nothing is edited \
            here: each service has both versions, and its flag `--fixed` chooses. What goes is \
            what an edit would take out, and with it the question for the flag, `bands.fixed`.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    stage.screen.source(source::BANDS_API, BUG, Edit::Removed);
    stage.pause("Press Enter for reviews-api").await?;
    stage
        .screen
        .source(source::REVIEWS_API_FAULTY, BUG, Edit::Removed);
    stage
        .screen
        .source(source::REVIEWS_API_FIXED, FIX, Edit::Added);

    stage.start_reviews(Tracing::On, Version::Fixed).await?;
    stage.start_bands(Tracing::On, Version::Fixed).await?;
    stage
        .screen
        .say("Both services have been started anew, with `--fixed`.");
    for url in [stage.bands.quick_url(), stage.reviews.quick_url()] {
        let named = probe::trace_id(&url).await?;
        let holds = ok_or(named.is_some(), || "it has none".to_owned());
        let claim = format!("`{url}` answers with a `trace-id` header");
        stage.check(&Check::new(claim, holds));
    }
    Ok(())
}
