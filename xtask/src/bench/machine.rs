//! What the figures were taken on.

use std::fmt;
use std::fs;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::shell::Run;

/// A machine at a time, and the code that ran on it.
#[derive(Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    memory_gb: u64,
    kernel: String,
    /// In UTC.
    date: String,
    /// With a plus if there were changes on top of it.
    commit: String,
}

impl Machine {
    /// This machine, now.
    pub(super) fn this() -> Result<Self> {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease");
        Ok(Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|_| "unknown CPU".to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            memory_gb: memory_gb()?,
            kernel: kernel.context("the benches need Linux")?.trim().to_owned(),
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            commit: commit()?,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu,
            cores,
            memory_gb,
            kernel,
            date,
            commit,
        } = self;
        write!(
            f,
            "{cores} cores of {cpu}, {memory_gb} GB, Linux {kernel}; {date}, commit {commit}"
        )
    }
}

/// The value of a line `name : value`.
fn field(path: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields
        .find(|(found, _)| found.trim() == name)
        .with_context(|| format!("{path} has no {name}"))?;
    Ok(value.trim().to_owned())
}

fn memory_gb() -> Result<u64> {
    let total = field("/proc/meminfo", "MemTotal")?;
    let kilobytes: u64 = total.trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024 / 1_000_000_000)
}

fn commit() -> Result<String> {
    let commit = Run::new("git", ["rev-parse", "--short", "HEAD"]).read()?;
    let changes = Run::new("git", ["status", "--porcelain", "--untracked-files=no"]).read()?;
    let mark = if changes.is_empty() { "" } else { "+" };
    Ok(format!("{}{mark}", commit.trim()))
}
