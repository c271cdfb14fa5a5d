//! The demo's children: real processes of the same binary, which never outlive it.

pub mod lifeline;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::services::environment::Environment;

/// How long a service may take until it listens.
const START_DEADLINE: Duration = Duration::from_secs(20);
/// How long a service may take to end: it may still have spans to send, for 5 s at most.
const STOP_DEADLINE: Duration = Duration::from_secs(7);
/// Lines of output that are kept, for the case that the process fails.
const KEPT_LINES_MAX: usize = 30;

/// Why a child of the demo is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The system does not start it.
    #[error("cannot start {name}")]
    Start {
        /// Which one.
        name: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// It ended when it should have begun to listen.
    #[error("{name} ended as it started ({status}):\n{output}")]
    Ended {
        /// Which one.
        name: &'static str,
        /// With what.
        status: ExitStatus,
        /// Its last words.
        output: String,
    },
    /// It does not begin to listen.
    #[error("{name} did not listen within {} s:\n{output}", START_DEADLINE.as_secs())]
    Silent {
        /// Which one.
        name: &'static str,
        /// What it said until now.
        output: String,
    },
}

/// A child that runs until it is stopped, or until the demo lets go of it.
#[derive(Debug)]
pub(crate) struct ChildProcess {
    name: &'static str,
    child: Child,
    /// Nothing is ever written to it: see `lifeline`.
    lifeline: Option<ChildStdin>,
    output: Output,
    listens: mpsc::Receiver<String>,
}

/// What to run.
#[derive(Debug)]
pub(crate) struct Spec<'a> {
    /// For messages.
    pub(crate) name: &'static str,
    /// The binary of the demo itself.
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: &'a Environment,
    /// Whether to kill the process if the demo is dropped; else it ends by itself, and cleans up,
    /// once it finds that the demo is gone.
    pub(crate) kill_on_drop: bool,
}

impl Spec<'_> {
    /// The command: its input is the lifeline, its output comes to the demo.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(self.kill_on_drop);
        self.environment.apply(&mut command);
        // Ctrl-C is for the demo, which then ends its children in their order.
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

impl ChildProcess {
    /// Starts the process.
    pub(crate) fn spawn(spec: &Spec<'_>) -> Result<Self, ProcessError> {
        let name = spec.name;
        let spawned = spec.command().spawn();
        let mut child = spawned.map_err(|source| ProcessError::Start { name, source })?;
        let output = Output::default();
        let (listening, listens) = mpsc::channel(1);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(collect(stdout, output.clone(), Some(listening)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(collect(stderr, output.clone(), None));
        }
        Ok(Self {
            name,
            lifeline: child.stdin.take(),
            child,
            output,
            listens,
        })
    }

    /// Waits until the process says where it listens: the rest of the line after "listening on".
    pub(crate) async fn listening(&mut self) -> Result<String, ProcessError> {
        match timeout(START_DEADLINE, self.listens.recv()).await {
            Ok(Some(address)) => Ok(address),
            // Its standard output is closed: it is about to end.
            Ok(None) => Err(self.ended().await),
            Err(_) => Err(self.silent()),
        }
    }

    async fn ended(&mut self) -> ProcessError {
        match timeout(STOP_DEADLINE, self.child.wait()).await {
            Ok(Ok(status)) => ProcessError::Ended {
                name: self.name,
                status,
                output: self.output.text(),
            },
            Ok(Err(source)) => ProcessError::Start {
                name: self.name,
                source,
            },
            Err(_) => self.silent(),
        }
    }

    fn silent(&self) -> ProcessError {
        ProcessError::Silent {
            name: self.name,
            output: self.output.text(),
        }
    }

    /// Ends the process: kindly, and by force if that takes too long.
    pub(crate) async fn stop(mut self) {
        drop(self.lifeline.take());
        if timeout(STOP_DEADLINE, self.child.wait()).await.is_err() {
            // The error would mean that it has ended by itself.
            let _ = self.child.kill().await;
        }
    }
}

/// The last lines that a process wrote.
#[derive(Debug, Clone, Default)]
struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl Output {
    fn push(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn text(&self) -> String {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.make_contiguous().join("\n")
    }
}

/// Reads a stream to its end, so that the process never waits for a reader. The last word of the
/// first line that says "listening on" goes to `listening`, which is dropped at the end.
async fn collect(
    stream: impl AsyncRead + Unpin,
    output: Output,
    listening: Option<mpsc::Sender<String>>,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let address = line.split_once("listening on ").map(|(_, address)| address);
        if let (Some(address), Some(listening)) = (address, &listening) {
            // Full means that it has said so before.
            let _ = listening.try_send(address.to_owned());
        }
        output.push(line);
    }
}
