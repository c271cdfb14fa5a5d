//! Step 5: the first trace that crosses a border.

use super::Step;
use crate::DemoError;
use crate::services::{BANDS_API, CLIENT};
use crate::steps::stage::Stage;

pub(super) const STEP: Step = Step {
    title: "Make a call",
    story: "The same call once more, now with a trace: each line below is a span, each indent \
            means \"was caused by\". The trace begins in one process and goes on in another, \
            because bands-api read the client's header and hung its own spans below it.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    stage.traced_call("5", &[CLIENT, BANDS_API]).await?;
    stage.screen.blank();
    stage
        .screen
        .say("`demo.step` is an attribute of the client's root span: the step of this call.");
    let explain = format!(
        "`{} explain '<traceparent>'` takes such a header apart, field by field.",
        stage.command()
    );
    stage.screen.say(&explain);
    stage.screen.say(
        "bands-api's call to reviews-api is there, with its time; what reviews-api did in that \
         time is not. It took part in the request and not in the trace. On the trace's page, \
         *Propagation* shows each header on its way, and this place as the one where it ends.",
    );
    Ok(())
}
