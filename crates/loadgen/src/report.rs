//! Measurements as a person and as a program read them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use clew_terminal::duration;
use serde::Serialize;

use crate::{Kept, Latencies, Load, LoadOutcome, LogQueryOutcome, Memory, Opening, QueryOutcome};

/// The shortest time that a process can be seen to have computed.
const FINEST: Duration = Duration::from_millis(10);

/// How a load went.
#[derive(Debug, Serialize)]
pub struct LoadReport {
    /// To whom it was sent.
    pub endpoint: String,
    /// In which way: `grpc` or `http/protobuf`.
    pub protocol: String,
    /// On how many connections.
    pub connections: u16,
    /// At how many spans a second, if not as fast as possible.
    pub rate: Option<u32>,
    /// The seed of the corpus.
    pub seed: u64,
    /// When its first trace starts, in nanoseconds since the Unix epoch.
    pub start_unix_nano: u64,
    /// Spans that were taken.
    pub acknowledged_spans: u64,
    /// Spans that were refused.
    pub rejected_spans: u64,
    /// What the backend said of the first of those.
    pub rejection: Option<String>,
    /// Requests that were answered.
    pub requests: u64,
    /// How often one was sent again.
    pub retries: u64,
    /// Bytes of a span on the wire, on average.
    pub bytes_per_span: f64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Spans taken per second.
    pub spans_per_second: f64,
    /// How long acknowledgements took.
    pub acknowledgement_ms: Percentiles,
    /// What it took of the backend's process, if that was watched.
    pub process: Option<ProcessReport>,
}

/// What was seen of the backend's process.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The time that it computed.
    pub cpu_time: Duration,
    /// The memory that it takes at the end.
    pub memory: Memory,
    /// For each second the most anonymous memory, in bytes.
    pub over_time: Vec<u64>,
}

/// What a load took of the backend's process.
#[derive(Debug, Serialize)]
pub struct ProcessReport {
    /// The time that it computed, until it came to rest.
    pub cpu_seconds: f64,
    /// Spans taken per second of computing.
    pub spans_per_cpu_second: f64,
    /// The most memory that it ever had, in bytes.
    pub memory_peak_bytes: u64,
    /// The most anonymous memory that was seen, in bytes.
    pub memory_anonymous_peak_bytes: u64,
    /// For each second of the load the most anonymous memory that was seen, in bytes.
    pub memory_anonymous_over_time: Vec<u64>,
    /// The memory that it had at the end, in bytes.
    pub memory_resident_bytes: u64,
}

/// Of many times, in milliseconds.
#[derive(Debug, Serialize)]
pub struct Percentiles {
    /// Half took no longer.
    pub p50: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// 999 of 1000 took no longer.
    pub p99_9: f64,
    /// None took longer.
    pub max: f64,
}

