//! A running backend, as commands ask it: where it is, how long they wait, and what goes wrong.

mod error;
mod json;
mod trace_id;

use std::time::Duration;

use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use tokio::time::timeout;

pub(super) use error::BackendError;
pub(super) use json::{escaped, number};
pub(super) use trace_id::TypedTraceId;

/// How long a connection may take to come about.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// How long an answer may take: Clew gives up a query after 30 s.
const ANSWER_DEADLINE: Duration = Duration::from_secs(35);

/// How long an answer, or an event, may be: as much as Clew lets a query take. What sends more is none.
pub(super) const ANSWER_BYTES_MAX: usize = 256 << 20;

/// How long the body of a failure may be, which is a sentence.
const FAILURE_BYTES_MAX: usize = 64 << 10;

/// A backend.
pub(super) struct Client {
    http: reqwest::Client,
    server: Url,
}

impl Client {
    pub(super) fn new(server: Url) -> Result<Self, BackendError> {
        // reqwest is built without a choice of cryptography; somebody may have made one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder().connect_timeout(CONNECT_DEADLINE);
        if is_this_machine(&server) {
            // Whatever proxy there is has no business here.
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build().map_err(BackendError::Setup)?,
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

    /// The URL of this path of Clew's API.
    pub(super) fn endpoint(&self, path: &str) -> Url {
        self.endpoint_of(path.split('/'))
    }

    /// The same of a path in its parts, which may hold slashes.
    pub(super) fn endpoint_of<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.server.clone();
        // Only URLs without a host have no path, and the command line takes none of those.
        if let Ok(mut segments) = url.path_segments_mut() {
            let api = ["api", "clew", "v1"];
            segments.pop_if_empty().extend(api).extend(parts);
        }
        url
    }

    /// What `parse` makes of the answer to a question.
    pub(super) async fn ask<T>(
        &self,
        url: Url,
        parse: impl FnOnce(&[u8]) -> serde_json::Result<T>,
    ) -> Result<T, BackendError> {
        let ask = async {
            let response = self.get(url).await?;
            let answer = self.read(response, ANSWER_BYTES_MAX).await?;
            parse(&answer).map_err(|error| BackendError::NotClew {
                url: self.url(),
                problem: error.to_string(),
            })
        };
        let asked = timeout(ANSWER_DEADLINE, ask).await;
        asked.unwrap_or_else(|_| Err(self.silent(ANSWER_DEADLINE)))
    }

    /// The response to a question, whose body comes as it is made.
    pub(super) async fn begin(&self, url: Url) -> Result<Response, BackendError> {
        let asked = timeout(ANSWER_DEADLINE, self.get(url)).await;
        asked.unwrap_or_else(|_| Err(self.silent(ANSWER_DEADLINE)))
    }

    fn silent(&self, after: Duration) -> BackendError {
        let url = self.url();
        BackendError::Silent { url, after }
    }

    /// The answer to a question that Clew takes for one.
    async fn get(&self, url: Url) -> Result<Response, BackendError> {
        let response = self.http.get(url).send().await;
        let response = response.map_err(|error| self.failed(error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let message = match self.read(response, FAILURE_BYTES_MAX).await {
            Ok(body) => failure_message(&body),
            // No sentence of Clew's is so long.
            Err(BackendError::NotClew { .. }) => None,
            Err(error) => return Err(error),
        };
        Err(BackendError::of_answer(self.url(), status, message))
    }

    async fn read(
        &self,
        mut response: Response,
        bytes_max: usize,
    ) -> Result<Vec<u8>, BackendError> {
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

    fn failed(&self, error: reqwest::Error) -> BackendError {
        let (url, source) = (self.url(), error.without_url());
        if source.is_connect() {
            BackendError::Unreachable { url, source }
        } else {
            BackendError::Broken { url, source }
        }
    }
}

pub(super) fn too_long(url: String) -> BackendError {
    BackendError::NotClew {
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

/// The URL of a backend on the command line.
pub(super) fn server(text: &str) -> Result<Url, &'static str> {
    const PROBLEM: &str = "it is no URL such as http://localhost:16686";
    let url: Url = text.parse().map_err(|_| PROBLEM)?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() {
        return Err(PROBLEM);
    }
    Ok(url)
}
