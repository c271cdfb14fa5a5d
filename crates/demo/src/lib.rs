//! The ten steps of the demo: their texts, processes and checks.
//!
//! [`run`] walks through them. The services are child processes of the same binary ([`lifeline`]
//! keeps them from outliving it), and what a step claims is held against what the backend has.

mod backend;
mod band;
mod call;
mod checks;
mod environment;
pub mod explain;
#[cfg(test)]
mod fixtures;
mod headers;
mod hot_spots;
mod http;
pub mod lifeline;
mod mirror;
mod one_call;
mod own_backend;
mod ports;
mod probe;
mod process;
mod screen;
mod service;
mod source;
mod stage;
mod steps;
mod up;

use std::io;
use std::path::PathBuf;

use process::Process;
use screen::Screen;
use stage::Stage;

pub use backend::BackendError;
pub use call::CallError;
pub use one_call::call;
pub use own_backend::{BackendOptions, NoBackend, ready_line};
pub use ports::PortTaken;
pub use process::ProcessError;
pub use service::Version;
pub use stage::Score;
pub use up::up;

/// The port of bands-api, if nothing else is said.
pub const BANDS_PORT: u16 = 8000;
/// The port of reviews-api, if nothing else is said.
pub const REVIEWS_PORT: u16 = 8080;
/// The port of a backend's pages, if nothing else is said: Jaeger's.
const HTTP_PORT: u16 = 16686;
/// The port where a backend takes spans over gRPC, if nothing else is said: OpenTelemetry's.
const OTLP_GRPC_PORT: u16 = 4317;

/// How to run the demo.
#[derive(Debug, Clone)]
pub struct Config {
    /// The binary that the services are made of.
    pub program: Program,
    /// Where the services listen.
    pub services: ServicePorts,
    /// Where the backend is.
    pub backend: BackendOptions,
    /// What happens between two steps.
    pub pace: Pace,
    /// What happens after the last one.
    pub ending: Ending,
}

/// The binary whose `demo service …` commands are the services.
#[derive(Debug, Clone)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// How the reader calls it.
    pub command: String,
}

/// Where the services listen; 0 takes a free port.
#[derive(Debug, Clone, Copy)]
pub struct ServicePorts {
    /// The port of bands-api.
    pub bands_api: u16,
    /// The port of reviews-api.
    pub reviews_api: u16,
}

/// Where the demo finds the backend.
#[derive(Debug, Clone, Copy)]
pub struct BackendPorts {
    /// The port of its pages and of its query API.
    pub http: u16,
    /// The port where it takes spans over gRPC.
    pub otlp_grpc: u16,
}

/// What happens between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The reader presses Enter; where there is no terminal, nothing is waited for.
    Enter,
    /// Nothing is waited for.
    RunThrough,
}

/// What happens after the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything is stopped.
    Exit,
    /// Services and backend stay up until the demo is told to stop.
    StayUp,
}

/// How the demo ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All steps were shown, and this came of their checks.
    Finished(Score),
    /// It was told to stop before that.
    Interrupted,
}

/// Why the demo cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A port is taken.
    #[error(transparent)]
    PortTaken(#[from] PortTaken),
    /// There is no backend to use.
    #[error(transparent)]
    NoBackend(#[from] NoBackend),
    /// A service does not run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A call got no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is nobody to call.
    #[error(
        "nobody answers on port {port}, where bands-api should be: `clew demo up` starts it, and \
         --bands-port says where it is"
    )]
    NoBands {
        /// The port that was tried.
        port: u16,
    },
    /// The backend does not answer any more.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A service does not answer the demo.
    #[error("a service of the demo does not answer")]
    Service(#[from] reqwest::Error),
    /// The client's request did not come where it was looked at.
    #[error("the client's request could not be looked at")]
    Mirror(#[source] io::Error),
    /// Nobody reads what the demo shows.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

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
    own_backend: &mut Option<Process>,
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

/// What the future gives, or `None` if `stop` completes first.
async fn until<T>(
    stop: &mut (impl Future<Output = ()> + Unpin),
    future: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        () = stop => None,
        output = future => Some(output),
    }
}
