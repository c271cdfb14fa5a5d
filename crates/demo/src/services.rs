//! The demo's two services and their client: how they are run at each point of the story, called
//! and listened to.

pub(crate) mod band;
pub(crate) mod call;
pub(crate) mod environment;
pub(crate) mod mirror;
pub(crate) mod ports;
pub(crate) mod probe;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use self::environment::Environment;
use crate::process::{ChildProcess, ProcessError, Spec};

/// The names under which the services are traced.
pub(crate) const CLIENT: &str = "client";
pub(crate) const BANDS_API: &str = "bands-api";
pub(crate) const REVIEWS_API: &str = "reviews-api";

/// Which version of a service's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// As it is shipped.
    Faulty,
    /// As it should be.
    Fixed,
}

/// A service of the demo.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    program: PathBuf,
    /// The port to listen to; 0 until the system has chosen one.
    port: u16,
    /// A path that the service refuses at once, with any version of its code.
    quick_path: &'static str,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    process: ChildProcess,
    /// Where it listens; empty until it does.
    url: String,
    environment: Environment,
}

impl Service {
    pub(crate) fn bands_api(program: &Path, port: u16) -> Self {
        Self {
            name: BANDS_API,
            program: program.to_owned(),
            port,
            quick_path: "/bands/nobody",
            running: None,
        }
    }

    pub(crate) fn reviews_api(program: &Path, port: u16) -> Self {
        Self {
            name: REVIEWS_API,
            program: program.to_owned(),
            port,
            quick_path: "/reviews?band_id=nobody",
            running: None,
        }
    }

    /// Where the service listens; empty if it does not run.
    pub(crate) fn url(&self) -> &str {
        self.running.as_ref().map_or("", |running| &running.url)
    }

    /// The port that it listens to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Something to ask for that the service refuses at once: no such id can be.
    pub(crate) fn quick_url(&self) -> String {
        format!("{}{}", self.url(), self.quick_path)
    }

    /// The variables that the service runs with.
    pub(crate) fn environment(&self) -> Option<&Environment> {
        self.running.as_ref().map(|running| &running.environment)
    }

    /// Starts the service, or starts it anew, with these variables; `arguments` are its own.
    pub(crate) async fn start(
        &mut self,
        environment: Environment,
        version: Version,
        arguments: &[&str],
    ) -> Result<(), ProcessError> {
        self.stop().await;
        let port = self.port.to_string();
        let fixed: &[&str] = match version {
            Version::Faulty => &[],
            Version::Fixed => &["--fixed"],
        };
        let arguments = ["demo", "service", self.name, "--port", &port]
            .iter()
            .chain(arguments)
            .chain(fixed)
            .map(OsString::from)
            .collect();
        let spec = Spec {
            name: self.name,
            program: &self.program,
            arguments,
            environment: &environment,
            kill_on_drop: true,
        };
        let process = ChildProcess::spawn(&spec)?;
        // Kept at once: if the demo is told to stop meanwhile, the process is known.
        let running = self.running.insert(Running {
            process,
            url: String::new(),
            environment,
        });
        running.url = running.process.listening().await?;
        // Whoever calls it keeps its address: it stays the same when the service is restarted.
        let port = running.url.rsplit(':').next();
        if let Some(port) = port.and_then(|port| port.parse().ok()) {
            self.port = port;
        }
        Ok(())
    }

    /// Ends the service, which sends the spans that it still has.
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.process.stop().await;
        }
    }
}
