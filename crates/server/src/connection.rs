//! Connections: accepted, spoken to in HTTP/1.1 or HTTP/2, and closed.

mod opening;
mod pool;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use opening::Protocol;
use pool::{Activity, Pool, Seat, UnderWay};

/// How long a client may take until it has said which protocol it speaks.
const OPENING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be idle between two requests, and how long the headers of one may
/// take in HTTP/1.1: hyper times both as one. Clients drop idle connections themselves, the most of
/// them after 90 s or less; were the server first, a request could meet the end of its connection.
const IDLE_TIMEOUT: Duration = Duration::from_mins(2);

/// How long a connection that has to go may take to say so.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a client may take to read anything of an answer that is ready for it. Whoever looks at a
/// stopped terminal takes longer, and has to ask again.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How much of an answer waits in a connection for a client that reads slowly, and how large the
/// headers of a request may be.
const BUFFER_BYTES_MAX: usize = 128 << 10;

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

/// What is waited for, and how long.
#[derive(Debug, Clone, Copy)]
struct Timeouts {
    opening: Duration,
    idle: Duration,
    write: Duration,
}

/// What the connections of one endpoint share.
#[derive(Clone)]
pub(crate) struct Connections {
    http1: Arc<auto::Builder<TokioExecutor>>,
    http2: Arc<auto::Builder<TokioExecutor>>,
    timeouts: Timeouts,
    pool: Arc<Pool>,
    stopped: watch::Receiver<bool>,
}

impl Connections {
    /// At most so many connections, which end when `stopped` turns true.
    pub(crate) fn new(connections_max: usize, stopped: watch::Receiver<bool>) -> Self {
        let timeouts = Timeouts {
            opening: OPENING_TIMEOUT,
            idle: IDLE_TIMEOUT,
            write: WRITE_TIMEOUT,
        };
        Self::with_timeouts(connections_max, stopped, timeouts)
    }

    fn with_timeouts(
        connections_max: usize,
        stopped: watch::Receiver<bool>,
        timeouts: Timeouts,
    ) -> Self {
        let mut http1 = auto::Builder::new(TokioExecutor::new()).http1_only();
        http1
            .http1()
            .timer(TokioTimer::new())
            .max_buf_size(BUFFER_BYTES_MAX)
            .header_read_timeout(timeouts.idle);
        let mut http2 = auto::Builder::new(TokioExecutor::new()).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_concurrent_streams(STREAMS_MAX)
            .max_send_buf_size(BUFFER_BYTES_MAX)
            .keep_alive_interval(KEEP_ALIVE_INTERVAL);
        Self {
            http1: Arc::new(http1),
            http2: Arc::new(http2),
            timeouts,
            pool: Pool::new(connections_max),
            stopped,
        }
    }

    /// The next connection, or `None` when it is time to stop.
    async fn next(&mut self, socket: &TcpListener) -> Option<(TcpStream, Seat)> {
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
                () = stop(&mut self.stopped) => return None,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Some(seat) = self.pool.admit(peer.ip()) {
                        return Some((stream, seat));
                    }
                    tracing::debug!(%peer, "refused a connection, since all others are at work");
                }
                Err(error) if is_of_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    self.pool.evict_one();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Answers the requests of one connection until it ends, has to go, or it is time to stop and
    /// the requests under way are answered.
    async fn serve(mut self, mut stream: TcpStream, seat: &Seat, router: Router) {
        let activity = seat.activity();
        let opened = tokio::select! {
            opened = opening::read(&mut stream) => opened,
            () = activity.outstayed(self.timeouts.opening) => return,
            () = stop(&mut self.stopped) => return,
        };
        let (Ok(Some((protocol, start))), Ok(())) = (opened, stream.set_nodelay(true)) else {
            return;
        };
        let protocol = match protocol {
            Protocol::Http1 => &self.http1,
            Protocol::Http2 => &self.http2,
        };
        let io = TokioIo::new(opening::put_back(start, stream, self.timeouts.write));
        let service = TowerToHyperService::new(Watched {
            router,
            activity: Arc::clone(activity),
        });
        let mut connection = std::pin::pin!(protocol.serve_connection(io, service));
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = activity.outstayed(self.timeouts.idle) => {
                connection.as_mut().graceful_shutdown();
                let farewell = tokio::time::timeout(FAREWELL_TIMEOUT, connection);
                farewell.await.unwrap_or(Ok(()))
            }
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

/// A router that notes which requests are under way.
#[derive(Clone)]
struct Watched {
    router: Router,
    activity: Arc<Activity>,
}

impl<B> tower::Service<http::Request<B>> for Watched
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<WatchedBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let under_way = self.activity.begin();
        let request: Request = request.map(Body::new);
        let answer = tower::Service::call(&mut self.router, request);
        Box::pin(async move {
            let answer = answer.await?;
            Ok(answer.map(|body| WatchedBody {
                body,
                _under_way: under_way,
            }))
        })
    }
}

/// The body of an answer, whose request is under way until it is sent.
struct WatchedBody {
    body: Body,
    _under_way: UnderWay,
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Waits until it is time to stop, which it also is when nobody is left to say so.
async fn stop(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|&stopped| stopped).await;
}

/// Accepts connections and answers them with `router` until it is time to stop and all are done.
pub(crate) async fn accept(socket: TcpListener, router: Router, mut connections: Connections) {
    let mut tasks = JoinSet::new();
    while let Some((stream, seat)) = connections.next(&socket).await {
        let (connections, router) = (connections.clone(), router.clone());
        tasks.spawn(async move { connections.serve(stream, &seat, router).await });
        while let Some(ended) = tasks.try_join_next() {
            report_panic(ended);
        }
    }
    drop(socket);
    while let Some(ended) = tasks.join_next().await {
        report_panic(ended);
    }
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
        tracing::error!(%error, "the task of a connection panicked");
    }
}
