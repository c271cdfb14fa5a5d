//! Checks that a backend that drops what is old has kept all that is newer.

use super::{Queries, QueryError, TIMEOUT};
use crate::http_client;
use serde_json::Value;

/// About so many traces are asked for.
const TRACES: u64 = 2000;

/// How many spans a trace of the corpus has on average.
const SPANS_PER_TRACE: u64 = 14;

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// How many traces were asked for.
    pub traces: u64,
    /// How many spans they have.
    pub spans: u64,
    /// How many of those spans the backend does not have.
    pub missing: u64,
}

impl Queries {
    /// Asks for traces, spread evenly over the corpus but for its first `dropped` spans, and counts
    /// their spans.
    ///
    /// # Errors
    /// If nobody answers, or in another way than Jaeger does.
    pub async fn check_kept(&self, dropped: u64) -> Result<Kept, QueryError> {
        let client = http_client(TIMEOUT).map_err(|source| self.http_error(source))?;
        let left = self.spans.saturating_sub(dropped);
        let every = (left / SPANS_PER_TRACE / TRACES).max(1);
        let mut kept = Kept {
            traces: 0,
            spans: 0,
            missing: 0,
        };
        let (mut sent, mut number) = (0, 0);
        for trace in self.corpus.traces() {
            if sent >= self.spans {
                break;
            }
            let is_dropped = sent < dropped;
            sent += trace.spans.len() as u64;
            if is_dropped {
                continue;
            }
            number += 1;
            if number % every == 0 {
                let expected = trace.spans.len() as u64;
                let found = self
                    .spans_of(&client, &format!("/api/traces/{}", trace.id))
                    .await?;
                kept.traces += 1;
                kept.spans += expected;
                kept.missing += expected.saturating_sub(found);
            }
        }
        Ok(kept)
    }

    /// How many spans the backend has of a trace.
    async fn spans_of(&self, client: &reqwest::Client, path: &str) -> Result<u64, QueryError> {
        let mut url = self.endpoint.url().clone();
        url.set_path(path);
        let answer = async {
            let response = client.get(url).send().await?;
            let is_missing = response.status() == http::StatusCode::NOT_FOUND;
            Ok((is_missing, response.bytes().await?))
        };
        let (is_missing, answer) = answer.await.map_err(|source| self.http_error(source))?;
        if is_missing {
            return Ok(0);
        }
        let answer: Option<Value> = serde_json::from_slice(&answer).ok();
        let spans = answer
            .as_ref()
            .and_then(|it| it["data"][0]["spans"].as_array());
        let spans = spans.ok_or_else(|| QueryError::Wrong {
            path: path.to_owned(),
            what: "it has no spans".to_owned(),
        })?;
        Ok(spans.len() as u64)
    }
}
