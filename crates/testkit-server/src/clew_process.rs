//! A backend in a process of its own: the built binary.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A running `clew serve`, killed when it is dropped.
#[derive(Debug)]
pub struct ClewProcess {
    child: Child,
    banner: String,
    ports: [u16; 3],
}

impl ClewProcess {
    /// Starts `clew serve` on free ports with these arguments, and waits until it is ready.
    ///
    /// `binary` is `env!("CARGO_BIN_EXE_clew")`, which only the tests of that crate can say.
    ///
    /// # Panics
    /// If it cannot be started, or ends before it is ready; what it said is in the message.
    pub fn start(binary: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let mut child = Command::new(binary.as_ref())
            .arg("serve")
            .args(["--otlp-grpc-port=0", "--otlp-http-port=0", "--http-port=0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let stdout = child.stdout.take().expect("the output is piped");
        let (banner, ports) = read_banner(BufReader::new(stdout));
        Self {
            child,
            banner,
            ports,
        }
    }

    /// What it said when it was ready.
    pub fn banner(&self) -> &str {
        &self.banner
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where OTLP over gRPC is received.
    pub fn otlp_grpc(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[0]).into()
    }

    /// Where OTLP over HTTP is received.
    pub fn otlp_http(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[1]).into()
    }

    /// Where the query API and the UI are.
    pub fn http(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[2]).into()
    }

    /// Ends it as `kill -9` does, whatever it is at.
    ///
    /// # Panics
    /// If it has ended by itself.
    pub fn kill(&self) {
        let process = Pid::from_child(&self.child);
        kill_process(process, Signal::KILL).expect("it can be sent a signal");
    }

    /// Asks it to end with SIGTERM, and waits until it has.
    ///
    /// # Panics
    /// If it has ended by itself.
    pub fn terminate(mut self) -> ExitStatus {
        let process = Pid::from_child(&self.child);
        kill_process(process, Signal::TERM).expect("it can be sent a signal");
        self.child.wait().expect("it can be waited for")
    }
}

impl Drop for ClewProcess {
    fn drop(&mut self) {
        // It may have ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads up to the line `ports: otlp-grpc=1 otlp-http=2 http=3`, which comes last.
fn read_banner(mut output: impl BufRead) -> (String, [u16; 3]) {
    let mut banner = String::new();
    loop {
        let line_start = banner.len();
        let read = output.read_line(&mut banner).expect("the output is text");
        assert_ne!(read, 0, "clew serve ended before it was ready: {banner}");
        if let Some(ports) = banner[line_start..].strip_prefix("ports: ") {
            let ports = ["otlp-grpc=", "otlp-http=", "http="].map(|name| port(ports, name));
            return (banner, ports);
        }
    }
}

fn port(line: &str, name: &str) -> u16 {
    line.split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {line:?}"))
}
