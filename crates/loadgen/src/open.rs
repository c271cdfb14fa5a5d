//! Starts a server, and measures how long it takes until it answers and what it takes at rest.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::{Endpoint, Memory, WatchedProcess, come_to_rest, http_client};

/// How long a server may take to its first answer.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// How long it may take to stop when asked.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// The pause between two tries.
const TRY_INTERVAL: Duration = Duration::from_millis(1);

/// How a server came up.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// From its start to its first answer.
    pub ready: Duration,
    /// What it took when it had come to rest.
    pub memory: Memory,
}

/// Why a server did not come up.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// There is no command.
    #[error("there is no command to start")]
    NoCommand,
    /// The command cannot be started.
    #[error("{command} cannot be started")]
    Start {
        /// The command's first word.
        command: String,
        /// What went wrong.
        source: io::Error,
    },
    /// The server has ended.
    #[error("the server ended before {ready} answered: {status}")]
    Ended {
        /// What was asked.
        ready: Endpoint,
        /// How it ended.
        status: ExitStatus,
    },
    /// The server does not answer.
    #[error("{ready} gave no answer of 200 within {} s", READY_WITHIN.as_secs())]
    NotReady {
        /// What was asked.
        ready: Endpoint,
    },
    /// The process cannot be watched.
    #[error("the server's process cannot be watched")]
    Watch(#[from] io::Error),
    /// There is no HTTP client.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
}

/// Starts the command, waits until `ready` answers 200 and the process rests, and stops it.
///
/// # Errors
/// If it does not start, or does not answer.
pub async fn open(command: &[OsString], ready: &Endpoint) -> Result<Opening, OpeningError> {
    let client = http_client(READY_WITHIN)?;
    let start = Instant::now();
    let mut server = start_server(command)?;
    loop {
        if answers(&client, ready).await {
            break;
        }
        if let Some(status) = server.try_wait()? {
            let ready = ready.clone();
            return Err(OpeningError::Ended { ready, status });
        }
        if start.elapsed() > READY_WITHIN {
            let ready = ready.clone();
            return Err(OpeningError::NotReady { ready });
        }
        tokio::time::sleep(TRY_INTERVAL).await;
    }
    let took = start.elapsed();
    let memory = memory_at_rest(&server).await;
    stop(server).await?;
    Ok(Opening {
        ready: took,
        memory: memory?,
    })
}

fn start_server(command: &[OsString]) -> Result<Child, OpeningError> {
    let (program, arguments) = command.split_first().ok_or(OpeningError::NoCommand)?;
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| OpeningError::Start {
            command: program.to_string_lossy().into_owned(),
            source,
        })
}

async fn answers(client: &reqwest::Client, ready: &Endpoint) -> bool {
    let answer = client.get(ready.url().clone()).send().await;
    answer.is_ok_and(|response| response.status() == http::StatusCode::OK)
}

async fn memory_at_rest(server: &Child) -> io::Result<Memory> {
    let process = WatchedProcess::of(server.id().unwrap_or_default())?;
    come_to_rest(&process).await?;
    process.memory()
}

/// Asks it to stop, as a service manager does.
async fn stop(mut server: Child) -> io::Result<()> {
    let id = server.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
    }
    match tokio::time::timeout(STOP_WITHIN, server.wait()).await {
        Ok(status) => status.map(drop),
        Err(_) => server.kill().await,
    }
}
