//! The backend as the demo sees it: traces, asked for over HTTP in Jaeger's JSON, so that any
//! backend that answers it will do; and log records, if it keeps them.

mod jaeger;
pub(crate) mod logs;
pub(crate) mod own;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use clew_model::{Span, SpanTree, Trace, TraceId};
use reqwest::StatusCode;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use self::jaeger::{Envelope, JaegerTrace};
use self::logs::LogLine;
use crate::BackendPorts;

#[cfg(test)]
mod tests;

/// More than any backend needs for what the demo asks.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// How long a trace may be on its way: the services send every 0.1 s, the rest is a slow machine.
const ARRIVAL_DEADLINE: Duration = Duration::from_secs(10);
/// How long after its end a call may have log records that no service has sent yet:
/// OpenTelemetry's SDK sends them once a second, and they have a way to go.
const LOGS_DELAY: Duration = Duration::from_millis(1_300);
/// From one question for a trace to the next.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// How long no trace may show up before the demo says that there is none: several times the 0.1 s
/// after which a service sends its spans.
const SILENCE: Duration = Duration::from_millis(600);

/// What traces come in.
const JAEGER: &str = "Jaeger's JSON";

/// Why the backend cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// It cannot be reached, or breaks off.
    #[error("the backend at {url} does not answer")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// It refuses to answer.
    #[error("the backend answers {url} with {status}")]
    Refused {
        /// What was asked for.
        url: String,
        /// What it says.
        status: StatusCode,
    },
    /// Its answer makes no sense.
    #[error("the backend's answer to {url} is not {form}: {problem}")]
    Format {
        /// What was asked for.
        url: String,
        /// What it should be.
        form: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// A backend that listens, and how to ask it.
#[derive(Debug, Clone)]
pub(crate) struct BackendClient {
    http: reqwest::Client,
    ports: BackendPorts,
    /// Where it answers and shows its pages: `http://localhost:16686`.
    url: String,
    /// Where it takes spans over gRPC: `http://localhost:4317`.
    otlp_url: String,
}

/// Who listens on the ports of a backend.
#[derive(Debug)]
pub(crate) enum Presence {
    /// A backend that answers as Jaeger does and takes spans.
    Ready,
    /// A backend that answers as Jaeger does, but nobody takes spans.
    WithoutOtlp,
    /// Somebody who does not answer as Jaeger does.
    Stranger(BackendError),
    /// Nobody.
    None,
}

impl BackendClient {
    /// The backend on these ports of this machine; whether it is there is not asked yet.
    pub(crate) fn at(ports: BackendPorts) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: crate::http::client(ANSWER_DEADLINE)?,
            ports,
            url: format!("http://localhost:{}", ports.http),
            otlp_url: format!("http://localhost:{}", ports.otlp_grpc),
        })
    }

    /// The ports of it that the demo uses.
    pub(crate) fn ports(&self) -> BackendPorts {
        self.ports
    }

    /// Where it shows its pages.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where services send their spans.
    pub(crate) fn otlp_url(&self) -> &str {
        &self.otlp_url
    }

    /// Where it shows the trace.
    pub(crate) fn trace_url(&self, id: TraceId) -> String {
        format!("{}/trace/{id}", self.url)
    }

    /// Who listens on its ports.
    pub(crate) async fn presence(&self) -> Presence {
        match self.get::<IgnoredAny>("/api/services").await {
            Ok(_) if accepts_connections(&self.otlp_url).await => Presence::Ready,
            Ok(_) => Presence::WithoutOtlp,
            Err(BackendError::Unreachable { source, .. }) if source.is_connect() => Presence::None,
            Err(error) => Presence::Stranger(error),
        }
    }

    /// The spans of the trace that have arrived, if any have.
    async fn trace(&self, id: TraceId) -> Result<Option<Trace>, BackendError> {
        self.get_trace(&format!("/api/traces/{id}")).await
    }

    /// The trace once it has spans of all these services and all their parents, or whatever there
    /// is of it when the time is up.
    pub(crate) async fn complete_trace(
        &self,
        id: TraceId,
        services: &[&str],
    ) -> Result<Option<Trace>, BackendError> {
        let deadline = Instant::now() + ARRIVAL_DEADLINE;
        loop {
            let trace = self.trace(id).await?;
            let is_complete = trace
                .as_ref()
                .is_some_and(|trace| is_complete(trace, services));
            if is_complete || Instant::now() >= deadline {
                return Ok(trace);
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The log records of a trace whose call ended then, the oldest first; those that there are
    /// when the time is up, if not all these services have sent some. `None` if the backend keeps
    /// no log records.
    pub(crate) async fn complete_logs(
        &self,
        id: TraceId,
        services: &[&str],
        ended: std::time::Instant,
    ) -> Result<Option<Vec<LogLine>>, BackendError> {
        let deadline = Instant::now() + ARRIVAL_DEADLINE;
        loop {
            let lines = self.logs(id).await?;
            let is_complete = lines
                .as_ref()
                .is_none_or(|lines| ended.elapsed() >= LOGS_DELAY && logs::are_of(lines, services));
            if is_complete || Instant::now() >= deadline {
                return Ok(lines);
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The log records of the trace that have arrived.
    async fn logs(&self, id: TraceId) -> Result<Option<Vec<LogLine>>, BackendError> {
        let path = logs::path(id);
        let answer = match self.fetch(&path).await {
            Err(BackendError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => {
                return Ok(None);
            }
            answer => answer?,
        };
        logs::parse(&answer).map_err(|error| self.format_error(&path, "Clew's JSON", &error))
    }

    /// The first trace of one of these services that started at `since` or later, if one shows up
    /// while the demo listens for a moment.
    pub(crate) async fn unexpected_trace(
        &self,
        services: &[&str],
        since: SystemTime,
    ) -> Result<Option<Trace>, BackendError> {
        let deadline = Instant::now() + SILENCE;
        loop {
            for service in services {
                if let Some(trace) = self.first_trace(service, since).await? {
                    return Ok(Some(trace));
                }
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    async fn first_trace(
        &self,
        service: &str,
        since: SystemTime,
    ) -> Result<Option<Trace>, BackendError> {
        let since = since.duration_since(SystemTime::UNIX_EPOCH);
        let micros = since.unwrap_or_default().as_micros();
        let path = format!("/api/traces?service={service}&start={micros}&limit=1");
        self.get_trace(&path).await
    }

    /// The first trace of the answer; a backend that has none may say so as "not found".
    async fn get_trace(&self, path: &str) -> Result<Option<Trace>, BackendError> {
        let traces = match self.get(path).await {
            Err(BackendError::Refused { status, .. }) if status == StatusCode::NOT_FOUND => {
                return Ok(None);
            }
            traces => traces?,
        };
        let first = traces.into_iter().next();
        let trace = first.map(JaegerTrace::into_trace).transpose();
        trace.map_err(|error| self.format_error(path, JAEGER, &error))
    }

    /// What the backend answers in Jaeger's JSON.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, BackendError> {
        let body = self.fetch(path).await?;
        let envelope: Envelope<T> = serde_json::from_slice(&body)
            .map_err(|error| self.format_error(path, JAEGER, &error))?;
        Ok(envelope.data.unwrap_or_default())
    }

    /// What the backend answers.
    async fn fetch(&self, path: &str) -> Result<Vec<u8>, BackendError> {
        let url = format!("{}{path}", self.url);
        let unreachable = |source| BackendError::Unreachable {
            url: url.clone(),
            source,
        };
        let response = self.http.get(&url).send().await.map_err(unreachable)?;
        let status = response.status();
        if !status.is_success() {
            return Err(BackendError::Refused { url, status });
        }
        let body = response.bytes().await.map_err(unreachable)?;
        Ok(body.into())
    }

    fn format_error(
        &self,
        path: &str,
        form: &'static str,
        error: &dyn std::error::Error,
    ) -> BackendError {
        BackendError::Format {
            url: format!("{}{path}", self.url),
            form,
            problem: error.to_string(),
        }
    }
}

/// Whether the trace has spans of all these services, and the parents of all its spans.
fn is_complete(trace: &Trace, services: &[&str]) -> bool {
    let present: BTreeSet<&str> = trace.spans.iter().filter_map(Span::service_name).collect();
    let tree = SpanTree::new(trace);
    services.iter().all(|service| present.contains(service))
        && tree.nodes().iter().all(|node| !node.is_orphan())
}

/// Whether somebody listens at the address of this URL: `http://localhost:4317`.
pub(crate) async fn accepts_connections(url: &str) -> bool {
    let address = url.trim_start_matches("http://");
    TcpStream::connect(address).await.is_ok()
}

/// The trace of an answer, as a test has it.
#[cfg(test)]
pub(crate) fn parse_trace(answer: &str) -> Option<Trace> {
    let envelope: Envelope<JaegerTrace> = serde_json::from_str(answer).ok()?;
    envelope.data?.pop()?.into_trace().ok()
}
