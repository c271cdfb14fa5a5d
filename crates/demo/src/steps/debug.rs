//! Step 8: what the trace says about the time, and the answer about the rest.

use std::time::Duration;

use anstyle::Style;
use clew_model::SpanId;
use clew_terminal::style::{DIM, MARK};
use clew_terminal::{Line, duration, trace_duration};

use super::Step;
use crate::DemoError;
use crate::steps::stage::{Stage, TracedCall};
use crate::traces::checks::{self, Check, ok_or};
use crate::traces::hot_spots::{HotSpot, explained_percent, hot_spots, percent};

/// If it takes more spans than this to explain the time, no single one is to blame.
const CULPRITS_MAX: usize = 3;

pub(super) const STEP: Step = Step {
    title: "Debug the performance issue",
    story: "Long bars are not yet guilty: most of them only wait for the bars below. What counts \
            is a span's *self* *time*, in which none of its children was at work. Sorted by that, \
            the trace of step 7 names its culprits.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    let Some(faulty) = stage.faulty_call.take() else {
        let problem = "step 7 brought none".to_owned();
        stage.check(&Check::new("there is a trace to look at", Err(problem)));
        return Ok(());
    };
    find_time(stage, &faulty);
    stage
        .pause("Press Enter for what the trace does not say")
        .await?;
    stage.screen.blank();
    find_copies(stage, &faulty);
    stage.faulty_call = Some(faulty);
    Ok(())
}

fn find_time(stage: &mut Stage, faulty: &TracedCall) {
    let trace = &faulty.trace;
    let spots = hot_spots(trace);
    let whole = trace_duration(trace);
    let mut rows = vec![vec![
        Line::styled(DIM, "self time"),
        Line::styled(DIM, "share"),
        Line::styled(DIM, "span"),
    ]];
    rows.extend(spots.iter().map(|HotSpot { span, self_time }| {
        let name = format!("{} in {}", span.name, checks::service(span));
        vec![
            Line::styled(MARK, &format!("{:>9}", duration(*self_time))),
            Line::styled(
                Style::new(),
                &format!("{:>3} %", percent(*self_time, whole)),
            ),
            Line::plain(&name),
        ]
    }));
    stage.screen.table(&rows);
    stage
        .screen
        .line(Line::styled(MARK, "▶").with(DIM, " points at these spans:"));
    let marked: Vec<SpanId> = spots.iter().map(|spot| spot.span.span_id).collect();
    let url = stage.backend.trace_url(trace.id);
    stage.screen.trace(trace, &url, &marked);

    let explained = explained_percent(&spots, trace);
    let claim = format!(
        "{} of {} spans explain {explained} % of the {}",
        spots.len(),
        trace.spans.len(),
        duration(whole)
    );
    let is_clear = (1..=CULPRITS_MAX).contains(&spots.len()) && explained >= 90;
    let holds = ok_or(is_clear, || "that is not a clear case".to_owned());
    stage.check(&Check::new(claim, holds));
}

/// The answer has a fault, too.
fn find_copies(stage: &mut Stage, faulty: &TracedCall) {
    stage.screen.say(
        "While you are looking at this call: its answer is wrong, too. Every review should have \
         its own `uuid`, and its own time in `created`.",
    );
    let call = &faulty.call;
    let reviews = call.band.reviews.len();
    let uuids = call.band.review_uuids();
    let times = call.band.review_times();
    let claim = format!("all {reviews} reviews have the same `uuid` and the same `created`");
    let is_shared = reviews > 1 && uuids.len() == 1 && times.len() == 1;
    let holds = ok_or(is_shared, || {
        format!("there are {} and {}", uuids.len(), times.len())
    });
    stage.check(&Check::new(claim, holds));

    let oldest = times.first().copied();
    let age = oldest.and_then(|oldest| Duration::try_from(call.start.duration_since(oldest)).ok());
    let claim = match age {
        Some(age) => format!("they were made {} before the call began", duration(age)),
        None => "they were made before the call began".to_owned(),
    };
    let holds = ok_or(age.is_some(), || "they were not".to_owned());
    stage.check(&Check::new(claim, holds));
    stage.screen.blank();
    stage.screen.say("Made before the call: so they are from when reviews-api started, and not from this request.");
}
