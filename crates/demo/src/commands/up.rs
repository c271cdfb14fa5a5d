//! `clew demo up`: the services alone.

use clew_terminal::Line;
use clew_terminal::style::{DIM, MARK};

use super::until;
use crate::backend::own::NoBackend;
use crate::backend::{BackendClient, Presence};
use crate::screen::Screen;
use crate::services::environment::Tracing;
use crate::steps::stage::Stage;
use crate::{BackendPorts, DemoError, Outcome, Program, Score, ServicePorts, Version};

/// Runs the services with tracing until `stop` completes.
///
/// # Errors
///
/// A port is taken, or a service fails.
pub async fn up(
    program: &Program,
    services: ServicePorts,
    backend: BackendPorts,
    version: Version,
    stop: impl Future<Output = ()>,
) -> Result<Outcome, DemoError> {
    tokio::pin!(stop);
    services.ensure_free()?;
    let backend = BackendClient::at(backend).map_err(NoBackend::Http)?;
    let mut stage = Stage::new(program, services, backend, Screen::new());
    let outcome = match until(&mut stop, start(&mut stage, version)).await {
        None => Ok(Outcome::Interrupted),
        Some(Err(error)) => Err(error),
        Some(Ok(())) => {
            stop.await;
            stage.screen.stopping();
            Ok(Outcome::Finished(Score::default()))
        }
    };
    stage.stop().await;
    outcome
}

async fn start(stage: &mut Stage, version: Version) -> Result<(), DemoError> {
    stage.start_services(Tracing::On, version).await?;
    stage
        .screen
        .say("The services are up, with tracing; their traces go to the backend:");
    let addresses = stage.addresses();
    stage.screen.table(&addresses);
    if !matches!(stage.backend.presence().await, Presence::Ready) {
        stage.screen.say(
            "No backend takes their spans there yet. `clew serve` in another terminal starts \
             one; until then the services work, and what they send is kept for two minutes.",
        );
    }
    stage.screen.say("In another terminal, this makes a call:");
    let command = stage.call_command();
    stage.screen.command(&command);
    stage.screen.blank();
    stage
        .screen
        .line(Line::styled(MARK, "Ctrl-C").with(DIM, " stops them."));
    stage.screen.ensure_open().map_err(DemoError::Output)
}
