//! What each stage runs. A stage returns a note for the summary, or why it failed.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::docs;
use crate::ports;
use crate::shell::{Run, cargo};
use crate::workspace;

use super::counts::TestCounts;
use super::machine::{self, Need};

const PYTHON: Need = Need {
    name: "Python with venv",
    check: &["python3", "-c", "import ensurepip, venv"],
    packages: &["python3", "python3-venv"],
};

const NODE: Need = Need {
    name: "Node.js with npm",
    check: &["npm", "--version"],
    packages: &["nodejs", "npm"],
};

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
    counts.ensure_all_ran()?;
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

/// What the documentation tells a reader to type does what it says.
pub(crate) fn docs() -> Result<String> {
    machine::provide(&Need {
        name: "curl",
        check: &["curl", "--version"],
        packages: &["curl"],
    })?;
    machine::provide(&PYTHON)?;
    machine::provide(&NODE)?;
    docs::run(&docs::Options::default())
}

/// The UI's types are sound, and its pages do in Chromium what they should.
pub(crate) fn browser() -> Result<String> {
    machine::provide(&NODE)?;
    machine::provide(&Need {
        name: "Chromium",
        check: &["chromium", "--version"],
        packages: &["chromium"],
    })?;
    let target = build_programs()?;
    let ui = workspace::root().join("ui");
    let npm = |arguments: &[&str]| Run::new("npm", arguments).within(&ui);
    npm(&["ci", "--no-audit", "--no-fund"]).run()?;
    npm(&["run", "check"]).run()?;
    let screenshots = target.join("ui-screenshots");
    let variables = vec![
        ("CLEW_BIN", target.join("debug/clew").into()),
        ("CLEW_SCREENSHOTS", screenshots.clone().into()),
    ];
    let mut counts = TestCounts::default();
    npm(&["test"])
        .envs(variables)
        .run_with_lines(|line| counts.add_node(line))?;
    counts.ensure_all_ran()?;
    Ok(format!(
        "{} tests, screenshots in {}",
        counts.passed,
        screenshots.display()
    ))
}

/// A Python service between the client and reviews-api makes one trace with ours, and what a Python
/// program logs is kept as it was said.
pub(crate) fn python() -> Result<String> {
    machine::provide(&PYTHON)?;
    let target = build_programs()?;
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

/// What a Node.js program logs is kept as it was said.
pub(crate) fn node() -> Result<String> {
    machine::provide(&NODE)?;
    let target = build_programs()?;
    let folder = workspace::root().join("conformance/node");
    let npm = |arguments: &[&str]| Run::new("npm", arguments).within(&folder);
    // What packages want to run when they are installed is of no use here.
    npm(&["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).run()?;
    let mut counts = TestCounts::default();
    npm(&["test"])
        .envs(vec![("CLEW_BIN", target.join("debug/clew").into())])
        .run_with_lines(|line| counts.add_node(line))?;
    counts.ensure_all_ran()?;
    Ok(format!("{} tests", counts.passed))
}

/// Builds what the stages start that test it from outside; returns cargo's build folder.
///
/// All programs at once: for some of them alone, cargo would choose other features of what they
/// share, and build that again.
fn build_programs() -> Result<PathBuf> {
    cargo(["build", "--locked", "--workspace", "--bins"]).run()?;
    Ok(workspace::metadata()?.target_directory)
}
