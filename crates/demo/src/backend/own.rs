//! The backend that the demo uses: one that already listens, or one of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::BackendPorts;
use crate::backend::{BackendClient, BackendError, Presence};
use crate::process::{ChildProcess, ProcessError, Spec};
use crate::services::environment::Environment;
use crate::services::ports::{self, PortTaken};

#[cfg(test)]
mod tests;

/// Where the backend is, or is to be.
#[derive(Debug, Clone)]
pub struct BackendOptions {
    /// Where it is looked for; where the demo starts its own, a port of 0 takes a free one.
    pub ports: BackendPorts,
    /// The port where it takes spans over HTTP.
    pub otlp_http_port: u16,
    /// Where a backend of the demo's own keeps its data; a temporary folder if not told.
    pub data_dir: Option<PathBuf>,
}

/// Why there is no backend to use.
#[derive(Debug, thiserror::Error)]
pub enum NoBackend {
    /// Something else has the port.
    #[error(
        "port {port} is taken by something that does not answer as a tracing backend does: \
         choose another one with --http-port ({problem})"
    )]
    Stranger {
        /// The port that was asked.
        port: u16,
        /// What it answers.
        problem: BackendError,
    },
    /// A port that the demo's own needs is taken.
    #[error(transparent)]
    PortTaken(#[from] PortTaken),
    /// Nobody listens.
    #[error(
        "there is no backend at {url}: `clew serve` starts one, and --http-port says where it is"
    )]
    Nobody {
        /// Where it was looked for.
        url: String,
    },
    /// There is a backend, and it takes no spans where the services would send them.
    #[error(
        "the backend at {url} is used, but nothing takes spans at port {otlp_grpc_port}: \
         --otlp-grpc-port says where it does"
    )]
    WithoutOtlp {
        /// Where the backend is.
        url: String,
        /// Where it takes no spans.
        otlp_grpc_port: u16,
    },
    /// The demo's own does not start.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The demo's own does not say where it listens.
    #[error("the backend says that it listens on {line:?}, which the demo does not understand")]
    Address {
        /// What it says.
        line: String,
    },
    /// The machine's HTTP client cannot be set up.
    #[error("cannot set up an HTTP client")]
    Http(#[from] reqwest::Error),
}

/// The backend that listens on these ports, or one that is started there and becomes `own`.
pub(crate) async fn find_or_start(
    options: &BackendOptions,
    program: &Path,
    own: &mut Option<ChildProcess>,
) -> Result<BackendClient, NoBackend> {
    if options.ports.http == 0 {
        return start(options, program, own).await;
    }
    match find(options.ports).await {
        Err(NoBackend::Nobody { .. }) => start(options, program, own).await,
        found => found,
    }
}

/// The backend that listens on these ports.
pub(crate) async fn find(ports: BackendPorts) -> Result<BackendClient, NoBackend> {
    let backend = BackendClient::at(ports)?;
    match backend.presence().await {
        Presence::Ready => Ok(backend),
        Presence::None => Err(NoBackend::Nobody {
            url: backend.url().to_owned(),
        }),
        Presence::WithoutOtlp => Err(NoBackend::WithoutOtlp {
            url: backend.url().to_owned(),
            otlp_grpc_port: ports.otlp_grpc,
        }),
        Presence::Stranger(problem) => Err(NoBackend::Stranger {
            port: ports.http,
            problem,
        }),
    }
}

async fn start(
    options: &BackendOptions,
    program: &Path,
    own: &mut Option<ChildProcess>,
) -> Result<BackendClient, NoBackend> {
    for (port, flag) in ports(options) {
        ports::ensure_free(port, "the backend", flag)?;
    }
    let spec = Spec {
        name: "the backend",
        program,
        arguments: arguments(options),
        environment: &Environment::default(),
        // It has a temporary folder to remove.
        kill_on_drop: false,
    };
    // Kept at once: if the demo is told to stop meanwhile, the process is known.
    let process = own.insert(ChildProcess::spawn(&spec)?);
    let line = process.listening().await?;
    let Some(ports) = parse_ports(&line) else {
        return Err(NoBackend::Address { line });
    };
    Ok(BackendClient::at(ports)?)
}

/// The ports of a backend of the demo's own, with the flags that set them.
fn ports(options: &BackendOptions) -> [(u16, &'static str); 3] {
    [
        (options.ports.http, "--http-port"),
        (options.ports.otlp_grpc, "--otlp-grpc-port"),
        (options.otlp_http_port, "--otlp-http-port"),
    ]
}

fn arguments(options: &BackendOptions) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["demo", "service", "backend"].map(OsString::from).into();
    for (port, flag) in ports(options) {
        arguments.extend([flag.into(), port.to_string().into()]);
    }
    if let Some(folder) = &options.data_dir {
        arguments.extend(["--data-dir".into(), folder.into()]);
    }
    arguments
}

/// The line of the backend's child: its HTTP port and its port for spans over gRPC.
pub fn ready_line(http_port: u16, otlp_grpc_port: u16) -> String {
    format!("backend: listening on {http_port} {otlp_grpc_port}")
}

fn parse_ports(line: &str) -> Option<BackendPorts> {
    let (http, otlp_grpc) = line.split_once(' ')?;
    Some(BackendPorts {
        http: http.parse().ok()?,
        otlp_grpc: otlp_grpc.parse().ok()?,
    })
}
