//! A reader at a terminal: types what the pages say, and looks at the result.

#[cfg(test)]
mod tests;

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use super::compare;
use super::counts::Counts;
use super::edit;
use super::packages;
use super::page::{Action, Page, Step};
use super::process::ProcessGroup;
use crate::checkout::Checkout;
use crate::ports;
use crate::shell::{self, Run};

/// A command of the documentation may build the whole workspace first.
const COMMAND_SECONDS_MAX: u64 = 30 * 60;

/// How long spans may take to arrive: most SDKs send them 5 s after their end.
const TRACE_ARRIVES_MAX: Duration = Duration::from_secs(30);

/// How wide the reader's terminal is.
const COLUMNS: &str = "100";

/// Variables of whoever runs this that would change what the reader sees.
const FOREIGN: [&str; 7] = [
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_TERM_",
    "CLEW_",
    "OTEL_",
    "RUST_",
    "XDG_",
];

/// A terminal, and the others that run something in the background.
pub(super) struct Session<'a> {
    checkout: &'a Checkout,
    running: Vec<Running>,
    counts: Counts,
}

struct Running {
    name: Option<String>,
    command: String,
    process: ProcessGroup,
}

impl<'a> Session<'a> {
    /// Opens a terminal in the copy of the checkout.
    pub(super) fn start(checkout: &'a Checkout) -> Result<Self> {
        ports::ensure_free("the documentation uses the usual ports")?;
        Ok(Self {
            checkout,
            running: Vec::new(),
            counts: Counts::default(),
        })
    }

    /// Does all that the page says.
    pub(super) fn run(&mut self, page: &Page) -> Result<()> {
        for step in &page.steps {
            self.do_step(step)
                .with_context(|| format!("{}:{}", page.path, step.line))?;
        }
        Ok(())
    }

    /// Stops what still runs; says what has become of the commands.
    pub(super) fn end(mut self) -> Result<Counts> {
        self.stop_all()?;
        ports::ensure_free("the pages have stopped all that they started")?;
        Ok(self.counts)
    }

    fn stop_all(&mut self) -> Result<()> {
        while let Some(running) = self.running.pop() {
            running.process.interrupt().context(running.command)?;
        }
        Ok(())
    }

    fn do_step(&mut self, step: &Step) -> Result<()> {
        if let Some(missing) = step.needs.iter().find(|program| !is_installed(program)) {
            if let Action::Command { command, .. } | Action::Background { command, .. } =
                &step.action
            {
                println!("  skipped, since there is no {missing}: $ {command}");
                self.counts.skip(missing);
            }
            return Ok(());
        }
        match &step.action {
            Action::Command {
                command,
                shown,
                exit,
            } => self.type_command(command, shown, *exit),
            Action::Background {
                command,
                shown,
                name,
            } => self.start_in_background(command, shown, name.as_deref()),
            Action::Stop { names } => names.iter().try_for_each(|name| {
                ensure!(self.stop(name)?, "nothing runs under the name {name}");
                println!("  Ctrl-C for {name}");
                Ok(())
            }),
            Action::Write { file, text } => self.write(file, text),
            Action::FindTrace { service } => find_trace(service),
            Action::Edit { file, diff } => self.edit(file, diff),
        }
    }

    fn type_command(&mut self, command: &str, shown: &[String], exit: i32) -> Result<()> {
        println!("  $ {command}");
        self.counts.run += 1;
        let started = Instant::now();
        let output = self.checkout.home.join("output");
        let mut process = ProcessGroup::start(self.shell(command), TYPED, &output)?;
        let status = process.wait(Duration::from_secs(COMMAND_SECONDS_MAX));
        let printed = process.output()?;
        let status = status.with_context(|| printed.clone())?;
        // Empty lines at the end are not shown either.
        let lines: Vec<_> = printed.trim_end().lines().collect();
        ensure!(
            status.code() == Some(exit),
            "`{command}` ended with {status}, not with {exit}; it printed:\n{printed}"
        );
        ensure!(
            compare::fits(shown, &lines),
            "`{command}` prints something else than shown:\n{}",
            compare::diff(shown, &lines)
        );
        process.finish().with_context(|| format!("`{command}`"))?;
        println!("    as shown, {:.1} s", started.elapsed().as_secs_f64());
        Ok(())
    }

