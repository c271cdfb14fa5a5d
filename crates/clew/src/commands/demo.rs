//! `clew demo`: distributed tracing in ten steps.

mod service;

use std::path::PathBuf;
use std::process::ExitCode;

use clew_demo::{BackendOptions, Config, DemoError, Ending, Outcome, Pace, Program, Version};
use clew_server::PerEndpoint;

use super::serve;
use crate::error::{CommandError, with_sources};
use crate::{runtime, shutdown};

/// Meet distributed tracing in ten steps.
///
/// Starts two small services and a backend on this machine, gives them tracing one after the
/// other, and ends on the trace of a request that goes through all of them. A backend that already
/// listens on its ports is used; else the demo starts one, and a port of 0 picks a free one.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = super::examples(&[
        ("clew demo", "step by step"),
        ("clew demo --yes --exit", "all at once, as a check"),
        ("clew demo call", "one more call, while the demo stays up"),
    ])
)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    tour: Tour,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Call(Call),
    Up(Up),
    /// A process of the demo, which runs for as long as its standard input is open.
    #[command(hide = true)]
    Service {
        #[command(subcommand)]
        service: Box<service::Service>,
    },
}

/// The ten steps.
#[derive(Debug, clap::Args)]
struct Tour {
    /// Go from step to step without waiting for Enter.
    #[arg(long)]
    yes: bool,

    /// Stop everything after the last step instead of staying up.
    #[arg(long)]
    exit: bool,

    #[command(flatten)]
    services: ServicePorts,

    #[command(flatten)]
    backend: BackendPorts,

    /// Port where the demo's own backend takes OTLP over HTTP.
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = PerEndpoint::DEFAULT_PORTS.otlp_http)]
    otlp_http_port: u16,

    /// Where the demo's own backend keeps its traces [default: a temporary folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Make one more call to services that are up, and show its trace.
#[derive(Debug, clap::Args)]
struct Call {
    /// Port of bands-api.
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = clew_demo::BANDS_PORT)]
    bands_port: u16,

    #[command(flatten)]
    backend: BackendPorts,
}

/// Start the services alone, with tracing, and keep them up until Ctrl-C.
#[derive(Debug, clap::Args)]
struct Up {
    #[command(flatten)]
    services: ServicePorts,

    #[command(flatten)]
    backend: BackendPorts,

    /// Run the repaired versions instead of the faulty ones.
    #[arg(long)]
    fixed: bool,
}

#[derive(Debug, clap::Args)]
struct ServicePorts {
    /// Port of bands-api.
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = clew_demo::BANDS_PORT)]
    bands_port: u16,

    /// Port of reviews-api.
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = clew_demo::REVIEWS_PORT)]
    reviews_port: u16,
}

#[derive(Debug, clap::Args)]
struct BackendPorts {
    /// Port of the backend's pages and query API.
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = PerEndpoint::DEFAULT_PORTS.http)]
    http_port: u16,

    /// Port where the backend takes OTLP over gRPC.
    #[arg(long, value_name = "PORT", value_parser = super::port, default_value_t = PerEndpoint::DEFAULT_PORTS.otlp_grpc)]
    otlp_grpc_port: u16,
}

pub(crate) fn run(options: Options) -> Result<ExitCode, CommandError> {
    runtime::block_on(async {
        match options.command {
            None => tour(options.tour).await,
            Some(Command::Call(call)) => call.run().await,
            Some(Command::Up(up)) => up.run().await,
            Some(Command::Service { service }) => service.run().await,
        }
    })?
}

/// The ten steps.
async fn tour(tour: Tour) -> Result<ExitCode, CommandError> {
    // The backend of the demo would say the same, less clearly, from within its own process.
    serve::log_filter()?;
    if let Some(data_dir) = &tour.data_dir {
        serve::ensure_can_be_directory(data_dir)
            .map_err(|problem| problem.with_hint("choose another place with --data-dir"))?;
    }
    let config = Config {
        program: program()?,
        services: tour.services.into(),
        backend: BackendOptions {
            ports: tour.backend.into(),
            otlp_http_port: tour.otlp_http_port,
            data_dir: tour.data_dir,
        },
        pace: if tour.yes {
            Pace::RunThrough
        } else {
            Pace::Enter
        },
        ending: if tour.exit {
            Ending::Exit
        } else {
            Ending::StayUp
        },
    };
    // In a box: it holds what all ten steps do.
    let told = Box::pin(clew_demo::run(config, shutdown::signal()?));
    exit_code(unless_insisted(told).await?)
}

impl Call {
    async fn run(self) -> Result<ExitCode, CommandError> {
        let (program, backend) = (program()?, self.backend.into());
        let stop = shutdown::signal()?;
        exit_code(clew_demo::call(&program, self.bands_port, backend, stop).await)
    }
}

impl Up {
    async fn run(self) -> Result<ExitCode, CommandError> {
        let version = if self.fixed {
            Version::Fixed
        } else {
            Version::Faulty
        };
        let (program, services) = (program()?, self.services.into());
        let stop = shutdown::signal()?;
        let up = clew_demo::up(&program, services, self.backend.into(), version, stop);
        exit_code(unless_insisted(up).await?)
    }
}

impl From<ServicePorts> for clew_demo::ServicePorts {
    fn from(ports: ServicePorts) -> Self {
        Self {
            bands_api: ports.bands_port,
            reviews_api: ports.reviews_port,
        }
    }
}

impl From<BackendPorts> for clew_demo::BackendPorts {
    fn from(ports: BackendPorts) -> Self {
        Self {
            http: ports.http_port,
            otlp_grpc: ports.otlp_grpc_port,
        }
    }
}

/// This binary, and how it was called.
fn program() -> Result<Program, CommandError> {
    let path = std::env::current_exe()?;
    let called = std::env::args_os().next();
    let command = called.unwrap_or_else(|| path.clone().into_os_string());
    Ok(Program {
        path,
        command: command.to_string_lossy().into_owned(),
    })
}

/// The demo to its end, or to a second Ctrl-C: then its processes are not waited for any more.
async fn unless_insisted(
    demo: impl Future<Output = Result<Outcome, DemoError>>,
) -> Result<Result<Outcome, DemoError>, CommandError> {
    let ended = shutdown::unless_insisted(demo).await?;
    Ok(ended.unwrap_or(Ok(Outcome::Interrupted)))
}

fn exit_code(outcome: Result<Outcome, DemoError>) -> Result<ExitCode, CommandError> {
    match outcome {
        Ok(Outcome::Finished(score)) if score.failed > 0 => Ok(ExitCode::FAILURE),
        Ok(Outcome::Finished(_)) => Ok(ExitCode::SUCCESS),
        Ok(Outcome::Interrupted) => Ok(shutdown::EXIT_INTERRUPTED.into()),
        Err(error) => Err(CommandError::user(with_sources(&error))),
    }
}
