//! Step 4: the caller begins the trace, and hands it on.

use clew_terminal::Edit;
use clew_trace_context::TraceParent;

use super::Step;
use crate::DemoError;
use crate::screen::source::{self, PROPAGATION};
use crate::services::CLIENT;
use crate::services::environment::{Environment, Tracing};
use crate::services::mirror::{Mirror, RequestHead};
use crate::steps::stage::{Stage, TRACESTATE_OF_CLIENT};
use crate::traces::checks::{Check, ok_or};
use crate::traces::headers::{TRACEPARENT, TRACESTATE};

pub(super) const STEP: Step = Step {
    title: "Add context propagation to the caller",
    story: "A trace gets from one process to the next only if somebody carries it. From now on \
            the client begins the trace, and writes into two headers of its request which trace \
            it is and which span is asking. That is all the magic there is: the services share no \
            memory and no database, just these headers, which the W3C has standardised.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    let run = source::CLIENT.item("pub async fn run(");
    stage.screen.source(run, PROPAGATION, Edit::Added);
    stage
        .pause("Press Enter to see what the client sends")
        .await?;
    stage.screen.say(
        "`Trace::start` makes up a new `trace-id` and begins the first span, the root. The wrapped \
         HTTP client writes the headers: `traceparent` says which trace this is and which span is \
         asking; `tracestate` has room for notes of the tools involved, here `foo=bar`.",
    );

    let before = stage.caller.clone();
    let request_before = look_at_request(stage).await?;
    stage.caller = Environment::of_client(Tracing::On, stage.backend.otlp_url())
        .propagators("tracecontext,baggage");
    let request = look_at_request(stage).await?;

    stage.screen.caption("The client runs with");
    let now = stage.caller.clone();
    stage.screen.environment_change(&before, &now);
    stage.screen.headers(
        "Its request carries",
        request.header(TRACEPARENT),
        request.header(TRACESTATE),
        Some(CLIENT),
    );
    stage
        .screen
        .say("The flags `03` are two bits: `01` sampled, `02` random trace-id (W3C, Level 2).");
    check(stage, &request_before, &request);
    Ok(())
}

/// Lets the client call a listener that shows the request as it comes over the wire.
async fn look_at_request(stage: &mut Stage) -> Result<RequestHead, DemoError> {
    let _spinner = stage.screen.wait("looking at what the client sends");
    let mirror = Mirror::listen().await.map_err(DemoError::Mirror)?;
    let url = mirror.url().map_err(DemoError::Mirror)?;
    let mut caller = stage.caller();
    // Nobody answers there, and a call that failed has no place among the traces of the story.
    let environment = caller.environment.clone().without_exporter();
    caller.environment = &environment;
    caller.bands_url = &url;
    let (head, _refused) = tokio::join!(mirror.request(), caller.run("4"));
    head.map_err(DemoError::Mirror)
}

fn check(stage: &mut Stage, before: &RequestHead, now: &RequestHead) {
    let none = ok_or(before.header(TRACEPARENT).is_none(), || "it did".to_owned());
    stage.check(&Check::new(
        "until now the client sent no `traceparent`",
        none,
    ));
    let valid = match now.header(TRACEPARENT).map(TraceParent::parse) {
        None => Err("there is none".to_owned()),
        Some(parsed) => parsed.map(drop).map_err(|error| error.to_string()),
    };
    stage.check(&Check::new("now it sends a valid one", valid));
    let tracestate = now.header(TRACESTATE);
    let ours = ok_or(tracestate == Some(TRACESTATE_OF_CLIENT), || {
        tracestate.map_or("there is none".to_owned(), |other| format!("it is {other}"))
    });
    let claim = format!("and a `tracestate` of its own: `{TRACESTATE_OF_CLIENT}`");
    stage.check(&Check::new(claim, ours));
}
