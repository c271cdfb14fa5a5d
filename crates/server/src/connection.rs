//! Connections: accepted, spoken to in HTTP/1.1 or HTTP/2, and closed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at the same time, on all endpoints together. Every exporter holds one or a few, so
/// this is a fleet; a process may usually open 1,024 files or many more.
const CONNECTIONS_MAX: usize = 4096;

/// How long a client may take to say its first word.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long an HTTP/1.1 connection may be idle between two requests, and how long the headers of
/// one may take: hyper times both as one. Clients drop idle connections themselves, the most of
/// them after 90 s or less; were the server first, a request could meet the end of its connection.
const IDLE_TIMEOUT: Duration = Duration::from_mins(2);

/// HTTP/2 sends so much of one request before it waits for leave to send more. The default of
/// 64 KiB would make a batch of a few hundred kilobytes wait several times.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;

/// The same for all requests of a connection together.
const CONNECTION_WINDOW_BYTES: u32 = 8 << 20;

/// Requests at the same time on one HTTP/2 connection.
const STREAMS_MAX: u32 = 256;

/// How often an HTTP/2 client that says nothing is asked whether it is still there.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// How long to wait after a failed accept: a process out of file descriptors should not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Connections {
    protocol: Arc<auto::Builder<TokioExecutor>>,
    permits: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl Connections {
    /// Connections that end when `stopped` turns true.
    pub(crate) fn new(stopped: watch::Receiver<bool>) -> Self {
        let mut protocol = auto::Builder::new(TokioExecutor::new());
        protocol
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE_TIMEOUT);
        protocol
            .http2()
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_concurrent_streams(STREAMS_MAX)
            .keep_alive_interval(KEEP_ALIVE_INTERVAL);
        Self {
            protocol: Arc::new(protocol),
            permits: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            stopped,
        }
    }

    /// The next connection, or `None` when it is time to stop.
    async fn next(&mut self, socket: &TcpListener) -> Option<(TcpStream, OwnedSemaphorePermit)> {
        loop {
            let accepted = async {
                // The semaphore is never closed, so the permit is always there in the end.
                let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
                socket.accept().await.map(|(stream, _)| (stream, permit))
            };
            let accepted = tokio::select! {
                accepted = accepted => accepted,
                () = stop(&mut self.stopped) => return None,
            };
            match accepted {
                Ok((stream, permit)) => return Some((stream, permit?)),
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Answers the requests of one connection until it ends, or until it is time to stop and the
    /// requests under way are answered.
    async fn serve(mut self, stream: TcpStream, router: Router) {
        let speaks = tokio::select! {
            speaks = speaks(&stream) => speaks,
            () = stop(&mut self.stopped) => false,
        };
        if !speaks {
            return;
        }
        let service = TowerToHyperService::new(router);
        let connection = self
            .protocol
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = stop(&mut self.stopped) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(error, "a connection ended early");
        }
    }
}

/// Waits until it is time to stop, which it also is when nobody is left to say so.
async fn stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|&stopped| stopped).await;
}

/// Accepts connections and answers them with `router` until it is time to stop and all are done.
pub(crate) async fn accept(socket: TcpListener, router: Router, mut connections: Connections) {
    let mut tasks = JoinSet::new();
    while let Some((stream, permit)) = connections.next(&socket).await {
        let serving = connections.clone().serve(stream, router.clone());
        tasks.spawn(async move {
            serving.await;
            drop(permit);
        });
        while let Some(ended) = tasks.try_join_next() {
            report_panic(ended);
        }
    }
    drop(socket);
    while let Some(ended) = tasks.join_next().await {
        report_panic(ended);
    }
}

/// Whether the client sends anything in time. Small answers go out at once from here on.
async fn speaks(stream: &TcpStream) -> bool {
    let first_byte = tokio::time::timeout(FIRST_BYTE_TIMEOUT, stream.readable()).await;
    matches!(first_byte, Ok(Ok(()))) && stream.set_nodelay(true).is_ok()
}

fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

fn report_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a fault of ours ended a connection");
    }
}

#[cfg(test)]
mod tests;