    fn start_in_background(
        &mut self,
        command: &str,
        shown: &[String],
        name: Option<&str>,
    ) -> Result<()> {
        if let Some(name) = name {
            self.stop(name)?;
        }
        println!("  $ {command} (in the background)");
        self.counts.run += 1;
        let output = self
            .checkout
            .home
            .join(format!("output-{}", self.counts.run));
        let mut process = ProcessGroup::start(self.shell(command), BACKGROUND, &output)?;
        let ended = process.wait_until(Duration::from_secs(COMMAND_SECONDS_MAX), |process| {
            let printed = process.output()?;
            let lines: Vec<_> = printed.lines().collect();
            Ok(compare::has_appeared(shown, &lines))
        });
        let printed = process.output()?;
        let lines: Vec<_> = printed.lines().collect();
        let difference = || anyhow!("{}", compare::diff(shown, &lines));
        if let Some(status) = ended.with_context(difference)? {
            return Err(difference()).with_context(|| format!("`{command}` ended ({status})"));
        }
        self.running.push(Running {
            name: name.map(str::to_owned),
            command: command.to_owned(),
            process,
        });
        Ok(())
    }

    /// Ends what runs under this name; whether anything did.
    fn stop(&mut self, name: &str) -> Result<bool> {
        let same = |running: &Running| running.name.as_deref() == Some(name);
        let Some(at) = self.running.iter().position(same) else {
            return Ok(false);
        };
        let running = self.running.remove(at);
        running.process.interrupt().context(running.command)?;
        Ok(true)
    }

    /// Writes a file as the terminal would: in the folder that the command before has left.
    fn write(&self, file: &str, text: &str) -> Result<()> {
        let output = self.checkout.home.join("output");
        let mut shell = self.shell(r#"printf %s "$TEXT" >"$FILE"; unset TEXT FILE"#);
        shell.env("TEXT", text).env("FILE", file);
        let mut process = ProcessGroup::start(shell, TYPED, &output)?;
        let status = process.wait(Duration::from_secs(COMMAND_SECONDS_MAX))?;
        let printed = process.output()?;
        ensure!(
            status.success() && printed.is_empty(),
            "{file} cannot be written: {printed}"
        );
        println!("  wrote {file}");
        process.finish()
    }

    fn edit(&self, file: &str, diff: &[String]) -> Result<()> {
        let path = self.checkout.folder.join(file);
        let text = fs::read_to_string(&path).with_context(|| file.to_owned())?;
        let edited = edit::apply(&text, diff).map_err(|problem| anyhow!("{file}: {problem}"))?;
        fs::write(&path, edited)?;
        println!("  edited {file}");
        Ok(())
    }

    /// A shell that knows nothing of whoever runs this, but for where Rust is.
    fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("bash");
        shell::forget(&mut shell, &FOREIGN);
        shell
            .current_dir(&self.checkout.folder)
            .envs(self.checkout.environment())
            .envs(packages::environment(self.checkout))
            .env("STATE", self.checkout.home.join("state"))
            .env("TYPED", command)
            .env("CARGO_TERM_QUIET", "true")
            .env("COLUMNS", COLUMNS)
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("TERM", "dumb");
        shell
    }
}

/// Whether a command of this name would be found.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Waits until the backend has a trace of the service.
fn find_trace(service: &str) -> Result<()> {
    let started = Instant::now();
    while !has_trace(service)? {
        ensure!(
            started.elapsed() < TRACE_ARRIVES_MAX,
            "after {} s Clew has no trace of {service}",
            TRACE_ARRIVES_MAX.as_secs()
        );
        thread::sleep(Duration::from_millis(100));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("    Clew has a trace of {service}, {seconds:.1} s");
    Ok(())
}

fn has_trace(service: &str) -> Result<bool> {
    let url = format!("http://localhost:16686/api/traces?service={service}");
    let answer = Run::new("curl", ["--silent", "--show-error", "--fail", &url]).read()?;
    let answer: serde_json::Value = serde_json::from_str(&answer)?;
    let traces = answer["data"].as_array().context("the answer has data")?;
    Ok(!traces.is_empty())
}

/// Runs what is typed, in the folder and with the variables that the command before has left.
const TYPED: &str = r#"
typed=$TYPED state=$STATE
unset TYPED STATE
[ ! -e "$state" ] || . "$state"
eval "$typed"
status=$?
{ declare -px; printf 'cd %q\n' "$PWD"; } >"$state"
exit $status
"#;

/// Runs what is typed in a new terminal.
const BACKGROUND: &str = r#"
typed=$TYPED
unset TYPED STATE
(trap - INT; eval "$typed")
"#;
