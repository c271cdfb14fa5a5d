//! `clew demo`: the ten steps.

use super::until;
use crate::process::ChildProcess;
use crate::screen::Screen;
use crate::steps::stage::Stage;
use crate::{Config, DemoError, Ending, Outcome, steps};

/// Runs the demo until it has ended or `stop` completes. Whatever happens, nothing that it
/// started is left behind.
///
/// # Errors
///
/// A port is taken, or a service or the backend fails.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<Outcome, DemoError> {
    let mut own_backend = None;
    let outcome = tell(&config, &mut own_backend, stop).await;
    // Last of all, so that every span finds it.
    if let Some(backend) = own_backend {
        backend.stop().await;
    }
    outcome
}

async fn tell(
    config: &Config,
    own_backend: &mut Option<ChildProcess>,
    stop: impl Future<Output = ()>,
) -> Result<Outcome, DemoError> {
    tokio::pin!(stop);
    // Before anything is shown: a demo that cannot begin has nothing to tell but why.
    config.services.ensure_free()?;
    let mut screen = Screen::new();
    let prologue = steps::prologue(config, &mut screen, own_backend);
    let Some(backend) = until(&mut stop, prologue).await else {
        screen.stopping();
        return Ok(Outcome::Interrupted);
    };
    let mut stage = Stage::new(&config.program, config.services, backend?, screen);
    stage.pace = config.pace;
    let outcome = match until(&mut stop, steps::all(&mut stage)).await {
        None => {
            stage.screen.stopping();
            Ok(Outcome::Interrupted)
        }
        Some(Err(error)) => Err(error),
        Some(Ok(())) if config.ending == Ending::Exit => Ok(Outcome::Finished(stage.score)),
        Some(Ok(())) => stay_up(&mut stage, stop).await,
    };
    stage.stop().await;
    outcome
}

/// Keeps the services and the backend up until `stop` completes.
async fn stay_up(
    stage: &mut Stage,
    mut stop: impl Future<Output = ()> + Unpin,
) -> Result<Outcome, DemoError> {
    if let Some(shown) = until(&mut stop, steps::stay_up(stage)).await {
        shown?;
        stop.await;
    }
    stage.screen.stopping();
    Ok(Outcome::Finished(stage.score))
}
