//! Asks Clew, by its own API, about the log records of a corpus.

use std::num::NonZeroU32;
use std::time::Instant;

use clew_model::{LogRecord, LogRecordRef, Value as Body};
use serde_json::Value;
use url::form_urlencoded;

use super::{QueryError, TIMEOUT, WARM_UP};
use crate::{Corpus, Endpoint, Latencies, RARE_EVERY, RARE_WORD, http_client};

/// About so many log records are asked about: the same question again and again would measure a cache.
const SAMPLED: u64 = 256;

/// The questions that people ask of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogQuery {
    /// The newest hundred.
    Newest,
    /// The newest hundred of a service.
    NewestOfService,
    /// The newest hundred errors.
    Errors,
    /// Those of a trace.
    OfTrace,
    /// A word that one in 200,000 says.
    RareWord,
    /// The number of an id that one says, whole.
    Id,
    /// A word that none says.
    MissingWord,
    /// How many there are over time, by severity.
    Counts,
    /// The same of those of a service.
    CountsOfService,
    /// The same of those that say a word which many say.
    CountsOfWord,
}

impl LogQuery {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Newest,
        Self::NewestOfService,
        Self::Errors,
        Self::OfTrace,
        Self::RareWord,
        Self::Id,
        Self::MissingWord,
        Self::Counts,
        Self::CountsOfService,
        Self::CountsOfWord,
    ];

    /// What the table of figures calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest 100 log records",
            Self::NewestOfService => "newest 100 of a service",
            Self::Errors => "newest 100 errors",
            Self::OfTrace => "log records of a trace",
            Self::RareWord => "rare word",
            Self::Id => "an id within the text",
            Self::MissingWord => "a word that nobody says",
            Self::Counts => "counts over time",
            Self::CountsOfService => "counts of a service",
            Self::CountsOfWord => "counts of a frequent word",
        }
    }

    /// The path, and how many log records must be in the answer; `None` for some.
    fn question(self, record: &LogRecord, records: u64, step: u64) -> (String, Option<u64>) {
        let find = |name: &str, value: &str| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair(name, value);
            format!("/api/clew/v1/logs?{}", query.finish())
        };
        let service = record.resource.attributes.iter();
        let service = service.filter(|it| it.key == "service.name");
        let service: String = service.map(|it| text_of(&it.value)).collect();
        let counts = |query: String| format!("/api/clew/v1/logs/counts?step={step}s{query}");
        match self {
            Self::Newest => (find("limit", "100"), Some(records.min(100))),
            Self::NewestOfService => (find("service", &service), None),
            Self::Errors => (find("severity", "error"), None),
            Self::OfTrace => {
                let id = record.trace_id.map(|id| id.to_string());
                (find("trace", &id.unwrap_or_default()), None)
            }
            Self::RareWord => {
                let rare = records / RARE_EVERY;
                (find("text", RARE_WORD), Some(rare.min(100)))
            }
            Self::Id => (find("text", id_within(&text_of(&record.body))), None),
            Self::MissingWord => (find("text", "zanzibar"), Some(0)),
            Self::Counts => (counts(String::new()), Some(records)),
            Self::CountsOfService => (counts(format!("&service={service}")), None),
            Self::CountsOfWord => (counts("&text=slow+request".to_owned()), None),
        }
    }
}

fn text_of(value: &Body) -> String {
    match value {
        Body::String(text) => text.clone(),
        _ => String::new(),
    }
}

/// The id of the user, which has twelve digits.
fn id_within(text: &str) -> &str {
    let mut words = text.split(' ');
    words
        .find_map(|word| word.strip_prefix("usr_"))
        .unwrap_or("no id")
}

/// Questions about the log records of a corpus that a backend holds, and nothing else besides.
#[derive(Debug, Clone)]
pub struct LogQueries {
    /// The corpus that was sent.
    pub corpus: Corpus,
    /// How many of its log records.
    pub records: u64,
    /// Where the backend serves its API.
    pub endpoint: Endpoint,
    /// How often each question is asked.
    pub times: NonZeroU32,
}

