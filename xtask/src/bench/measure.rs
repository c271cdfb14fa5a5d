//! Takes the figures: one load of spans serves all benches but that of log records.

mod logs;

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Bench;
use super::backend::{BackendProcess, Ports};
use super::disk::{self, Size, SyncTimes};
use super::loadgen::Loadgen;
use super::row::{Row, Target, Unit};
use crate::{shell, workspace};

/// What was measured.
pub(super) struct Measured {
    pub(super) rows: Vec<Row>,
    pub(super) raw: Value,
}

/// Builds what is needed, loads a fresh backend and takes the figures of these benches.
pub(super) fn run(benches: &[Bench], spans: u64, batch_delay: &str) -> Result<Measured> {
    let target = workspace::metadata()?.target_directory;
    build()?;
    let binaries = target.join("release");
    let loadgen = Loadgen::new(&binaries);
    let clew = binaries.join("clew");
    let folder = tempfile::tempdir_in(&target).context("the build folder takes no data")?;
    let data = folder.path().join("data");

    let mut measured = Measured {
        rows: Vec::new(),
        raw: json!({}),
    };
    if benches.contains(&Bench::Ingest) {
        measured.sync_times(&disk::sync_times(folder.path())?);
    }
    if benches.contains(&Bench::Logs) {
        let data = folder.path().join("logs");
        measured.logs(&loadgen, &clew, &data, spans)?;
    }
    if benches == [Bench::Logs] {
        return Ok(measured);
    }
    let backend = BackendProcess::start(&clew, &data)?;
    let loaded = loadgen.load(&backend, spans, batch_delay)?;
    if benches.contains(&Bench::Ingest) {
        measured.ingest(&loaded)?;
    }
    if benches.contains(&Bench::Query) {
        measured.query(loadgen.query(&backend, spans, &loaded)?)?;
    }
    backend.stop()?;
    if benches.contains(&Bench::Query) {
        // What no endpoint asks.
        measured.ask(example("ask", &data)?)?;
    }
    if benches.contains(&Bench::Size) {
        measured.size(Size::of(&data)?, &loaded)?;
    }
    if benches.contains(&Bench::Open) {
        measured.open(&loadgen, &clew, &folder.path().join("empty"), &data)?;
    }
    Ok(measured)
}

pub(super) fn build() -> Result<()> {
    let packages = ["--package", "clew", "--package", "clew-loadgen"];
    let arguments = ["build", "--release", "--locked"];
    shell::cargo(arguments.iter().chain(&packages)).read()?;
    Ok(())
}

/// What this example of the store prints of a directory.
fn example(name: &str, dir: &Path) -> Result<Value> {
    let run = ["run", "--release", "--locked", "--quiet", "--example"];
    let arguments = [name, "--package", "clew-store-local", "--"];
    let arguments = run.iter().chain(&arguments).map(OsStr::new);
    let printed = shell::cargo(arguments.chain([dir.as_os_str()])).read()?;
    serde_json::from_str(&printed).with_context(|| format!("the example `{name}` prints no JSON"))
}

impl Measured {
    fn sync_times(&mut self, times: &SyncTimes) {
        self.raw["fdatasync_ms"] = json!(times);
        let rows = [("p50", times.p50), ("p99", times.p99), ("max", times.max)];
        for (name, figure) in rows {
            self.row(
                format!("bare fdatasync of this disk, {name}"),
                None,
                figure,
                Unit::Millis,
            );
        }
    }

    fn ingest(&mut self, loaded: &Value) -> Result<()> {
        const MEMORY_MAX: f64 = 200e6;
        let rows = [
            (
                "spans per CPU-second",
                Some(Target::AtLeast(500_000.0)),
                "/process/spans_per_cpu_second",
                Unit::Count,
            ),
            (
                "spans a second, 4 connections",
                Some(Target::AtLeast(300_000.0)),
                "/spans_per_second",
                Unit::Count,
            ),
            (
                "peak of anonymous memory",
                Some(Target::AtMost(MEMORY_MAX)),
                "/process/memory_anonymous_peak_bytes",
                Unit::Memory,
            ),
            (
                "acknowledgement, p50",
                Some(Target::AtMost(5.0)),
                "/acknowledgement_ms/p50",
                Unit::Millis,
            ),
            (
                "acknowledgement, p99",
                Some(Target::AtMost(20.0)),
                "/acknowledgement_ms/p99",
                Unit::Millis,
            ),
            (
                "acknowledgement, p99.9",
                Some(Target::AtMost(100.0)),
                "/acknowledgement_ms/p99_9",
                Unit::Millis,
            ),
            (
                "acknowledgement, max",
                None,
                "/acknowledgement_ms/max",
                Unit::Millis,
            ),
        ];
        for (name, target, place, unit) in rows {
            self.row(name, target, figure(loaded, place)?, unit);
        }
        self.raw["load"] = loaded.clone();
        Ok(())
    }

