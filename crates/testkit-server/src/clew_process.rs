//! A backend in a process of its own: the built binary.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::RunningProgram;

/// How long it may take to be ready, and to end; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running `clew serve`, killed when it is dropped.
#[derive(Debug)]
pub struct ClewProcess {
    program: RunningProgram,
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
        let mut command = Command::new(binary.as_ref());
        command
            .arg("serve")
            .args(["--otlp-grpc-port=0", "--otlp-http-port=0", "--http-port=0"])
            .args(arguments);
        let program = RunningProgram::start(&mut command, PATIENCE);
        let (banner, ports) = program.wait_for_output(parse_banner);
        Self {
            program,
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
        self.program.id()
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
    pub fn kill(&self) {
        self.program.kill();
    }

    /// Asks it to end with SIGTERM, and waits until it has.
    ///
    /// # Panics
    /// If it does not end.
    pub fn terminate(mut self) -> ExitStatus {
        self.program.terminate();
        self.program.wait()
    }
}

/// The output up to the line `ports: otlp-grpc=1 otlp-http=2 http=3`, which comes last, and these
/// ports.
fn parse_banner(output: &str) -> Option<(String, [u16; 3])> {
    let start = output.find("ports: ")?;
    let end = start + output[start..].find('\n')? + 1;
    let line = &output[start..end];
    let ports = ["otlp-grpc=", "otlp-http=", "http="].map(|name| port(line, name));
    Some((output[..end].to_owned(), ports))
}

fn port(line: &str, name: &str) -> u16 {
    line.split_whitespace()
        .find_map(|word| word.strip_prefix(name)?.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {line:?}"))
}
