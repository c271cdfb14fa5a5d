//! Programs of the workspace, run as their users run them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// From one look at a program to the next.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// A program in a process of its own, killed when it is dropped.
#[derive(Debug)]
pub struct RunningProgram {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    patience: Duration,
}

impl RunningProgram {
    /// Starts the command, without input. Its standard output is kept, and its standard error if
    /// the command makes a pipe of it. `patience` is how long each wait for it may take.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(command: &mut Command, patience: Duration) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().map(|pipe| follow(pipe, &output));
        let stderr = child.stderr.take().map(|pipe| follow(pipe, &output));
        Self {
            child,
            output,
            readers: stdout.into_iter().chain(stderr).collect(),
            patience,
        }
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All of its output so far that is kept.
    pub fn output(&self) -> String {
        let output = self.output.lock();
        output.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until its output holds what `find` looks for.
    ///
    /// # Panics
    /// If that takes too long, or the program ends before; what it wrote is in the message.
    pub fn wait_for_output<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        let end = Instant::now() + self.patience;
        loop {
            // Before the look at the output, which then is all that there will be.
            let has_ended = self.readers.iter().all(JoinHandle::is_finished);
            let output = self.output();
            if let Some(found) = find(&output) {
                return found;
            }
            assert!(!has_ended, "it ended, and wrote no more than:\n{output}");
            assert!(
                Instant::now() < end,
                "it has written no more than:\n{output}"
            );
            std::thread::sleep(LOOK_INTERVAL);
        }
    }

    /// Ends it as `kill -9` does, whatever it is at.
    ///
    /// # Panics
    /// If it has ended and was waited for.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Asks it to end, as a service manager does.
    ///
    /// # Panics
    /// If it has ended and was waited for.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to end, as Ctrl-C does.
    ///
    /// # Panics
    /// If it has ended and was waited for.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is there");
    }

    /// Waits until it has ended and all its output is read.
    ///
    /// # Panics
    /// If that takes too long; what it wrote is in the message.
    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + self.patience;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.output());
            std::thread::sleep(LOOK_INTERVAL);
        };
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        status
    }
}

impl Drop for RunningProgram {
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
