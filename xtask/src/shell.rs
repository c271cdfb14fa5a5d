//! Runs programs, and says what was run when one fails.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A program and its arguments, to be run in the folder of the checkout.
pub(crate) struct Run {
    command: Command,
}

/// The cargo that runs this chore.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    Run::new(cargo, arguments)
}

/// Variables that cargo sets for what it runs, and that are about this package. Build scripts that
/// look at them would run again, and all that depends on them would be built again.
const OF_CARGO: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

/// Takes the variables that start like this from the command's environment.
pub(crate) fn forget(command: &mut Command, starts: &[&str]) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if starts.iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
}

impl Run {
    /// The program with these arguments.
    pub(crate) fn new<S: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(workspace::root());
        forget(&mut command, &OF_CARGO);
        Self { command }
    }

    /// Runs it in this folder.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets environment variables.
    pub(crate) fn envs(mut self, variables: Vec<(&str, OsString)>) -> Self {
        self.command.envs(variables);
        self
    }

    /// Runs it with its output where ours goes.
    pub(crate) fn run(mut self) -> Result<()> {
        println!("$ {}", self.shown());
        let status = self.command.status().with_context(|| self.missing())?;
        self.check(status)
    }

    /// Runs it, shows its output, and hands each line of its standard output to `each` too.
    pub(crate) fn run_with_lines(mut self, mut each: impl FnMut(&str)) -> Result<()> {
        println!("$ {}", self.shown());
        self.command.stdout(Stdio::piped());
        let mut child = self.command.spawn().with_context(|| self.missing())?;
        let output = child.stdout.take().context("the output is a pipe")?;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            each(&line);
        }
        let status = child.wait()?;
        self.check(status)
    }

    /// Runs it and returns its standard output; the rest goes where ours goes.
    pub(crate) fn read(mut self) -> Result<String> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        let output = self.command.output().with_context(|| self.missing())?;
        self.check(output.status)?;
        String::from_utf8(output.stdout).context("the output is not UTF-8")
    }

    /// Whether it can be started and ends well; it says nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.status().is_ok_and(|status| status.success())
    }

    fn check(&self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        bail!("`{}` failed: {status}", self.shown())
    }

    fn missing(&self) -> String {
        format!("`{}` cannot be started", self.shown())
    }

    /// The command as one would type it; the program without its folder.
    fn shown(&self) -> String {
        let program = Path::new(self.command.get_program());
        let program = program.file_name().unwrap_or(program.as_os_str());
        let words = std::iter::once(program).chain(self.command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }
}
