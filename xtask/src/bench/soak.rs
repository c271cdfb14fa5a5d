//! `cargo xtask soak`: load for minutes on a backend that must drop what is old.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use super::backend::BackendProcess;
use super::loadgen::Loadgen;
use super::measure::{build, figure};
use crate::workspace;

/// What is in flight when load ends, and what of a trace may have come before its neighbours: so many
/// spans after those that were dropped are not asked for.
const MARGIN: u64 = 200_000;

/// How long, and how much.
#[derive(Args)]
pub(crate) struct Options {
    /// For how many minutes
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    minutes: u64,

    /// How many spans a second
    #[arg(long, value_name = "COUNT", default_value_t = 50_000)]
    rate: u64,

    /// How much the data directory may take, as `clew serve --max-disk` has it
    #[arg(long, value_name = "SIZE", default_value = "512MiB")]
    max_disk: String,
}

/// Loads, and holds what is there afterwards against what was acknowledged.
pub(crate) fn run(options: &Options) -> Result<String> {
    let target = workspace::metadata()?.target_directory;
    build()?;
    let binaries = target.join("release");
    let (loadgen, clew) = (Loadgen::new(&binaries), binaries.join("clew"));
    let folder = tempfile::tempdir_in(&target).context("the build folder takes no data")?;
    let data = folder.path().join("data");
    let spans = options.minutes * 60 * options.rate;
    let bounds = ["--max-disk", &options.max_disk];

    let backend = BackendProcess::start_with(&clew, &data, &bounds)?;
    let rate = options.rate.to_string();
    let loaded = loadgen.load_with(&backend, spans, &["--rate", &rate])?;
    backend.stop()?;
    let dropped = dropped_spans(&data)?;
    let backend = BackendProcess::start_with(&clew, &data, &bounds)?;
    let skipped = if dropped == 0 { 0 } else { dropped + MARGIN };
    let kept = loadgen.check(&backend, spans, skipped, &loaded)?;
    backend.stop()?;

    print(options, &loaded, dropped, &kept)?;
    let missing = figure(&kept, "/missing_spans")?;
    ensure!(
        missing == 0.0,
        "{missing} spans are missing that were acknowledged and not dropped"
    );
    Ok("nothing is missing".to_owned())
}

/// How many spans the store has dropped, as its manifest says.
fn dropped_spans(data: &Path) -> Result<u64> {
    let manifest = std::fs::read_to_string(data.join("manifest"))?;
    let (_, body) = manifest
        .split_once('\n')
        .context("the manifest has no first line")?;
    let manifest: Value = serde_json::from_str(body)?;
    manifest["dropped_spans"]
        .as_u64()
        .context("the manifest does not say what was dropped")
}

fn print(options: &Options, loaded: &Value, dropped: u64, kept: &Value) -> Result<()> {
    println!(
        "{} spans in {:.0} s with --max-disk {}: {dropped} dropped",
        figure(loaded, "/acknowledged_spans")?,
        figure(loaded, "/seconds")?,
        options.max_disk
    );
    println!(
        "acknowledgement: p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, max {:.1} ms; {} sent again",
        figure(loaded, "/acknowledgement_ms/p50")?,
        figure(loaded, "/acknowledgement_ms/p99")?,
        figure(loaded, "/acknowledgement_ms/p99_9")?,
        figure(loaded, "/acknowledgement_ms/max")?,
        figure(loaded, "/retries")?
    );
    println!(
        "{:.0} spans a CPU-second; asked for {} traces with {} spans: {} missing",
        figure(loaded, "/process/spans_per_cpu_second")?,
        figure(kept, "/traces")?,
        figure(kept, "/spans")?,
        figure(kept, "/missing_spans")?
    );
    println!("{}", memory_over_time(loaded));
    Ok(())
}

/// The most anonymous memory of each part of a load, in MB.
pub(super) fn memory_over_time(loaded: &Value) -> String {
    /// Into so many parts a load is divided at the most.
    const PARTS: usize = 30;
    let seconds = loaded["process"]["memory_anonymous_over_time"].as_array();
    let seconds: Vec<u64> = seconds
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .collect();
    let each = seconds.len().div_ceil(PARTS).max(1);
    let parts = seconds.chunks(each).map(|part| {
        let bytes = part.iter().copied().max().unwrap_or(0);
        (bytes / 1_000_000).to_string()
    });
    let parts = parts.collect::<Vec<_>>().join(" ");
    format!("anonymous memory, the most of each {each} s, in MB: {parts}")
}
