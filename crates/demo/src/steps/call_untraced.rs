//! Step 2: a call that leaves nothing behind.

use std::time::SystemTime;

use clew_terminal::duration;

use super::Step;
use crate::DemoError;
use crate::services::band;
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::steps::stage::Stage;
use crate::traces::checks::Check;

pub(super) const STEP: Step = Step {
    title: "Make a call",
    story: "The client asks for a band. There is a clock, and there is the answer, and that is all \
            there is: nothing tells which service took its time, or what it did meanwhile. This \
            is where every hunt for a slow request starts that has no trace to go by.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    let start = SystemTime::now();
    let call = stage.call("2").await?;
    stage.screen.lines(band::excerpt(&call.json));
    stage.screen.blank();
    stage
        .screen
        .say(&format!("The answer took {}.", duration(call.took)));

    let named = call.trace_id;
    let holds = named.map_or(Ok(()), |id| Err(format!("it names {id}")));
    stage.check(&Check::new("the client has no trace to tell of", holds));

    let spinner = stage
        .screen
        .wait("listening whether the backend gets a span after all");
    let services = [CLIENT, BANDS_API, REVIEWS_API];
    let found = stage.backend.unexpected_trace(&services, start).await?;
    drop(spinner);
    let holds = found.map_or(Ok(()), |trace| Err(format!("it has trace {}", trace.id)));
    stage.check(&Check::new(
        "the backend has got no span of it from anybody",
        holds,
    ));
    Ok(())
}
