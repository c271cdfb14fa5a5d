//! A listener at both loopback addresses.

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::stop_signal;

/// How often a free port is looked for that is free at both addresses.
const FREE_PORT_TRIES: usize = 16;

/// How long open requests may take once the process is asked to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Listens at both loopback addresses, 127.0.0.1 and ::1, because `localhost` means either.
///
/// A machine without IPv6 is listened to at 127.0.0.1 alone.
#[derive(Debug)]
pub struct Loopback {
    v4: TcpListener,
    v6: Option<TcpListener>,
}

/// Why a port cannot be listened to.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else listens there.
    #[error("port {port} is taken at {address}: choose another one with --port, or 0 for any")]
    Taken {
        /// The port that was asked for.
        port: u16,
        /// The address at which it is taken.
        address: IpAddr,
    },
    /// The system refuses, for a reason of its own.
    #[error("cannot listen to port {port} at {address}: choose another one with --port ({source})")]
    Refused {
        /// The port that was asked for.
        port: u16,
        /// The address at which it is refused.
        address: IpAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl Loopback {
    /// Listens to `port`, or to any free one if it is 0.
    ///
    /// # Errors
    /// If the port is taken or the system refuses it; the message names the flag `--port`.
    pub async fn bind(port: u16) -> Result<Self, BindError> {
        if port != 0 {
            return Self::bind_both(port).await;
        }
        let mut tries = 1;
        loop {
            match Self::bind_both(0).await {
                // The port is free at one address and taken at the other: take another one.
                Err(BindError::Taken { .. }) if tries < FREE_PORT_TRIES => tries += 1,
                done => return done,
            }
        }
    }

    async fn bind_both(port: u16) -> Result<Self, BindError> {
        let v4 = listen(Ipv4Addr::LOCALHOST.into(), port).await?;
        let port = v4.local_addr().map_or(port, |address| address.port());
        let v6 = match listen(Ipv6Addr::LOCALHOST.into(), port).await {
            Ok(listener) => Some(listener),
            Err(taken @ BindError::Taken { .. }) => return Err(taken),
            // 127.0.0.1 works and ::1 does not: this machine is without IPv6.
            Err(BindError::Refused { .. }) => None,
        };
        Ok(Self { v4, v6 })
    }

    /// Answers requests with `app` until somebody asks the process to stop, and then those that are
    /// still open, for ten seconds at most. The address of a caller stands in a request's
    /// extensions, as axum's `ConnectInfo`.
    ///
    /// # Errors
    /// If the system fails the listener.
    pub async fn serve(self, app: Router) -> io::Result<()> {
        let (stop, stopped) = watch::channel(());
        let serve = |listener| {
            let service = app
                .clone()
                .into_make_service_with_connect_info::<SocketAddr>();
            let mut stopped = stopped.clone();
            axum::serve(listener, service)
                // An error says that the sender is gone, which is the sign.
                .with_graceful_shutdown(async move { drop(stopped.changed().await) })
                .into_future()
        };
        let v6 = self.v6.map(serve);
        let both = async {
            tokio::try_join!(serve(self.v4), async {
                match v6 {
                    Some(v6) => v6.await,
                    None => Ok(()),
                }
            })
        };
        let patience = async {
            // One signal for both listeners: neither must miss it.
            stop_signal().await;
            drop(stop);
            tokio::time::sleep(STOP_WITHIN).await;
        };
        tokio::select! {
            served = both => served.map(drop),
            () = patience => Ok(()),
        }
    }

    /// Where it listens, for a caller on this machine: `http://localhost:8000`.
    ///
    /// # Errors
    /// If the system does not know the port, which does not happen to a socket that is bound.
    pub fn url(&self) -> io::Result<String> {
        let port = self.v4.local_addr()?.port();
        Ok(format!("http://localhost:{port}"))
    }
}

async fn listen(address: IpAddr, port: u16) -> Result<TcpListener, BindError> {
    let bound = TcpListener::bind((address, port)).await;
    bound.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken { port, address },
        _ => BindError::Refused {
            port,
            address,
            source,
        },
    })
}
