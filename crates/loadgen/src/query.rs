//! Asks a backend that holds a corpus, by Jaeger's API, and measures how long it takes to answer.

mod kept;
mod logs;
mod questions;
mod sample;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Corpus, Endpoint, Latencies, http_client};
pub use kept::Kept;
pub use logs::{LogQueries, LogQuery, LogQueryOutcome};
pub use questions::Query;
use questions::Question;
use sample::Sample;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How often each question is asked before it counts, so that caches are as warm as they get.
const WARM_UP: u32 = 5;

/// Questions about a corpus that a backend holds, and nothing else besides.
#[derive(Debug, Clone)]
pub struct Queries {
    /// The corpus that was sent.
    pub corpus: Corpus,
    /// How much of it.
    pub spans: u64,
    /// Where the backend serves Jaeger's API.
    pub endpoint: Endpoint,
    /// How often each question is asked.
    pub times: NonZeroU32,
}

/// How long the answers to one question took.
#[derive(Debug, Clone)]
pub struct QueryOutcome {
    /// Which question.
    pub query: Query,
    /// From its first byte to the last byte of the answer.
    pub latencies: Latencies,
    /// The length of an answer on average, in bytes.
    pub answer_bytes: u64,
}

/// Why no answer could be measured.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The corpus has no traces.
    #[error("there are no spans to ask for")]
    NothingToAsk,
    /// Nobody answers.
    #[error("{endpoint} does not answer")]
    Http {
        /// Who was asked.
        endpoint: Endpoint,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The answer is wrong, so that its time means nothing.
    #[error("the answer to {path} is wrong: {what}")]
    Wrong {
        /// What was asked.
        path: String,
        /// How one sees that the answer is wrong.
        what: String,
    },
}

impl Queries {
    /// Asks every question in turn, one at a time on one connection, and checks each answer against
    /// the corpus.
    ///
    /// # Errors
    /// If nobody answers, or an answer is wrong.
    pub async fn run(&self) -> Result<Vec<QueryOutcome>, QueryError> {
        let sample = Sample::take(self.corpus, self.spans);
        if sample.traces.is_empty() {
            return Err(QueryError::NothingToAsk);
        }
        let client = http_client(TIMEOUT).map_err(|source| self.http_error(source))?;
        let mut outcomes = Vec::new();
        for query in Query::ALL {
            outcomes.push(self.measure(&client, &sample, query).await?);
        }
        Ok(outcomes)
    }

    async fn measure(
        &self,
        client: &reqwest::Client,
        sample: &Sample,
        query: Query,
    ) -> Result<QueryOutcome, QueryError> {
        let mut latencies = Latencies::default();
        let mut bytes = 0;
        for turn in 0..WARM_UP + self.times.get() {
            let question = query.question(sample, turn as usize);
            let start = Instant::now();
            let (status, answer) = self
                .ask(client, &question)
                .await
                .map_err(|source| self.http_error(source))?;
            let latency = start.elapsed();
            check(&question, status, &answer).map_err(|what| QueryError::Wrong {
                path: question.path,
                what,
            })?;
            if turn >= WARM_UP {
                latencies.record(latency);
                bytes += answer.len() as u64;
            }
        }
        Ok(QueryOutcome {
            query,
            answer_bytes: bytes / latencies.count(),
            latencies,
        })
    }

    async fn ask(
        &self,
        client: &reqwest::Client,
        question: &Question,
    ) -> reqwest::Result<(http::StatusCode, bytes::Bytes)> {
        let mut url = self.endpoint.url().clone();
        let (path, query) = question
            .path
            .split_once('?')
            .unwrap_or((&question.path, ""));
        url.set_path(path);
        url.set_query(Some(query));
        let response = client.get(url).send().await?;
        let status = response.status();
        Ok((status, response.bytes().await?))
    }

    fn http_error(&self, source: reqwest::Error) -> QueryError {
        QueryError::Http {
            endpoint: self.endpoint.clone(),
            source,
        }
    }
}

/// Holds the answer against what the corpus says; the error is how one sees that it is wrong.
fn check(question: &Question, status: http::StatusCode, answer: &[u8]) -> Result<(), String> {
    if status.as_u16() != question.status {
        return Err(format!("its status is {status}"));
    }
    let answer: Value = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
    question.expected.check(&answer)
}
