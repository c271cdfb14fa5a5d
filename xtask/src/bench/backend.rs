//! A backend to measure: `clew serve`, built for release, on ports of its own.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long it may take to come up, and to stop.
const PATIENCE: Duration = Duration::from_mins(2);

/// The ports of a backend.
#[derive(Clone, Copy)]
pub(super) struct Ports {
    pub(super) otlp_grpc: u16,
    otlp_http: u16,
    pub(super) http: u16,
}

impl Ports {
    /// Ports that nobody listens on.
    pub(super) fn free() -> Result<Self> {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        // All at the same time, so that they differ.
        let listeners = [listen()?, listen()?, listen()?];
        let port =
            |listener: &TcpListener| Ok::<u16, std::io::Error>(listener.local_addr()?.port());
        Ok(Self {
            otlp_grpc: port(&listeners[0])?,
            otlp_http: port(&listeners[1])?,
            http: port(&listeners[2])?,
        })
    }

    /// The command that serves on them.
    pub(super) fn command(self, clew: &Path, data: &Path) -> Vec<OsString> {
        let mut command = vec![
            clew.into(),
            "serve".into(),
            "--data-dir".into(),
            data.into(),
        ];
        for (flag, port) in [
            ("--otlp-grpc-port", self.otlp_grpc),
            ("--otlp-http-port", self.otlp_http),
            ("--http-port", self.http),
        ] {
            command.extend([flag.into(), port.to_string().into()]);
        }
        command
    }
}

/// A backend that runs until it is dropped.
pub(super) struct BackendProcess {
    pub(super) ports: Ports,
    child: Child,
}

impl BackendProcess {
    /// Starts one, and waits until it answers.
    pub(super) fn start(clew: &Path, data: &Path) -> Result<Self> {
        Self::start_with(clew, data, &[])
    }

    /// The same with more arguments.
    pub(super) fn start_with(clew: &Path, data: &Path, more: &[&str]) -> Result<Self> {
        let ports = Ports::free()?;
        let mut command = ports.command(clew, data);
        command.extend(more.iter().map(Into::into));
        let child = Command::new(&command[0])
            .args(&command[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("`clew serve` cannot be started")?;
        let mut backend = Self { ports, child };
        let start = Instant::now();
        while !is_ready(ports.http) {
            if let Some(status) = backend.child.try_wait()? {
                bail!("`clew serve` ended at once: {status}");
            }
            if start.elapsed() > PATIENCE {
                bail!("`clew serve` does not come up");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(backend)
    }

    pub(super) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and waits until it has.
    pub(super) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                anyhow::ensure!(status.success(), "`clew serve` ended badly: {status}");
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("`clew serve` does not stop")
    }
}

impl Drop for BackendProcess {
    fn drop(&mut self) {
        // It has ended already unless something failed, and that is what matters then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; b"HTTP/1.1 200".len()];
        stream.read_exact(&mut status)?;
        Ok(status == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
