//! Runs what a reader types, in a process group of its own, so that nothing of it is left behind.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anyhow::{Context, Result, bail};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// What the shell does before the script. A watch beside it ends the whole group when the other
/// end of its input closes, because this program is gone. The shell itself outlives Ctrl-C, so that
/// it can tell what the script's last command made of it, and takes the watch along when it ends.
const BEFORE: &str = r"
{
  trap '' TERM
  read -r _
  kill -TERM 0
  sleep 5
  kill -KILL 0
} 0<&0 >/dev/null 2>&1 &
watch=$!
exec </dev/null
trap : INT
trap 'trap - EXIT; exit 143' TERM
trap 'status=$?; kill -KILL $watch; wait $watch 2>/dev/null; exit $status' EXIT
";

/// How long a program may take to end after Ctrl-C. The demo's services flush their spans for at
/// most 5 s.
const STOP_SECONDS_MAX: u64 = 15;
/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A program that runs, with all that it starts.
pub(super) struct ProcessGroup {
    shell: Child,
    group: Pid,
    output: PathBuf,
}

impl ProcessGroup {
    /// Starts `shell`, which is bash, with this script; what it prints goes to the file `output`.
    pub(super) fn start(mut shell: Command, script: &str, output: &Path) -> Result<Self> {
        let file = File::create(output).with_context(|| output.display().to_string())?;
        shell
            .args(["--noprofile", "--norc", "-c", &format!("{BEFORE}{script}")])
            .stdin(Stdio::piped())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0);
        let shell = shell.spawn().context("bash cannot be started")?;
        Ok(Self {
            group: Pid::from_child(&shell),
            shell,
            output: output.to_owned(),
        })
    }

    /// What it has printed so far, without colours.
    pub(super) fn output(&self) -> Result<String> {
        let bytes = fs::read(&self.output)?;
        Ok(strip_str(&String::from_utf8_lossy(&bytes)).to_string())
    }

    /// Waits until it has ended or `done` is true; `None` is the latter.
    pub(super) fn wait_until(
        &mut self,
        deadline: Duration,
        mut done: impl FnMut(&Self) -> Result<bool>,
    ) -> Result<Option<ExitStatus>> {
        let started = Instant::now();
        loop {
            if done(self)? {
                return Ok(None);
            }
            if let Some(status) = self.shell.try_wait()? {
                return Ok(Some(status));
            }
            if started.elapsed() > deadline {
                bail!("it did not get there in {} s", deadline.as_secs());
            }
            thread::sleep(LOOK);
        }
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self, deadline: Duration) -> Result<ExitStatus> {
        let status = self.wait_until(deadline, |_| Ok(false))?;
        status.context("it runs")
    }

    /// Presses Ctrl-C, waits for its end, and makes sure that nothing is left of it.
    pub(super) fn interrupt(mut self) -> Result<()> {
        // It may have ended by itself in the meantime.
        let _ = kill_process_group(self.group, Signal::INT);
        self.wait(Duration::from_secs(STOP_SECONDS_MAX))
            .context("after Ctrl-C")?;
        self.finish()
    }

    /// Makes sure that a program that has ended left nothing running.
    pub(super) fn finish(self) -> Result<()> {
        let started = Instant::now();
        while test_kill_process_group(self.group) != Err(Errno::SRCH) {
            if started.elapsed() > Duration::from_secs(2) {
                bail!("it left a process running");
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if test_kill_process_group(self.group) != Err(Errno::SRCH) {
            let _ = kill_process_group(self.group, Signal::KILL);
        }
        let _ = self.shell.wait();
    }
}