/// How long the answers to one question took.
#[derive(Debug, Clone)]
pub struct LogQueryOutcome {
    /// Which question.
    pub query: LogQuery,
    /// From its first byte to the last byte of the answer.
    pub latencies: Latencies,
    /// The length of an answer on average, in bytes.
    pub answer_bytes: u64,
}

impl LogQueries {
    /// Asks every question in turn, one at a time on one connection, and checks each answer.
    ///
    /// # Errors
    /// If nobody answers, or an answer is wrong.
    pub async fn run(&self) -> Result<Vec<LogQueryOutcome>, QueryError> {
        let sample = self.sample();
        if sample.is_empty() {
            return Err(QueryError::NothingToAsk);
        }
        let client = http_client(TIMEOUT).map_err(|source| self.http_error(source))?;
        let mut outcomes = Vec::new();
        for query in LogQuery::ALL {
            let mut latencies = Latencies::default();
            let mut bytes = 0;
            for turn in 0..WARM_UP + self.times.get() {
                let record = &sample[turn as usize % sample.len()];
                let start = Instant::now();
                let answer = self.ask(&client, query, record).await?;
                if turn >= WARM_UP {
                    latencies.record(start.elapsed());
                    bytes += answer;
                }
            }
            outcomes.push(LogQueryOutcome {
                query,
                answer_bytes: bytes / latencies.count(),
                latencies,
            });
        }
        Ok(outcomes)
    }

    /// Some log records about requests that were served, spread evenly over the corpus.
    fn sample(&self) -> Vec<LogRecord> {
        let every = (self.records / SAMPLED).max(1);
        let mut seen = 0;
        let mut sample = Vec::new();
        for request in self.corpus.log_requests(self.records) {
            let Ok(decoded) = clew_otlp::decode_logs(request.body) else {
                continue;
            };
            let served = decoded.batch.records().map(LogRecordRef::to_log_record);
            let served = served.filter(|record| text_of(&record.body).contains("usr_"));
            for record in served {
                seen += 1;
                if seen % every == 0 {
                    sample.push(record);
                }
            }
        }
        sample
    }

    /// How many bytes the answer has, which is checked.
    async fn ask(
        &self,
        client: &reqwest::Client,
        query: LogQuery,
        record: &LogRecord,
    ) -> Result<u64, QueryError> {
        let step = Corpus::duration(self.records)
            .saturating_mul(self.corpus.slowdown.get())
            .as_secs()
            / 50
            + 1;
        let (path, expected) = query.question(record, self.records, step);
        let mut url = self.endpoint.url().clone();
        let (path_alone, parameters) = path.split_once('?').unwrap_or((&path, ""));
        url.set_path(path_alone);
        url.set_query(Some(parameters));
        let response = client.get(url).send().await;
        let response = response.map_err(|source| self.http_error(source))?;
        let answer = response.bytes().await;
        let answer = answer.map_err(|source| self.http_error(source))?;
        let found = found_in(&answer);
        let is_right = match expected {
            Some(expected) => found == Some(expected),
            None => found.is_some_and(|found| found > 0),
        };
        if is_right {
            return Ok(answer.len() as u64);
        }
        Err(QueryError::Wrong {
            path,
            what: format!("it has {found:?} log records, and not {expected:?}"),
        })
    }

    fn http_error(&self, source: reqwest::Error) -> QueryError {
        QueryError::Http {
            endpoint: self.endpoint.clone(),
            source,
        }
    }
}

/// How many log records an answer has, or tells of.
fn found_in(answer: &[u8]) -> Option<u64> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    if let Some(records) = answer["records"].as_array() {
        return Some(records.len() as u64);
    }
    let cells = answer["cells"].as_array()?.iter();
    cells.map(|cell| cell["records"].as_u64()).sum()
}
