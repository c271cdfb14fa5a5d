//! What `clew serve` says once it is ready.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;

use anstream::println;
use clap::builder::styling::{AnsiColor, Effects, Style};
use clew_server::PerEndpoint;

const NAME: Style = AnsiColor::Cyan.on_default().effects(Effects::BOLD);
const URL: Style = Style::new().underline();
const DIM: Style = Style::new().dimmed();
const WARNING: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);

/// Where everything is.
pub(crate) struct Banner {
    pub(super) addresses: PerEndpoint<Vec<SocketAddr>>,
    /// Some ports are not those that a reader expects, and a script needs to be told.
    pub(super) ports_were_picked: bool,
    /// `None` if nothing is kept.
    pub(super) data_dir: Option<PathBuf>,
    /// Where others reach this machine, as far as is known.
    pub(super) network_address: Option<IpAddr>,
}

impl Banner {
    pub(super) fn print(&self) {
        println!("{self}");
    }

    /// URLs that work: on this machine and, if others can reach it, on theirs.
    fn urls(&self, addresses: &[SocketAddr]) -> Vec<String> {
        let localhost = |port| format!("http://localhost:{port}");
        let mut urls = Vec::new();
        for address in addresses {
            let (ip, port) = (address.ip(), address.port());
            if ip.is_loopback() {
                urls.push(localhost(port));
            } else if ip.is_unspecified() {
                urls.push(localhost(port));
                let network_address = self.network_address;
                urls.extend(network_address.map(|ip| url(SocketAddr::new(ip, port))));
            } else {
                urls.push(url(*address));
            }
        }
        // Both loopback addresses are localhost.
        urls.dedup();
        urls
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
            for (index, url) in self.urls(addresses).iter().enumerate() {
                let label = if index == 0 { label } else { "" };
                writeln!(f, "  {label:<16}{URL}{url}{URL:#}")?;
            }
        }
        match &self.data_dir {
            Some(data_dir) => writeln!(f, "  {:<16}{}", "Data", data_dir.display())?,
            None => writeln!(f, "  {:<16}in memory, gone when this ends", "Data")?,
        }
        if !http.iter().all(|address| address.ip().is_loopback()) {
            writeln!(
                f,
                "\n{WARNING}warning:{WARNING:#} there is no password: anyone on the network can \
                 read and write"
            )?;
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

/// The address from which this machine would send to another network, which is most likely the one
/// that others reach it at; `None` without a network.
pub(super) fn network_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Only asks for the route: nothing is sent. The address is one for documentation.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// The port, which is the same on all addresses of an endpoint.
fn port(addresses: &[SocketAddr]) -> u16 {
    addresses.first().map_or(0, SocketAddr::port)
}

#[cfg(test)]
mod tests;
