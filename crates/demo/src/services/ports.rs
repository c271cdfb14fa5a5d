//! The ports that the demo needs.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use crate::ServicePorts;
use crate::services::{BANDS_API, REVIEWS_API};

/// Somebody else listens on a port that the demo needs.
#[derive(Debug, thiserror::Error)]
#[error("port {port}, which {user} needs, is taken: choose another one with {flag}, or 0 for any")]
pub struct PortTaken {
    port: u16,
    user: &'static str,
    flag: &'static str,
}

/// Fails if somebody else listens on the port.
pub(crate) fn ensure_free(
    port: u16,
    user: &'static str,
    flag: &'static str,
) -> Result<(), PortTaken> {
    // 0 is any port that is free.
    if port != 0 && LOOPBACK.into_iter().any(|address| is_taken(address, port)) {
        return Err(PortTaken { port, user, flag });
    }
    Ok(())
}

const LOOPBACK: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

fn is_taken(address: IpAddr, port: u16) -> bool {
    let bound = TcpListener::bind((address, port));
    bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

impl ServicePorts {
    /// Fails if somebody else listens on one of them.
    pub(crate) fn ensure_free(self) -> Result<(), PortTaken> {
        ensure_free(self.bands_api, BANDS_API, "--bands-port")?;
        ensure_free(self.reviews_api, REVIEWS_API, "--reviews-port")
    }
}
