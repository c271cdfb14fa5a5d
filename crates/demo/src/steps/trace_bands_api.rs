//! Step 3: the first service gets tracing.

use clew_terminal::Edit;

use super::Step;
use crate::DemoError;
use crate::screen::source::{self, TRACING};
use crate::services::environment::Tracing;
use crate::services::{BANDS_API, Version};
use crate::steps::stage::Stage;

pub(super) const STEP: Step = Step {
    title: "Add tracing to bands-api",
    story: "A *span* is one piece of work: what was done, by whom, from when to when. These lines \
            let bands-api make a span for every request it answers and every call it makes, and \
            send them to the backend.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    stage.screen.source(source::BANDS_API, TRACING, Edit::Added);
    stage.screen.say(
        "In this order: set OpenTelemetry up, which sends spans off; wrap the HTTP client, so that \
         calls get spans and headers; wrap the router, so that requests get spans and headers are \
         read. These three do it. The fourth names a piece of work of your own.",
    );
    stage.pause("Press Enter to start it with tracing").await?;
    let before = stage.bands.environment().cloned().unwrap_or_default();
    stage.start_bands(Tracing::On, Version::Faulty).await?;
    stage.screen.caption("bands-api starts anew, with");
    if let Some(now) = stage.bands.environment() {
        stage.screen.environment_change(&before, now);
    }
    stage.screen.say(
        "A first request, for a band that cannot be, which is refused at once. It comes without \
         any word of a trace, so bands-api begins one of its own. Which one, it says in the \
         response header `trace-id`; by that the demo finds it:",
    );
    let url = stage.bands.quick_url();
    stage.trace_alone(BANDS_API, &url).await
}
