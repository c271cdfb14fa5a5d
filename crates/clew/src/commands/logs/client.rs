//! The backend, as it is asked for log records.

use std::time::Duration;

use anstream::eprintln;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use tokio::time::timeout;

use super::error::LogsError;
use super::events::EventReader;
use super::record::{Page, Record};
use crate::error::harmless;

/// How long a connection may take to come about.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// How long an answer may take: Clew gives up a query after 30 s.
const ANSWER_DEADLINE: Duration = Duration::from_secs(35);

/// How long a tail may be silent: Clew gives a sign of life every 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(40);

/// How long an answer, or an event, may be: as much as Clew lets a query take. What sends more is none.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// How long the body of a failure may be, which is a sentence.
const FAILURE_BYTES_MAX: usize = 64 << 10;

/// What must hold of a log record.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) text: Option<String>,
    pub(super) service: Option<String>,
    pub(super) trace: Option<String>,
    pub(super) severity: Option<String>,
}

/// A backend.
pub(super) struct Client {
    http: reqwest::Client,
    server: Url,
}

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

impl Client {
    pub(super) fn new(server: Url) -> Result<Self, LogsError> {
        // reqwest is built without a choice of cryptography; somebody may have made one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder().connect_timeout(CONNECT_DEADLINE);
        if is_this_machine(&server) {
            // Whatever proxy there is has no business here.
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build().map_err(LogsError::Setup)?,
            server,
        })
    }

    /// Where the backend is, for a reader.
    pub(super) fn url(&self) -> String {
        let mut url = self.server.clone();
        // Neither is for everyone who looks over a shoulder; a URL of HTTP can be without both.
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// The newest, so many at the most; with `start`, in nanoseconds since 1970, those from then on.
    pub(super) async fn page(
        &self,
        question: &Question,
        limit: u16,
        start: Option<i128>,
    ) -> Result<Page, LogsError> {
        let mut url = self.endpoint("logs", question);
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &limit.to_string());
        if let Some(start) = start {
            query.append_pair("start", &start.to_string());
        }
        drop(query);
        let ask = async {
            let response = self.get(url).await?;
            let answer = self.read(response, ANSWER_BYTES_MAX).await?;
            Page::parse(&answer).map_err(|error| LogsError::NotClew {
                url: self.url(),
                problem: error.to_string(),
            })
        };
        let asked = timeout(ANSWER_DEADLINE, ask).await;
        asked.unwrap_or_else(|_| Err(self.silent(ANSWER_DEADLINE)))
    }

    /// Those that arrive from now on.
    pub(super) async fn tail(&self, question: &Question) -> Result<Tail, LogsError> {
        let asked = self.get(self.endpoint("logs/live", question));
        let asked = timeout(ANSWER_DEADLINE, asked).await;
        let response = asked.unwrap_or_else(|_| Err(self.silent(ANSWER_DEADLINE)))?;
        Ok(Tail {
            response,
            events: EventReader::default(),
            url: self.url(),
        })
    }

    fn silent(&self, after: Duration) -> LogsError {
        let url = self.url();
        LogsError::Silent { url, after }
    }

    fn endpoint(&self, path: &str, question: &Question) -> Url {
        let mut url = self.server.clone();
        // Only URLs without a host have no path, and the command line takes none of those.
        if let Ok(mut segments) = url.path_segments_mut() {
            let api = ["api", "clew", "v1"];
            segments.pop_if_empty().extend(api).extend(path.split('/'));
        }
        let conditions = [
            ("text", &question.text),
            ("service", &question.service),
            ("trace", &question.trace),
            ("severity", &question.severity),
        ];
        for (name, value) in conditions {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        url
    }

    /// The answer to a question that Clew takes for one.
    async fn get(&self, url: Url) -> Result<Response, LogsError> {
        let response = self.http.get(url).send().await;
        let response = response.map_err(|error| self.failed(error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let message = match self.read(response, FAILURE_BYTES_MAX).await {
            Ok(body) => failure_message(&body),
            // No sentence of Clew's is so long.
            Err(LogsError::NotClew { .. }) => None,
            Err(error) => return Err(error),
        };
        Err(LogsError::of_answer(self.url(), status, message))
    }

    async fn read(&self, mut response: Response, bytes_max: usize) -> Result<Vec<u8>, LogsError> {
        let mut bytes = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.failed(error))? else {
                return Ok(bytes);
            };
            if bytes.len() + chunk.len() > bytes_max {
                return Err(too_long(self.url()));
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    fn failed(&self, error: reqwest::Error) -> LogsError {
        let (url, source) = (self.url(), error.without_url());
        if source.is_connect() {
            LogsError::Unreachable { url, source }
        } else {
            LogsError::Broken { url, source }
        }
    }
}

impl Tail {
    /// What comes next.
    pub(super) async fn next(&mut self) -> Result<Arrival, LogsError> {
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

    async fn read(&mut self) -> Result<(), LogsError> {
        let url = || self.url.clone();
        let silent = |_| LogsError::Silent {
            url: url(),
            after: SILENCE_MAX,
        };
        let chunk = timeout(SILENCE_MAX, self.response.chunk())
            .await
            .map_err(silent)?;
        let chunk = chunk.map_err(|error| LogsError::Broken {
            url: url(),
            source: error.without_url(),
        })?;
        let chunk = chunk.ok_or_else(|| LogsError::Closed { url: url() })?;
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

fn too_long(url: String) -> LogsError {
    LogsError::NotClew {
        url,
        problem: "its answer has no end".to_owned(),
    }
}

/// What Clew says of a question that it does not answer; `None` if it is not Clew that says it.
fn failure_message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        error: Failure,
    }
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    Some(answer.error.message)
}

fn is_this_machine(server: &Url) -> bool {
    let host = server.host_str();
    host.is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host))
}