impl From<&Latencies> for Percentiles {
    fn from(latencies: &Latencies) -> Self {
        Self {
            p50: millis(latencies.per_mille(500)),
            p99: millis(latencies.per_mille(990)),
            p99_9: millis(latencies.per_mille(999)),
            max: millis(latencies.max()),
        }
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

impl LoadReport {
    /// The report of a load; `process` is what it took of the backend's process.
    pub fn new(load: &Load, outcome: LoadOutcome, process: Option<Taken>) -> Self {
        let acknowledged = count(outcome.acknowledged);
        let seconds = outcome.elapsed.as_secs_f64();
        let process = process.map(|taken| ProcessReport {
            cpu_seconds: taken.cpu_time.as_secs_f64(),
            spans_per_cpu_second: acknowledged / taken.cpu_time.max(FINEST).as_secs_f64(),
            memory_peak_bytes: taken.memory.peak,
            memory_anonymous_peak_bytes: taken.over_time.iter().copied().max().unwrap_or(0),
            memory_anonymous_over_time: taken.over_time,
            memory_resident_bytes: taken.memory.resident,
        });
        Self {
            endpoint: load.endpoint.to_string(),
            protocol: load.protocol.to_string(),
            connections: load.connections.get(),
            rate: load.rate.map(Into::into),
            seed: load.corpus.seed,
            start_unix_nano: load.corpus.start.unix_nanos(),
            acknowledged_spans: outcome.acknowledged,
            rejected_spans: outcome.rejected,
            rejection: outcome.rejection,
            requests: outcome.requests,
            retries: outcome.retries,
            bytes_per_span: count(outcome.bytes) / count(outcome.acknowledged + outcome.rejected),
            seconds,
            spans_per_second: acknowledged / seconds,
            acknowledgement_ms: Percentiles::from(&outcome.latencies),
            process,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody sends 2^53 spans")]
fn count(count: u64) -> f64 {
    count as f64
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoint, protocol, ..
        } = self;
        writeln!(f, "{endpoint} ({protocol})")?;
        writeln!(
            f,
            "  acknowledged     {} spans in {:.2} s, {:.0} a second, {:.0} bytes each",
            self.acknowledged_spans, self.seconds, self.spans_per_second, self.bytes_per_span
        )?;
        if let Some(reason) = &self.rejection {
            let rejected = self.rejected_spans;
            writeln!(f, "  rejected         {rejected} spans: {reason:?}")?;
        }
        let Percentiles {
            p50,
            p99,
            p99_9,
            max,
        } = self.acknowledgement_ms;
        writeln!(
            f,
            "  acknowledgement  p50 {p50:.1} ms, p99 {p99:.1} ms, p99.9 {p99_9:.1} ms, max {max:.1} ms \
             ({} requests, {} sent again)",
            self.requests, self.retries
        )?;
        if let Some(process) = &self.process {
            writeln!(
                f,
                "  process          {:.2} s of CPU, {:.0} spans a CPU second; memory at most {}, \
                 now {}",
                process.cpu_seconds,
                process.spans_per_cpu_second,
                megabytes(process.memory_peak_bytes),
                megabytes(process.memory_resident_bytes)
            )?;
        }
        Ok(())
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", count(bytes) / 1e6)
}

/// Whether a backend has what it should.
#[derive(Debug, Serialize)]
pub struct KeptReport {
    /// How many traces were asked for.
    pub traces: u64,
    /// How many spans they have.
    pub spans: u64,
    /// How many of those it does not have.
    pub missing_spans: u64,
}

impl From<Kept> for KeptReport {
    fn from(kept: Kept) -> Self {
        Self {
            traces: kept.traces,
            spans: kept.spans,
            missing_spans: kept.missing,
        }
    }
}

impl fmt::Display for KeptReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            traces,
            spans,
            missing_spans,
        } = self;
        writeln!(
            f,
            "  {traces} traces with {spans} spans, of which {missing_spans} are missing"
        )
    }
}

/// How long the answers to one question took.
#[derive(Debug, Serialize)]
pub struct QueryReport {
    /// Which question.
    pub query: &'static str,
    /// How often it was asked.
    pub count: u64,
    /// How long the answers took, to their last byte.
    pub answer_ms: Percentiles,
    /// How long they were on average.
    pub answer_bytes: u64,
}

impl From<&LogQueryOutcome> for QueryReport {
    fn from(outcome: &LogQueryOutcome) -> Self {
        Self {
            query: outcome.query.name(),
            count: outcome.latencies.count(),
            answer_ms: Percentiles::from(&outcome.latencies),
            answer_bytes: outcome.answer_bytes,
        }
    }
}

impl From<&QueryOutcome> for QueryReport {
    fn from(outcome: &QueryOutcome) -> Self {
        Self {
            query: outcome.query.name(),
            count: outcome.latencies.count(),
            answer_ms: Percentiles::from(&outcome.latencies),
            answer_bytes: outcome.answer_bytes,
        }
    }
}

impl fmt::Display for QueryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Percentiles { p50, p99, max, .. } = self.answer_ms;
        writeln!(
            f,
            "  {:32} p50 {p50:7.2} ms, p99 {p99:7.2} ms, max {max:7.2} ms, {} bytes",
            self.query, self.answer_bytes
        )
    }
}

/// How a server came up.
#[derive(Debug, Serialize)]
pub struct OpenReport {
    /// From its start to its first answer, in milliseconds, once for each start.
    pub ready_ms: Vec<f64>,
    /// The median of those.
    pub ready_ms_p50: f64,
    /// The most memory that it had when it had come to rest, in bytes.
    pub memory_resident_bytes: u64,
}

impl OpenReport {
    /// The report of several starts.
    pub fn new(openings: &[Opening]) -> Self {
        let mut sorted: Vec<Duration> = openings.iter().map(|opening| opening.ready).collect();
        sorted.sort_unstable();
        let resident = openings.iter().map(|opening| opening.memory.resident);
        Self {
            ready_ms: openings
                .iter()
                .map(|opening| millis(opening.ready))
                .collect(),
            ready_ms_p50: sorted
                .get(sorted.len() / 2)
                .copied()
                .map(millis)
                .unwrap_or_default(),
            memory_resident_bytes: resident.max().unwrap_or_default(),
        }
    }
}

impl fmt::Display for OpenReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready = duration(Duration::from_secs_f64(self.ready_ms_p50 / 1000.0));
        let starts = self.ready_ms.len();
        let memory = megabytes(self.memory_resident_bytes);
        writeln!(
            f,
            "  ready after {ready} (median of {starts} starts), {memory} of memory at rest"
        )
    }
}
