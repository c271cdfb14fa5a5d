//! Step 10: the same call without the faults.

use std::time::Duration;

use clew_terminal::style::{BAD, GOOD};
use clew_terminal::{Line, duration, trace_duration};

use jiff::SignedDuration;

use super::Step;
use crate::DemoError;
use crate::screen::Screen;
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::steps::stage::{Stage, TracedCall};
use crate::traces::checks::{Check, ok_or};

/// How many times faster the repaired call is, at the very least: it has lost seconds of sleep.
const SPEED_UP_MIN: u32 = 5;

pub(super) const STEP: Step = Step {
    title: "Make a call",
    story: "The same call for the last time. It goes the same way, through the same three \
            services, in a trace of the same shape; only the waiting is gone.",
};

pub(super) async fn run(stage: &mut Stage) -> Result<(), DemoError> {
    let services = [CLIENT, BANDS_API, REVIEWS_API];
    let Some(fixed) = stage.traced_call("10", &services).await? else {
        return Ok(());
    };
    check_reviews(stage, &fixed);
    if let Some(faulty) = stage.faulty_call.take() {
        compare(stage, &faulty, &fixed);
    }
    Ok(())
}

fn check_reviews(stage: &mut Stage, fixed: &TracedCall) {
    let call = &fixed.call;
    let reviews = call.band.reviews.len();
    let uuids = call.band.review_uuids().len();
    let holds = ok_or(reviews > 0 && uuids == reviews, || {
        format!("there are {uuids}")
    });
    let claim = format!("the {reviews} reviews have {reviews} different `uuid`s");
    stage.check(&Check::new(claim, holds));

    // The services tell the time to the microsecond, and the clock is finer.
    let call_start = call.start - SignedDuration::from_micros(1);
    let oldest = call.band.review_times().first().copied();
    let is_new = oldest.is_some_and(|oldest| oldest >= call_start);
    let holds = ok_or(is_new, || "one is older".to_owned());
    stage.check(&Check::new("and each was made during the call", holds));
}

fn compare(stage: &mut Stage, faulty: &TracedCall, fixed: &TracedCall) {
    let (before, after) = (trace_duration(&faulty.trace), trace_duration(&fixed.trace));
    let is_faster = after * SPEED_UP_MIN <= before;
    let holds = ok_or(is_faster, || format!("it took {} then", duration(before)));
    let claim = format!(
        "the call took {}, a fraction of what it took in step 7",
        duration(after)
    );
    stage.check(&Check::new(claim, holds));

    let row = |name: &str, call: &TracedCall, took: Duration, style| {
        let uuids = call.call.band.review_uuids().len();
        let reviews = call.call.band.reviews.len();
        vec![
            Line::plain(name),
            Screen::bar(took, before, style),
            Line::plain(&match uuids {
                1 => format!("{reviews} reviews, 1 uuid"),
                _ => format!("{reviews} reviews, {uuids} uuids"),
            }),
        ]
    };
    let rows = [
        row("before", faulty, before, BAD),
        row("after", fixed, after, GOOD),
    ];
    stage.screen.blank();
    stage.screen.table(&rows);
    stage.screen.say(
        "A few lines, a handful of variables and two headers: that is what it takes, for any \
         service, in any language.",
    );
}
