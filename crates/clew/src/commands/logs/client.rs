//! The backend, as it is asked for log records.

use std::time::Duration;

use anstream::eprintln;
use reqwest::{Response, Url};
use tokio::time::timeout;

use super::super::backend::{ANSWER_BYTES_MAX, BackendError, Client, TypedTraceId, too_long};
use super::events::EventReader;
use super::record::{Page, Record};
use crate::error::harmless;

/// How long a tail may be silent: Clew gives a sign of life every 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(40);

/// What must hold of a log record.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) text: Option<String>,
    pub(super) service: Option<String>,
    pub(super) trace: Option<TypedTraceId>,
    pub(super) severity: Option<String>,
    /// What is asked for happened from then on, in nanoseconds since 1970. What arrives may have happened
    /// whenever it did.
    pub(super) start: Option<u128>,
}

/// A backend, as it is asked for log records.
pub(super) struct LogClient(Client);

/// Log records as they arrive.
pub(super) struct Tail {
    response: Response,
    events: EventReader,
    url: String,
}

/// What comes on a tail.
#[derive(Debug)]
pub(super) enum Arrival {
    Record(Box<Record>),
    /// More came than is shown.
    Skipped,
    /// One that cannot be understood.
    Unreadable,
}

impl LogClient {
    pub(super) fn new(server: Url) -> Result<Self, BackendError> {
        Client::new(server).map(Self)
    }

    /// Where the backend is, for a reader.
    pub(super) fn url(&self) -> String {
        self.0.url()
    }

    /// The newest, so many at the most; with `start`, as that of the question, those from the later of the two on; with
    /// `after`, older ones than on the page before.
    pub(super) async fn page(
        &self,
        question: &Question,
        limit: u16,
        start: Option<u128>,
        after: Option<&str>,
    ) -> Result<Page, BackendError> {
        let mut url = self.endpoint("logs", question);
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &limit.to_string());
        if let Some(start) = start.max(question.start) {
            query.append_pair("start", &start.to_string());
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        drop(query);
        let asked = self.0.ask(url, Page::parse).await;
        asked.map_err(without_logs)
    }

    /// Those that arrive from now on.
    pub(super) async fn tail(&self, question: &Question) -> Result<Tail, BackendError> {
        let begun = self.0.begin(self.endpoint("logs/live", question)).await;
        Ok(Tail {
            response: begun.map_err(without_logs)?,
            events: EventReader::default(),
            url: self.url(),
        })
    }

    /// Fails if digits of the trace's id are missing and the backend has nothing of such a trace: a trace may
    /// well have spans alone, or log records of which none matches.
    pub(super) async fn check_trace(&self, question: &Question) -> Result<(), BackendError> {
        let Some(trace) = question.trace.as_ref().filter(|trace| !trace.is_whole()) else {
            return Ok(());
        };
        let of_trace = Question {
            trace: Some(trace.clone()),
            ..Question::default()
        };
        if !self
            .page(&of_trace, 1, None, None)
            .await?
            .records
            .is_empty()
        {
            return Ok(());
        }
        let url = self.0.endpoint(&format!("traces/{}", trace.as_str()));
        let spans = self.0.begin(url).await;
        spans.map(drop).map_err(|error| error.about(&[trace]))
    }

    fn endpoint(&self, path: &str, question: &Question) -> Url {
        let mut url = self.0.endpoint(path);
        let trace = question.trace.as_ref().map(TypedTraceId::as_str);
        let conditions = [
            ("text", question.text.as_deref()),
            ("service", question.service.as_deref()),
            ("trace", trace),
            ("severity", question.severity.as_deref()),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        url
    }
}

/// A Clew that has no such path keeps no log records.
fn without_logs(error: BackendError) -> BackendError {
    match error {
        BackendError::NotFound { url, .. } => BackendError::NoLogs { url },
        error => error,
    }
}

impl Tail {
    /// What comes next.
    pub(super) async fn next(&mut self) -> Result<Arrival, BackendError> {
        loop {
            while let Some(event) = self.events.next() {
                match event.name.as_str() {
                    "record" => {
                        let record = Record::parse_event(&event.data).map(Box::new);
                        return Ok(record.map_or(Arrival::Unreadable, Arrival::Record));
                    }
                    "skipped" => return Ok(Arrival::Skipped),
                    // A later version may send more.
                    _ => {}
                }
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), BackendError> {
        let url = || self.url.clone();
        let silent = |_| BackendError::Silent {
            url: url(),
            after: SILENCE_MAX,
        };
        let chunk = timeout(SILENCE_MAX, self.response.chunk())
            .await
            .map_err(silent)?;
        let chunk = chunk.map_err(|error| BackendError::Broken {
            url: url(),
            source: error.without_url(),
        })?;
        let chunk = chunk.ok_or_else(|| BackendError::Closed { url: url() })?;
        if self.events.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(too_long(url()));
        }
        self.events.feed(&chunk);
        Ok(())
    }
}

impl Page {
    /// Says on standard error what is missing.
    pub(super) fn tell_partial(&self) {
        if let Some(why) = &self.partial {
            eprintln!("not all that is stored was looked at: {}", harmless(why));
        }
        if self.unreadable > 0 {
            eprintln!(
                "log records that this version of clew does not understand: {}",
                self.unreadable
            );
        }
    }
}
