//! `clew-loadgen`, which measures, as a program of its own: a chore is built without optimisation.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::backend::{BackendProcess, Ports};
use crate::shell::Run;

/// The program.
pub(super) struct Loadgen(PathBuf);

impl Loadgen {
    pub(super) fn new(binaries: &Path) -> Self {
        Self(binaries.join("clew-loadgen"))
    }

    /// Sends so many spans as fast as they are acknowledged; the report is that of
    /// `clew-loadgen --json`.
    pub(super) fn load(
        &self,
        backend: &BackendProcess,
        spans: u64,
        batch_delay: &str,
    ) -> Result<Value> {
        self.load_with(backend, spans, &["--batch-delay", batch_delay])
    }

    /// The same with other arguments.
    pub(super) fn load_with(
        &self,
        backend: &BackendProcess,
        spans: u64,
        more: &[&str],
    ) -> Result<Value> {
        let endpoint = url(backend.ports.otlp_grpc, "");
        let (spans, id) = (spans.to_string(), backend.process_id().to_string());
        let arguments = [
            "--json",
            "--endpoint",
            &endpoint,
            "--spans",
            &spans,
            "--pid",
            &id,
        ];
        self.read(arguments.into_iter().chain(more.iter().copied()))
    }

    /// Checks that the backend has what it has not dropped of the load of this report.
    pub(super) fn check(
        &self,
        backend: &BackendProcess,
        spans: u64,
        dropped: u64,
        loaded: &Value,
    ) -> Result<Value> {
        let endpoint = url(backend.ports.http, "");
        let (spans, start) = (spans.to_string(), loaded["start_unix_nano"].to_string());
        let dropped = dropped.to_string();
        self.read([
            "check",
            "--json",
            "--endpoint",
            &endpoint,
            "--spans",
            &spans,
            "--start-unix-nano",
            &start,
            "--dropped",
            &dropped,
        ])
    }

    /// Asks the backend that holds the log records of this report.
    pub(super) fn query_logs(
        &self,
        backend: &BackendProcess,
        records: u64,
        loaded: &Value,
    ) -> Result<Value> {
        self.query_with(backend, records, loaded, &["--signal", "logs"])
    }

    /// Asks the backend that holds the load of this report.
    pub(super) fn query(
        &self,
        backend: &BackendProcess,
        spans: u64,
        loaded: &Value,
    ) -> Result<Value> {
        self.query_with(backend, spans, loaded, &[])
    }

    fn query_with(
        &self,
        backend: &BackendProcess,
        spans: u64,
        loaded: &Value,
        more: &[&str],
    ) -> Result<Value> {
        let endpoint = url(backend.ports.http, "");
        let (spans, start) = (spans.to_string(), loaded["start_unix_nano"].to_string());
        let corpus = ["--spans", &spans, "--start-unix-nano", &start];
        let arguments = ["query", "--json", "--endpoint", &endpoint];
        self.read(
            arguments
                .into_iter()
                .chain(corpus)
                .chain(more.iter().copied()),
        )
    }

    /// Starts the server several times.
    pub(super) fn open(&self, ports: Ports, server: &[OsString]) -> Result<Value> {
        let ready = url(ports.http, "readyz");
        let arguments = ["open", "--json", "--ready", &ready, "--"].map(OsString::from);
        self.read(arguments.iter().chain(server))
    }

    fn read<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Value> {
        let report = Run::new(&self.0, arguments).read()?;
        serde_json::from_str(&report).context("clew-loadgen wrote something else than JSON")
    }
}

fn url(port: u16, path: &str) -> String {
    format!("http://127.0.0.1:{port}/{path}")
}