    fn query(&mut self, answers: Value) -> Result<()> {
        const P50_MS_MAX: [(&str, f64); 7] = [
            ("trace by id", 1.5),
            ("missing id", 1.0),
            ("newest 20 of a service", 2.0),
            ("rare attribute value", 8.0),
            ("errors", 4.0),
            ("slower than 500 ms", 2.0),
            ("services", 2.0),
        ];
        for (name, most) in P50_MS_MAX {
            let answers = answers.as_array().into_iter().flatten();
            let answer = answers.into_iter().find(|answer| answer["query"] == name);
            let answer = answer.with_context(|| format!("`{name}` was not asked"))?;
            let (p50, p99) = (
                figure(answer, "/answer_ms/p50")?,
                figure(answer, "/answer_ms/p99")?,
            );
            self.row(
                format!("{name}, p50"),
                Some(Target::AtMost(most)),
                p50,
                Unit::Millis,
            );
            self.row(format!("{name}, p99"), None, p99, Unit::Millis);
        }
        self.raw["queries"] = answers;
        Ok(())
    }

    fn ask(&mut self, answers: Value) -> Result<()> {
        const PERCENTILES_MS_MAX: (&str, f64) = ("p99 by service over time", 25.0);
        for answer in answers.as_array().into_iter().flatten() {
            let name = answer["query"].as_str().context("a question has a name")?;
            let is_target = name == PERCENTILES_MS_MAX.0;
            let target = is_target.then_some(Target::AtMost(PERCENTILES_MS_MAX.1));
            let p50 = figure(answer, "/answer_ms/p50")?;
            self.row(format!("{name}, p50"), target, p50, Unit::Millis);
        }
        self.raw["asked"] = answers;
        Ok(())
    }

    fn size(&mut self, size: Size, loaded: &Value) -> Result<()> {
        let spans = figure(loaded, "/acknowledged_spans")?;
        let bytes = size.allocated_bytes() / spans;
        self.row(
            "bytes on disk per span",
            Some(Target::AtMost(36.0)),
            bytes,
            Unit::Bytes,
        );
        self.raw["size"] = json!(size);
        Ok(())
    }

    fn open(&mut self, loadgen: &Loadgen, clew: &Path, empty: &Path, data: &Path) -> Result<()> {
        let states = [
            ("empty", empty, 15.0, Some(Target::AtMost(14e6))),
            ("loaded", data, 100.0, None),
        ];
        for (state, data, ready_ms_max, memory) in states {
            let ports = Ports::free()?;
            let opened = loadgen.open(ports, &ports.command(clew, data))?;
            let ready = figure(&opened, "/ready_ms_p50")?;
            let resident = figure(&opened, "/memory_resident_bytes")?;
            let target = Some(Target::AtMost(ready_ms_max));
            self.row(
                format!("start to ready, {state}"),
                target,
                ready,
                Unit::Millis,
            );
            self.row(
                format!("memory at rest, {state}"),
                memory,
                resident,
                Unit::Memory,
            );
            self.raw["open"][state] = opened;
        }
        Ok(())
    }

    fn row(&mut self, name: impl Into<String>, target: Option<Target>, figure: f64, unit: Unit) {
        self.rows.push(Row::new(name.into(), target, figure, unit));
    }
}

/// The number at this place of a report.
pub(super) fn figure(report: &Value, place: &str) -> Result<f64> {
    let value = report.pointer(place).and_then(Value::as_f64);
    value.with_context(|| format!("clew-loadgen says nothing of {place}"))
}
