//! The sockets: which addresses and ports, and what to say when one is not to be had.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::{Endpoint, PerEndpoint};

/// On which addresses of this machine to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `127.0.0.1` and, where the machine has IPv6, `::1`, since `localhost` may mean either.
    Loopback,
    /// These, all of them; at least one.
    Addresses(Vec<IpAddr>),
}

/// The bound sockets of all endpoints. Clients can connect from now on; they are answered once a
/// [`Server`](crate::Server) runs on them.
#[derive(Debug)]
pub struct Listeners(PerEndpoint<Vec<Bound>>);

/// A socket, and the address that it was given.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) socket: TcpListener,
    pub(crate) address: SocketAddr,
}

/// Why an endpoint cannot be had on an address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program listens there.
    #[error("port {} on {} ({endpoint}) is taken by another program", address.port(), address.ip())]
    PortTaken {
        /// For which endpoint it was wanted.
        endpoint: Endpoint,
        /// Where.
        address: SocketAddr,
    },
    /// No interface of this machine has that address.
    #[error("this machine has no address {address}")]
    NoSuchAddress {
        /// The address.
        address: IpAddr,
    },
    /// The operating system refused for another reason.
    #[error("cannot listen on {address} ({endpoint})")]
    Io {
        /// For which endpoint it was wanted.
        endpoint: Endpoint,
        /// Where.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

/// How often to look for a port that is free on every address before giving up. A port that is
/// free on one and taken on the other is rare.
const FREE_PORT_TRIES: usize = 16;

impl Listeners {
    /// Binds every endpoint on every address, each endpoint with one port on all of them.
    ///
    /// # Errors
    /// The first endpoint that is not to be had, and why.
    pub fn bind(listen: &Listen, ports: &PerEndpoint<u16>) -> Result<Self, BindError> {
        Ok(Self(PerEndpoint {
            otlp_grpc: bind_endpoint(Endpoint::OtlpGrpc, listen, ports.otlp_grpc)?,
            otlp_http: bind_endpoint(Endpoint::OtlpHttp, listen, ports.otlp_http)?,
            http: bind_endpoint(Endpoint::Http, listen, ports.http)?,
        }))
    }

    /// The addresses bound, with the ports that were chosen where 0 was asked for.
    pub fn addresses(&self) -> PerEndpoint<Vec<SocketAddr>> {
        let addresses = |bound: &[Bound]| bound.iter().map(|bound| bound.address).collect();
        PerEndpoint {
            otlp_grpc: addresses(&self.0.otlp_grpc),
            otlp_http: addresses(&self.0.otlp_http),
            http: addresses(&self.0.http),
        }
    }

    pub(crate) fn into_bound(self) -> PerEndpoint<Vec<Bound>> {
        self.0
    }
}

fn bind_endpoint(endpoint: Endpoint, listen: &Listen, port: u16) -> Result<Vec<Bound>, BindError> {
    let mut tries = 1;
    loop {
        match bind_all(endpoint, listen, port) {
            Err(BindError::PortTaken { .. }) if port == 0 && tries < FREE_PORT_TRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

/// Binds the port on every address; 0 becomes, on the second, what it became on the first.
fn bind_all(endpoint: Endpoint, listen: &Listen, mut port: u16) -> Result<Vec<Bound>, BindError> {
    let mut all = Vec::new();
    for (ip, presence) in addresses(listen) {
        match (bind(endpoint, SocketAddr::new(ip, port)), presence) {
            (Ok(bound), _) => {
                port = bound.address.port();
                all.push(bound);
            }
            (Err(error), Presence::Optional) if !matches!(error, BindError::PortTaken { .. }) => {
                tracing::debug!(%error, "this address is left out");
            }
            (Err(error), _) => return Err(error),
        }
    }
    Ok(all)
}

/// Whether a machine without the address is in order.
#[derive(Clone, Copy)]
enum Presence {
    Required,
    Optional,
}

fn addresses(listen: &Listen) -> Vec<(IpAddr, Presence)> {
    match listen {
        Listen::Loopback => vec![
            (Ipv4Addr::LOCALHOST.into(), Presence::Required),
            // Containers often have no IPv6.
            (Ipv6Addr::LOCALHOST.into(), Presence::Optional),
        ],
        Listen::Addresses(addresses) => addresses
            .iter()
            .map(|&address| (address, Presence::Required))
            .collect(),
    }
}

fn bind(endpoint: Endpoint, address: SocketAddr) -> Result<Bound, BindError> {
    let bind = || {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        Ok(Bound { socket, address })
    };
    bind().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::PortTaken { endpoint, address },
        io::ErrorKind::AddrNotAvailable => BindError::NoSuchAddress {
            address: address.ip(),
        },
        _ => BindError::Io {
            endpoint,
            address,
            source,
        },
    })
}
