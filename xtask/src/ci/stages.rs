//! What each stage runs. A stage returns a note for the summary, or why it failed.

use std::ffi::OsStr;
use std::fs;

use anyhow::{Result, ensure};

use crate::checkout::Checkout;
use crate::ports;
use crate::shell::{Run, cargo};
use crate::workspace;

use super::machine::{self, Need};

/// Every file is formatted as `rustfmt.toml` says.
pub(crate) fn fmt() -> Result<String> {
    cargo(["fmt", "--all", "--check"]).run()?;
    Ok(String::new())
}

/// No target of any package has a warning.
pub(crate) fn clippy() -> Result<String> {
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets"];
    cargo(arguments.into_iter().chain(["--", "-D", "warnings"])).run()?;
    Ok(String::new())
}

/// The unit, integration and documentation tests of every package pass, and none is skipped.
pub(crate) fn test() -> Result<String> {
    let mut counts = TestCounts::default();
    cargo(["test", "--locked", "--workspace", "--no-fail-fast"])
        .run_with_lines(|line| counts.add(line))?;
    ensure!(
        counts.ignored == 0,
        "{} tests were ignored; a test that does not run is no test",
        counts.ignored
    );
    ensure!(counts.passed > 0, "not one test ran");
    Ok(format!("{} tests", counts.passed))
}

/// The README's first command ends well, and leaves nothing running.
pub(crate) fn demo() -> Result<String> {
    ports::ensure_free("the demo uses the usual ports")?;
    let checkout = Checkout::of_this()?;
    checkout.renew()?;
    cargo(["run", "--release", "--", "demo", "--yes", "--exit"])
        .within(&checkout.folder)
        .envs(checkout.environment())
        .run()?;
    ports::ensure_free("the demo has ended")?;
    let size = fs::metadata(checkout.target.join("release/clew"))?.len();
    Ok(format!("the binary has {} MB", size.div_ceil(1_000_000)))
}

/// A Python service between the client and reviews-api makes one trace with ours.
pub(crate) fn python() -> Result<String> {
    machine::provide(&Need {
        name: "Python with venv",
        check: &["python3", "-c", "import ensurepip, venv"],
        packages: &["python3", "python3-venv"],
    })?;
    let programs = ["-p", "clew", "-p", "client", "-p", "reviews-api"];
    cargo(["build", "--locked"].into_iter().chain(programs)).run()?;
    let target = workspace::metadata()?.target_directory;
    let arguments: [&OsStr; 5] = [
        "conformance/python/run.py".as_ref(),
        "--bin-dir".as_ref(),
        &target.join("debug").into_os_string(),
        "--venv".as_ref(),
        &target.join("python-venv").into_os_string(),
    ];
    Run::new("python3", arguments).run()?;
    Ok(String::new())
}

/// What all the `test result:` lines of a run add up to.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct TestCounts {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that were not run.
    pub(crate) ignored: u32,
}

impl TestCounts {
    /// Counts the line if it is a result.
    pub(crate) fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        self.passed += number_before(result, " passed");
        self.ignored += number_before(result, " ignored");
    }
}

/// The number that stands right before `word`, or 0.
fn number_before(text: &str, word: &str) -> u32 {
    let Some((before, _)) = text.split_once(word) else {
        return 0;
    };
    let number = before.rsplit(' ').next().unwrap_or(before);
    number.parse().unwrap_or(0)
}
