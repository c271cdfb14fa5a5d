//! The ten steps of the demo: their texts, processes and checks.
//!
//! [`run`] walks through them. The services are child processes of the same binary ([`lifeline`]
//! keeps them from outliving it), and what a step claims is held against what the backend has.

mod backend;
mod commands;
pub mod explain;
mod http;
mod process;
mod screen;
mod services;
mod steps;
mod traces;

use std::io;
use std::path::PathBuf;

pub use backend::BackendError;
pub use backend::own::{BackendOptions, NoBackend, ready_line};
pub use commands::{call, run, up};
pub use process::{ProcessError, lifeline};
pub use services::Version;
pub use services::call::CallError;
pub use services::ports::PortTaken;
pub use steps::stage::Score;

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
    /// All steps were shown, with this result of their checks.
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
