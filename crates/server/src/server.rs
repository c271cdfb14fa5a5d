//! The three endpoints at work, from their sockets to their shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clew_store::{LogStore, MemoryBudget, TraceStore};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::connection::{self, Connections};
use crate::host::{AllowedHosts, HostName};
use crate::listen::{Bound, Listeners};
use crate::{PerEndpoint, api, host, misdirected, receiver, ui};

/// How long requests under way may take after the server was told to stop. Docker and systemd
/// wait 10 s or more before they kill.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// For whom to serve, and how much.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Names by which the backend may be called on any of its ports, besides `localhost` and the
    /// addresses listened on. Any other is refused, so that no web page can read or write traces
    /// by pointing a name of its own at this machine (DNS rebinding).
    pub allowed_hosts: Vec<HostName>,
    /// What a client may ask for.
    pub limits: Limits,
    /// What requests and answers may take, together with whatever else counts against it.
    pub memory: MemoryBudget,
}

/// What a client may ask for, so that no request can take all (promise R1).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The size of a request, before decompression and after it.
    pub request_bytes_max: usize,
    /// The sizes of all requests that are worked on at the same time, together. A request that
    /// finds no room is told to come again.
    pub in_flight_bytes_max: usize,
    /// Connections at the same time on each endpoint. One that is idle gives way to a new one.
    pub connections_max: usize,
}

impl Limits {
    /// A hundred thousand spans of the usual size. What web frameworks allow by themselves, 2 and
    /// 4 MiB, is less than exporters send in the field.
    pub const REQUEST_BYTES_MAX: usize = 64 << 20;

    /// Room for two requests of the largest size with their decompressed twins.
    pub const IN_FLIGHT_BYTES_MAX: usize = 4 * Self::REQUEST_BYTES_MAX;

    /// Every exporter holds one or a few, so this is a fleet.
    pub const CONNECTIONS_MAX: usize = 2048;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes_max: Self::REQUEST_BYTES_MAX,
            in_flight_bytes_max: Self::IN_FLIGHT_BYTES_MAX,
            connections_max: Self::CONNECTIONS_MAX,
        }
    }
}

/// The backend: sockets, what answers on them, and the store behind.
pub struct Server {
    listeners: Listeners,
    options: Options,
    store: Arc<dyn TraceStore>,
    logs: Option<Arc<dyn LogStore>>,
}

impl Server {
    /// A server that will answer on these sockets from this store.
    pub fn new(listeners: Listeners, options: Options, store: Arc<dyn TraceStore>) -> Self {
        Self {
            listeners,
            options,
            store,
            logs: None,
        }
    }

    /// The same, with log records in this store; without one, their senders are told that they are not
    /// kept.
    #[must_use]
    pub fn with_logs(self, logs: Arc<dyn LogStore>) -> Self {
        Self {
            logs: Some(logs),
            ..self
        }
    }

    /// Where it listens, with the ports that were chosen where 0 was asked for.
    pub fn addresses(&self) -> PerEndpoint<Vec<SocketAddr>> {
        self.listeners.addresses()
    }

    /// Serves until `shutdown` completes, then lets the requests under way finish within a
    /// deadline of five seconds.
    ///
    /// # Errors
    /// The operating system has no room to watch the sockets.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let addresses = self.listeners.addresses();
        // Every endpoint is bound on all addresses.
        let hosts = AllowedHosts::new(&addresses.http, &self.options.allowed_hosts);
        let hosts = Arc::new(hosts);
        let receivers = host::guard(
            receiver::router(Arc::clone(&self.store), self.logs.clone(), &self.options),
            &hosts,
            receiver::refuse_host,
        );
        let (stop, stopped) = watch::channel(false);
        let memory = &self.options.memory;
        let api = api::router(self.store, self.logs, memory, stopped.clone());
        let queries = host::guard(queries(&addresses, api), &hosts, host::refuse_in_text);
        let PerEndpoint {
            otlp_grpc,
            otlp_http,
            http,
        } = self.listeners.into_bound();

        let connections_max = self.options.limits.connections_max;
        let mut loops = JoinSet::new();
        // Both OTLP ports answer both protocols: to mix up 4317 and 4318 is a common slip.
        for (sockets, router) in [
            (otlp_grpc, &receivers),
            (otlp_http, &receivers),
            (http, &queries),
        ] {
            // Each endpoint has connections of its own, so that exporters cannot shut out people.
            let connections = Connections::new(connections_max, stopped.clone());
            for Bound { socket, .. } in sockets {
                let socket = tokio::net::TcpListener::from_std(socket)?;
                loops.spawn(connection::accept(
                    socket,
                    router.clone(),
                    connections.clone(),
                ));
            }
        }

        shutdown.await;
        stop.send_replace(true);
        if tokio::time::timeout(SHUTDOWN_DEADLINE, finish(&mut loops))
            .await
            .is_err()
        {
            tracing::warn!("some requests did not finish in time and were cut off");
        }
        Ok(())
    }
}

fn queries(addresses: &PerEndpoint<Vec<SocketAddr>>, api: Router) -> Router {
    let router = ui::router(addresses)
        .nest("/api", api)
        // Which `nest` leaves out.
        .route("/api/", axum::routing::any(api::no_such_path))
        .route("/readyz", axum::routing::get(async || "ready\n"));
    misdirected::guard(router, addresses.ports())
}

async fn finish(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}
