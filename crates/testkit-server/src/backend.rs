//! A backend within the test's own process.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use clew_server::{Listen, Listeners, Options, PerEndpoint, Server};
use clew_store::{LogStore, ReferenceStore, TraceStore};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server on free ports of loopback, which stops with the test.
#[derive(Debug)]
pub struct Backend {
    addresses: PerEndpoint<Vec<SocketAddr>>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

impl Backend {
    /// One that keeps traces in memory, with the usual limits.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start() -> Self {
        Self::start_with(Options::default(), Arc::new(ReferenceStore::new()))
    }

    /// One that keeps log records as well.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start_with_logs() -> Self {
        let store = Arc::new(ReferenceStore::new());
        let logs: Arc<dyn LogStore> = Arc::clone(&store) as _;
        Self::start_server(Options::default(), |listeners, options| {
            Server::new(listeners, options, store).with_logs(logs)
        })
    }

    /// One with these options and this store. It can be called from now on.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start_with(options: Options, store: Arc<dyn TraceStore>) -> Self {
        Self::start_server(options, |listeners, options| {
            Server::new(listeners, options, store)
        })
    }

    fn start_server(options: Options, make: impl FnOnce(Listeners, Options) -> Server) -> Self {
        let listeners = Listeners::bind(&Listen::Loopback, &PerEndpoint::FREE_PORTS)
            .expect("loopback has free ports");
        let server = make(listeners, options);
        let addresses = server.addresses();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.run(async {
            // A test that ends without stopping the backend drops the sender.
            let _ = stopped.await;
        }));
        Self {
            addresses,
            stop,
            serving,
        }
    }

    /// Where OTLP over gRPC is received.
    pub fn otlp_grpc(&self) -> SocketAddr {
        self.addresses.otlp_grpc[0]
    }

    /// Where OTLP over HTTP is received.
    pub fn otlp_http(&self) -> SocketAddr {
        self.addresses.otlp_http[0]
    }

    /// Where the query API and the UI are.
    pub fn http(&self) -> SocketAddr {
        self.addresses.http[0]
    }

    /// All addresses of all endpoints.
    pub fn addresses(&self) -> &PerEndpoint<Vec<SocketAddr>> {
        &self.addresses
    }

    /// Stops it and waits until the requests under way are answered.
    ///
    /// # Panics
    /// If the server ended with an error.
    pub async fn stop(self) {
        // It listens for as long as it runs; if it does not run, the next line tells why.
        let _ = self.stop.send(());
        self.serving
            .await
            .expect("the server does not panic")
            .expect("the server ends without an error");
    }
}
