//! One call of the demo's client.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use clew_model::TraceId;
use jiff::Timestamp;

use crate::process::Spec;
use crate::services::band::Band;
use crate::services::environment::Environment;

#[cfg(test)]
mod tests;

/// Why there is no answer to show.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The system does not run the client.
    #[error("cannot run the client")]
    Run(#[from] io::Error),
    /// It got no band.
    #[error("the client got no answer: {complaint}")]
    NoAnswer {
        /// What it says.
        complaint: String,
    },
}

/// Whom the client calls, and how.
#[derive(Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) program: &'a Path,
    pub(crate) environment: &'a Environment,
    /// Where bands-api is.
    pub(crate) bands_url: &'a str,
    /// Where traces are shown.
    pub(crate) ui_url: &'a str,
}

/// A call that was answered.
#[derive(Debug)]
pub(crate) struct Call {
    /// When it began.
    pub(crate) start: Timestamp,
    /// How long the caller waited.
    pub(crate) took: Duration,
    /// When it had its answer.
    pub(crate) ended: Instant,
    /// The answer as the client printed it.
    pub(crate) json: String,
    /// The answer.
    pub(crate) band: Band,
    /// The trace that the client began, if it did.
    pub(crate) trace_id: Option<TraceId>,
    /// What the client found wrong, if anything.
    pub(crate) complaint: Option<String>,
}

impl Caller<'_> {
    /// Makes the call; the root of its trace says in which step.
    pub(crate) async fn call(&self, step: &str) -> Result<Call, CallError> {
        let start = Timestamp::now();
        let started = Instant::now();
        let output = self.run(step).await?;
        let ended = Instant::now();
        let stdout = String::from_utf8_lossy(&output.stdout);
        // Log lines come before it.
        let stderr = String::from_utf8_lossy(&output.stderr);
        let complaint = stderr.lines().last().unwrap_or_default().to_owned();
        let answer = parse(&stdout);
        let Some((json, band)) = answer else {
            return Err(CallError::NoAnswer { complaint });
        };
        Ok(Call {
            start,
            took: ended - started,
            ended,
            json: json.to_owned(),
            band,
            trace_id: stdout.lines().last().and_then(trace_id),
            complaint: (!output.status.success()).then_some(complaint),
        })
    }

    /// Runs the client to its end. It ends with the demo if that comes first.
    pub(crate) async fn run(&self, step: &str) -> io::Result<std::process::Output> {
        let arguments = ["demo", "service", "client", "--bands-url", self.bands_url]
            .into_iter()
            .chain(["--ui-url", self.ui_url, "--attribute"])
            .map(OsString::from)
            .chain([format!("demo.step={step}").into()])
            .collect();
        let spec = Spec {
            name: "the client",
            program: self.program,
            arguments,
            environment: self.environment,
            kill_on_drop: true,
        };
        let mut child = spec.command().spawn()?;
        // Taken out, so that it stays open for as long as the client runs.
        let lifeline = child.stdin.take();
        let output = child.wait_with_output().await;
        drop(lifeline);
        output
    }
}

/// The JSON that the output begins with, up to the brace that closes it on a line of its own.
fn parse(stdout: &str) -> Option<(&str, Band)> {
    let (json, _) = stdout.split_once("\n}\n")?;
    let json = &stdout[..json.len() + "\n}".len()];
    Some((json, serde_json::from_str(json).ok()?))
}

/// The id at the end of the trace's URL.
fn trace_id(line: &str) -> Option<TraceId> {
    let (_, id) = line.rsplit_once("/trace/")?;
    id.trim().parse().ok()
}
