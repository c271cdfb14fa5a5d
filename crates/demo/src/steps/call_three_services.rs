//! Step 7: one trace through all three services, and what they logged meanwhile.

use super::Step;
use crate::DemoError;
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::steps::stage::{Stage, TracedCall};
use crate::traces::logs;

pub(super) const STEP: Step = Step {
    title: "Make a call",
    story: "The whole way of one request, through three processes, in one picture. Follow the \
            headers: the `trace-id` stays the same all along, the `parent-id` is a new one at \
            every hop, and the client's `tracestate` travels with it untouched. *Propagation* on the trace's \
            page shows them hop by hop.",
};

/// How the ids get into the log records.
const CORRELATION: &str = "Three processes wrote these lines; their ids bring them together. The \
    `trace-id` came in with `traceparent`, and went into the span that is current while a service \
    is at work. What it logs meanwhile, with a plain `tracing::info!(…)`, is sent as a *log* \
    *record* that has the ids of that trace and that span.";

/// The same for whoever cannot see them.
const WITHOUT_LOGS: &str = "The services log, too. This backend keeps traces and no log records; \
    `clew serve` in its place would show here what all three of them said during this call. Their \
    log records carry the `trace-id` that came in with `traceparent`, and the id of the span that \
    was current.";

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    let services = [CLIENT, BANDS_API, REVIEWS_API];
    let faulty = stage.traced_call("7", &services).await?;
    if let Some(faulty) = &faulty {
        show_logs(stage, faulty, &services).await?;
    }
    stage.faulty_call = faulty;
    Ok(())
}

async fn show_logs(
    stage: &mut Stage,
    faulty: &TracedCall,
    services: &[&str],
) -> Result<(), DemoError> {
    let TracedCall { call, trace } = faulty;
    let prompt = "Press Enter for what the services logged meanwhile";
    stage.pause(prompt).await?;
    stage.screen.blank();
    let spinner = stage
        .screen
        .wait("the log records are on their way to the backend");
    let lines = stage.backend.complete_logs(trace.id, services, call.ended);
    let lines = lines.await?;
    drop(spinner);
    let Some(lines) = lines else {
        stage.screen.say(WITHOUT_LOGS);
        return Ok(());
    };
    stage.screen.caption("What they logged during this call");
    stage.screen.logs(&lines, trace);
    stage.screen.say(CORRELATION);
    stage.check(&logs::services(&lines, services));
    stage.check(&logs::spans(&lines, trace));
    stage.screen.blank();
    stage
        .screen
        .say("To see them again, now or later, from another terminal:");
    let command = stage.logs_command(trace.id);
    stage.screen.command(&command);
    Ok(())
}
