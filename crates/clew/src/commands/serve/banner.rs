//! What `clew serve` says once it is ready.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use anstream::println;
use clap::builder::styling::{AnsiColor, Effects, Style};
use clew_server::PerEndpoint;

const NAME: Style = AnsiColor::Cyan.on_default().effects(Effects::BOLD);
const URL: Style = Style::new().underline();
const DIM: Style = Style::new().dimmed();

/// Where everything is.
pub(crate) struct Banner {
    pub(super) addresses: PerEndpoint<Vec<SocketAddr>>,
    /// Some ports are not those that a reader expects, and a script needs to be told.
    pub(super) ports_were_picked: bool,
    /// `None` if nothing is kept.
    pub(super) data_dir: Option<PathBuf>,
}

impl Banner {
    pub(super) fn print(&self) {
        println!("{self}");
    }

    /// The ports that are listened to.
    pub(crate) fn ports(&self) -> PerEndpoint<u16> {
        PerEndpoint {
            otlp_grpc: port(&self.addresses.otlp_grpc),
            otlp_http: port(&self.addresses.otlp_http),
            http: port(&self.addresses.http),
        }
    }
}

impl fmt::Display for Banner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PerEndpoint {
            otlp_grpc,
            otlp_http,
            http,
        } = &self.addresses;
        writeln!(f, "{NAME}Clew{NAME:#} is ready.\n")?;
        for (label, addresses) in [
            ("Traces", http),
            ("OTLP over gRPC", otlp_grpc),
            ("OTLP over HTTP", otlp_http),
        ] {
            writeln!(f, "  {label:<16}{URL}{}{URL:#}", url(addresses))?;
        }
        match &self.data_dir {
            Some(data_dir) => writeln!(f, "  {:<16}{}", "Data", data_dir.display())?,
            None => writeln!(f, "  {:<16}in memory, gone when this ends", "Data")?,
        }
        write!(f, "\n{DIM}Ctrl-C stops it.{DIM:#}")?;
        if self.ports_were_picked {
            let PerEndpoint {
                otlp_grpc,
                otlp_http,
                http,
            } = self.ports();
            write!(
                f,
                "\nports: otlp-grpc={otlp_grpc} otlp-http={otlp_http} http={http}"
            )?;
        }
        Ok(())
    }
}

/// A URL that works on this machine.
fn url(addresses: &[SocketAddr]) -> String {
    let reachable_as_localhost =
        |address: &SocketAddr| address.ip().is_loopback() || address.ip().is_unspecified();
    match addresses.first() {
        Some(address) if !reachable_as_localhost(address) => format!("http://{address}"),
        _ => format!("http://localhost:{}", port(addresses)),
    }
}

/// The port, which is the same on all addresses of an endpoint.
fn port(addresses: &[SocketAddr]) -> u16 {
    addresses.first().map_or(0, SocketAddr::port)
}

#[cfg(test)]
mod tests;
