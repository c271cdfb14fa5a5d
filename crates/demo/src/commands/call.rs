//! `clew demo call`: one more call to services that are up.

use clew_terminal::Line;
use clew_terminal::style::{BAD, DIM};

use super::until;
use crate::backend;
use crate::backend::own;
use crate::screen::Screen;
use crate::services::call::Caller;
use crate::services::environment::{Environment, Tracing};
use crate::services::{BANDS_API, CLIENT, REVIEWS_API};
use crate::{BackendPorts, DemoError, Outcome, Program, Score};

/// Makes one call to bands-api on this port and shows its trace, unless `stop` completes first.
///
/// # Errors
///
/// There is no answer, or the backend cannot be asked.
pub async fn call(
    program: &Program,
    bands_port: u16,
    backend: BackendPorts,
    stop: impl Future<Output = ()>,
) -> Result<Outcome, DemoError> {
    tokio::pin!(stop);
    let called = make_call(program, bands_port, backend);
    match until(&mut stop, called).await {
        None => Ok(Outcome::Interrupted),
        Some(score) => Ok(Outcome::Finished(score?)),
    }
}

async fn make_call(
    program: &Program,
    bands_port: u16,
    ports: BackendPorts,
) -> Result<Score, DemoError> {
    let bands_url = format!("http://localhost:{bands_port}");
    if !backend::accepts_connections(&bands_url).await {
        return Err(DemoError::NoBands { port: bands_port });
    }
    let backend = own::find(ports).await?;
    let environment = Environment::of_client(Tracing::On, backend.otlp_url());
    let caller = Caller {
        program: &program.path,
        environment: &environment,
        bands_url: &bands_url,
        ui_url: backend.url(),
    };
    let mut screen = Screen::new();
    let spinner = screen.wait("the client calls bands-api and waits");
    let call = caller.call("call").await?;
    drop(spinner);
    screen.verbatim(&call.json);
    screen.blank();
    if let Some(complaint) = call.complaint {
        screen.line(Line::styled(BAD, &complaint));
        return Ok(Score {
            passed: 0,
            failed: 1,
        });
    }
    let Some(id) = call.trace_id else {
        screen.line(Line::styled(DIM, "The client began no trace."));
        return Ok(Score {
            passed: 0,
            failed: 1,
        });
    };
    let spinner = screen.wait("the spans are on their way to the backend");
    let services = [CLIENT, BANDS_API, REVIEWS_API];
    let trace = backend.complete_trace(id, &services).await?;
    drop(spinner);
    match trace {
        Some(trace) => screen.trace(&trace, &backend.trace_url(id), &[]),
        None => screen.line(Line::styled(
            BAD,
            &format!("The backend has no trace {id}."),
        )),
    }
    screen.ensure_open().map_err(DemoError::Output)?;
    Ok(Score {
        passed: 1,
        failed: 0,
    })
}
