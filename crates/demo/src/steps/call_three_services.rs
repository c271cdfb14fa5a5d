//! Step 7: one trace through all three services.

use super::Step;
use crate::DemoError;
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::steps::stage::Stage;

pub(super) const STEP: Step = Step {
    title: "Make a call",
    story: "The whole way of one request, through three processes, in one picture. Follow the \
            headers: the `trace-id` stays the same all along, the `parent-id` is a new one at \
            every hop, and the client's `tracestate` travels with it untouched.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    let services = [CLIENT, BANDS_API, REVIEWS_API];
    stage.faulty_call = stage.traced_call("7", &services).await?;
    Ok(())
}
