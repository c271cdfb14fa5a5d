//! Programs of the workspace, run as their users run them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a service may take to listen, and to end; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service that runs in a process of its own until it is stopped or dropped.
pub struct Service {
    child: Child,
    url: String,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// What a service has left behind.
#[derive(Debug)]
pub struct Stopped {
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote, to both outputs.
    pub output: String,
}

impl Service {
    /// Starts a service, and waits until it says `listening on <url>`.
    ///
    /// # Panics
    /// If it does not.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().map(|pipe| follow(pipe, &output));
        let stderr = child.stderr.take().map(|pipe| follow(pipe, &output));
        let mut service = Self {
            child,
            url: String::new(),
            output,
            readers: stdout.into_iter().chain(stderr).collect(),
        };
        service.url = service.wait_for_output(|output| {
            let (_, after) = output.split_once("listening on ")?;
            let (url, _) = after.split_once('\n')?;
            Some(url.to_owned())
        });
        service
    }

    /// Where it listens: `http://localhost:8000`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All that it has written so far, to both outputs.
    pub fn output(&self) -> String {
        let output = self.output.lock();
        output.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until its output holds what `find` looks for.
    ///
    /// # Panics
    /// If that does not come within half a minute.
    pub fn wait_for_output<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            let output = self.output();
            if let Some(found) = find(&output) {
                return found;
            }
            assert!(
                Instant::now() < end,
                "it has written no more than:\n{output}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    ///
    /// # Panics
    /// If it has not ended within half a minute.
    pub fn stop(mut self) -> Stopped {
        let pid = i32::try_from(self.child.id()).ok();
        let pid = pid.and_then(rustix::process::Pid::from_raw);
        let pid = pid.expect("the id of a process");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .expect("the process is there");
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        Stopped {
            status,
            output: self.output(),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Appends the lines of a pipe as they come.
fn follow(pipe: impl Read + Send + 'static, output: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.push_str(&line);
            output.push('\n');
        }
    })
}
