//! The story: what each step tells, does and checks.

mod call_fixed;
mod call_three_services;
mod call_two_services;
mod call_untraced;
mod debug;
mod fix;
mod propagate;
pub(crate) mod stage;
mod start_services;
mod trace_bands_api;
mod trace_reviews_api;

use clew_terminal::Line;
use clew_terminal::style::{BAD, DIM, GOOD, MARK};

use self::stage::{Score, Stage};
use crate::backend::BackendClient;
use crate::backend::own::{self, NoBackend};
use crate::process::ChildProcess;
use crate::screen::Screen;
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::{Config, DemoError};

/// What a step is called, and what it does and why, before it does it.
struct Step {
    title: &'static str,
    story: &'static str,
}

const STEPS: [Step; 10] = [
    start_services::STEP,
    call_untraced::STEP,
    trace_bands_api::STEP,
    propagate::STEP,
    call_two_services::STEP,
    trace_reviews_api::STEP,
    call_three_services::STEP,
    debug::STEP,
    fix::STEP,
    call_fixed::STEP,
];

/// What the reader is about to see, and the backend that the traces will go to.
pub(crate) async fn prologue(
    config: &Config,
    screen: &mut Screen,
    own_backend: &mut Option<ChildProcess>,
) -> Result<BackendClient, NoBackend> {
    let spinner = screen.wait("looking for a backend");
    let backend = own::find_or_start(&config.backend, &config.program.path, own_backend).await?;
    drop(spinner);
    screen.title("", "Distributed tracing in ten steps");
    screen.say(
        "One request, three processes: a client asks `bands-api` for a band, and `bands-api` asks \
         `reviews-api` for what people think of it. The answer takes seconds, and nobody knows \
         why. In ten steps you will give these services tracing, see the request go through all \
         of them, find out where the time goes, and fix it.",
    );
    screen.path(&[CLIENT, BANDS_API, REVIEWS_API]);
    let origin = match (own_backend, &config.backend.data_dir) {
        (None, _) => "The backend that already listens here is used:".to_owned(),
        (Some(_), Some(folder)) => format!(
            "A backend has been started for the traces; it keeps them in {}:",
            folder.display()
        ),
        (Some(_), None) => "A backend has been started for the traces, which go to a temporary \
                            folder and are gone when the demo ends:"
            .to_owned(),
    };
    screen.say(&format!("{origin} `{}`", backend.url()));
    Ok(backend)
}

/// The ten steps, and the score.
pub(crate) async fn all(stage: &mut Stage) -> Result<(), DemoError> {
    open(stage, 1).await?;
    start_services::run(stage).await?;
    open(stage, 2).await?;
    call_untraced::run(stage).await?;
    open(stage, 3).await?;
    trace_bands_api::run(stage).await?;
    open(stage, 4).await?;
    propagate::run(stage).await?;
    open(stage, 5).await?;
    call_two_services::run(stage).await?;
    open(stage, 6).await?;
    trace_reviews_api::run(stage).await?;
    open(stage, 7).await?;
    call_three_services::run(stage).await?;
    open(stage, 8).await?;
    debug::run(stage).await?;
    open(stage, 9).await?;
    fix::run(stage).await?;
    open(stage, 10).await?;
    call_fixed::run(stage).await?;
    show_score(&mut stage.screen, stage.score);
    stage.screen.ensure_open().map_err(DemoError::Output)
}

/// Waits for the reader, then shows what the step is about.
async fn open(stage: &mut Stage, number: usize) -> Result<(), DemoError> {
    let step = &STEPS[number - 1];
    let prompt = format!(
        "Press Enter for step {number} of {}: {}",
        STEPS.len(),
        step.title
    );
    stage.pause(&prompt).await?;
    let count = STEPS.len();
    stage
        .screen
        .title(&format!("{number}/{count} "), step.title);
    stage.screen.say(step.story);
    Ok(())
}

fn show_score(screen: &mut Screen, score: Score) {
    let Score { passed, failed } = score;
    screen.blank();
    if failed == 0 {
        screen.line(Line::styled(GOOD, &format!("All {passed} checks passed.")));
    } else {
        let text = format!("{failed} of {} checks failed.", passed + failed);
        screen.line(Line::styled(BAD, &text));
    }
}

/// What there is to do with services that stay up.
pub(crate) async fn stay_up(stage: &mut Stage) -> Result<(), DemoError> {
    stage.pause("Press Enter to look around").await?;
    stage.screen.blank();
    stage.screen.say(
        "The services and the backend stay up, all with tracing and without faults. Look around \
         in the traces, or make more calls from another terminal:",
    );
    let addresses = stage.addresses();
    stage.screen.table(&addresses);
    let command = stage.call_command();
    stage.screen.command(&command);
    stage.screen.blank();
    stage
        .screen
        .line(Line::styled(MARK, "Ctrl-C").with(DIM, " stops everything."));
    stage.screen.ensure_open().map_err(DemoError::Output)
}
