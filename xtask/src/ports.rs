//! The ports that Clew and its demo use unless told otherwise.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Result, ensure};

/// OTLP over gRPC and HTTP, bands-api, reviews-api, the query API and the UI.
const PORTS: [u16; 5] = [4317, 4318, 8000, 8080, 16686];

/// Fails if anybody listens on one of them, with `why` that matters.
pub(crate) fn ensure_free(why: &str) -> Result<()> {
    let taken: Vec<_> = PORTS.into_iter().filter(|&port| is_taken(port)).collect();
    ensure!(
        taken.is_empty(),
        "{why}, and something listens on port {}: stop it first (`ss -tlnp` shows what it is)",
        taken
            .iter()
            .map(u16::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    );
    Ok(())
}

fn is_taken(port: u16) -> bool {
    let addresses: [SocketAddr; 2] = [
        (Ipv4Addr::LOCALHOST, port).into(),
        (Ipv6Addr::LOCALHOST, port).into(),
    ];
    addresses.iter().any(|address| {
        let error = TcpListener::bind(address).err();
        // A machine without IPv6 has nobody listening there.
        error.is_some_and(|error| error.kind() == ErrorKind::AddrInUse)
    })
}
