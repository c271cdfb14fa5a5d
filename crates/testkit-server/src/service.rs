//! The services of the examples, run as their users run them.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::RunningProgram;

/// How long a service may take to listen, and to end; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service that runs in a process of its own until it is stopped or dropped.
pub struct Service {
    program: RunningProgram,
    url: String,
}

/// What a service has left behind.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote, to both outputs.
    pub output: String,
}

impl Service {
    /// Starts a service, and waits until it says `listening on <url>`.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(mut command: Command) -> Self {
        let program = RunningProgram::start(command.stderr(Stdio::piped()), PATIENCE);
        let url = program.wait_for_output(|output| {
            let (_, after) = output.split_once("listening on ")?;
            let (url, _) = after.split_once('\n')?;
            Some(url.to_owned())
        });
        Self { program, url }
    }

    /// Where it listens: `http://localhost:8000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until its output holds what `find` looks for.
    ///
    /// # Panics
    /// If that does not come within half a minute.
    pub fn wait_for_output<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        self.program.wait_for_output(find)
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    ///
    /// # Panics
    /// If it has not ended within half a minute.
    pub fn stop(mut self) -> Stopped {
        self.program.terminate();
        Stopped {
            status: self.program.wait(),
            output: self.program.output(),
        }
    }
}
