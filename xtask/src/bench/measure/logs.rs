//! The figures of log records: a backend of their own, and the questions that people ask of logs.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::super::backend::BackendProcess;
use super::super::disk::Size;
use super::super::loadgen::Loadgen;
use super::super::row::{Target, Unit};
use super::{Measured, example, figure};

/// What a question may take, of those that have a target.
const P50_MS_MAX: [(&str, f64); 1] = [("rare word", 20.0)];

/// How many bytes a log record may take beyond those of its text, compressed.
const BYTES_BEYOND_TEXT_MAX: f64 = 40.0;

impl Measured {
    /// Loads a fresh backend with so many log records, and asks it.
    pub(super) fn logs(
        &mut self,
        loadgen: &Loadgen,
        clew: &Path,
        data: &Path,
        records: u64,
    ) -> Result<()> {
        let backend = BackendProcess::start(clew, data)?;
        let loaded = loadgen.load_with(&backend, records, &["--signal", "logs"])?;
        self.ingest_logs(&loaded)?;
        let answers = loadgen.query_logs(&backend, records, &loaded)?;
        self.query_logs(&answers)?;
        backend.stop()?;
        let sizes = example("sizes", &data.join("logs/segments"))?;
        self.size_of_logs(Size::of(data)?, &sizes)?;
        self.raw["logs"] = json!({ "load": loaded, "queries": answers, "sizes": sizes });
        Ok(())
    }

    fn ingest_logs(&mut self, loaded: &Value) -> Result<()> {
        let rows = [
            (
                "log records per CPU-second",
                Some(Target::AtLeast(500_000.0)),
                "/process/spans_per_cpu_second",
                Unit::Count,
            ),
            (
                "log records a second, 4 connections",
                None,
                "/spans_per_second",
                Unit::Count,
            ),
            (
                "logs: peak of anonymous memory",
                Some(Target::AtMost(200e6)),
                "/process/memory_anonymous_peak_bytes",
                Unit::Memory,
            ),
            (
                "logs: acknowledgement, p99",
                None,
                "/acknowledgement_ms/p99",
                Unit::Millis,
            ),
        ];
        for (name, target, place, unit) in rows {
            self.row(name, target, figure(loaded, place)?, unit);
        }
        Ok(())
    }

    fn query_logs(&mut self, answers: &Value) -> Result<()> {
        for answer in answers.as_array().into_iter().flatten() {
            let name = answer["query"].as_str().context("a question has a name")?;
            let most = P50_MS_MAX.iter().find(|(of, _)| *of == name);
            let target = most.map(|(_, most)| Target::AtMost(*most));
            let p50 = figure(answer, "/answer_ms/p50")?;
            self.row(format!("logs: {name}, p50"), target, p50, Unit::Millis);
        }
        Ok(())
    }

    fn size_of_logs(&mut self, size: Size, sizes: &Value) -> Result<()> {
        let rows = figure(sizes, "/rows")?;
        let text = figure(sizes, "/columns/body")? / rows;
        let all = size.allocated_bytes() / rows;
        self.row("bytes on disk per log record", None, all, Unit::Bytes);
        self.row(
            "of these beyond the text, compressed",
            Some(Target::AtMost(BYTES_BEYOND_TEXT_MAX)),
            all - text,
            Unit::Bytes,
        );
        Ok(())
    }
}
