//! The processes of the demo.

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::{eprintln, println};
use clew_demo::lifeline;
use clew_server::PerEndpoint;

use crate::commands::serve::{self, Banner};
use crate::error::{CommandError, harmless};
use crate::shutdown;

/// Which process to be.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Service {
    /// The demo's caller.
    Client(client::Options),
    /// The service that knows bands.
    BandsApi(bands_api::Options),
    /// The service that knows reviews.
    ReviewsApi(reviews_api::Options),
    /// The demo's own backend.
    Backend(Backend),
}

#[derive(Debug, clap::Args)]
pub(super) struct Backend {
    #[arg(long)]
    http_port: u16,

    #[arg(long)]
    otlp_grpc_port: u16,

    #[arg(long)]
    otlp_http_port: u16,

    /// Where traces are kept; in a folder that goes with the process if not told.
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

impl Service {
    /// Runs the process until it has done its work, is told to stop, or its standard input ends.
    pub(super) async fn run(self) -> Result<ExitCode, CommandError> {
        let ended = match self {
            Self::Client(options) => report(lifeline::while_attached(client::run(options)).await),
            Self::BandsApi(options) => {
                report(lifeline::while_attached(bands_api::run(options)).await)
            }
            Self::ReviewsApi(options) => {
                report(lifeline::while_attached(reviews_api::run(options)).await)
            }
            Self::Backend(backend) => return backend.run().await,
        };
        Ok(ended)
    }
}

/// An error is told as the service itself would tell it; there is none if the demo has let go.
fn report(ended: Option<Result<(), impl std::error::Error>>) -> ExitCode {
    match ended {
        None | Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("{}", harmless(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

impl Backend {
    async fn run(self) -> Result<ExitCode, CommandError> {
        // Removed by this process and not by the demo, which may be killed.
        let (data_dir, temporary) = if let Some(folder) = self.data_dir {
            (folder, None)
        } else {
            let folder = tempfile::Builder::new().prefix("clew-demo-").tempdir()?;
            (folder.path().to_owned(), Some(folder))
        };
        let ports = PerEndpoint {
            otlp_grpc: self.otlp_grpc_port,
            otlp_http: self.otlp_http_port,
            http: self.http_port,
        };
        let signal = shutdown::signal()?;
        let shutdown = async {
            // Either way it is time to go.
            let _ = lifeline::while_attached(signal).await;
        };
        let options = serve::Options::on_loopback(ports, data_dir);
        serve::serve(options, say_ready, shutdown).await?;
        if let Some(folder) = temporary {
            folder.close()?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn say_ready(banner: &Banner) {
    let ports = banner.ports();
    println!("{}", clew_demo::ready_line(ports.http, ports.otlp_grpc));
}
