//! Over real sockets: what a stream does that was just accepted is the point of some of these.

use std::net::{Ipv4Addr, SocketAddr};

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::*;

const ANSWER: &str = "ready";

/// Long enough for a busy machine to do anything that is not meant to take long.
const SOON: Duration = Duration::from_secs(10);

/// More than the buffers of the system take on the way to a client that does not read.
const LARGE_BYTES: usize = 64 << 20;

/// Much longer than a test takes.
const NEVER: Duration = Duration::from_hours(1);

/// A server that stops with its test.
struct Server {
    address: SocketAddr,
    _running: watch::Sender<bool>,
}

async fn serve(connections_max: usize, opening: Duration, idle: Duration) -> Server {
    let timeouts = Timeouts {
        opening,
        idle,
        write: NEVER,
    };
    serve_with(connections_max, timeouts).await
}

async fn serve_with(connections_max: usize, timeouts: Timeouts) -> Server {
    let (running, stopped) = watch::channel(false);
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let connections = Connections::with_timeouts(connections_max, stopped, timeouts);
    let slow = async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        ANSWER
    };
    let router = Router::new()
        .route("/", get(async || ANSWER))
        .route("/slow", get(slow))
        .route("/large", get(async || vec![0; LARGE_BYTES]));
    tokio::spawn(accept(socket, router, connections));
    Server {
        address,
        _running: running,
    }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

async fn ask(client: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with(ANSWER) {
        let mut bytes = [0; 512];
        let read = tokio::time::timeout(SOON, client.read(&mut bytes)).await;
        let read = read.expect("there is an answer").unwrap();
        assert_ne!(read, 0, "closed after {answer:?}");
        answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
}

/// How long it takes until the server closes the connection, whatever it says before.
async fn closes_after(client: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    let mut rest = Vec::new();
    let end = tokio::time::timeout(SOON, client.read_to_end(&mut rest)).await;
    // Closed with bytes unread, the connection is reset.
    let _ = end.expect("it is closed");
    begin.elapsed()
}

/// Whether the server has closed the connection, or does so in a moment.
async fn is_closed(client: &mut TcpStream) -> bool {
    let end = tokio::time::timeout(Duration::from_millis(200), client.read(&mut [0])).await;
    end.is_ok_and(|read| read.unwrap_or_default() == 0)
}

#[tokio::test]
async fn a_client_that_does_not_say_what_it_speaks_is_left() {
    const OPENING: Duration = Duration::from_millis(300);
    // The server may have begun to count before this test did.
    const LEAST: Duration = Duration::from_millis(250);
    // And a busy machine may be late, but not by as much as the usual time for an opening.
    const MOST: Duration = Duration::from_secs(5);
    let server = serve(8, OPENING, NEVER).await;
    for start in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
        let mut client = server.connect().await;
        client.write_all(start).await.unwrap();

        let after = closes_after(&mut client).await;

        assert!((LEAST..MOST).contains(&after), "{start:?}: {after:?}");
    }
}

#[tokio::test]
async fn a_request_may_come_in_pieces() {
    let server = serve(8, NEVER, NEVER).await;
    let mut client = server.connect().await;
    for piece in [
        "P",
        "OST /",
        " HTTP/1.1\r\nhost: x\r\n",
        "connection: close\r\n\r\n",
    ] {
        client.write_all(piece.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_either_protocol() {
    const IDLE: Duration = Duration::from_millis(300);
    // The server may have begun to count before this test did.
    const LEAST: Duration = Duration::from_millis(250);
    let server = serve(8, NEVER, IDLE).await;
    let mut http1 = server.connect().await;
    ask(&mut http1, "/").await;
    let after = closes_after(&mut http1).await;
    assert!(
        (LEAST..IDLE + FAREWELL_TIMEOUT).contains(&after),
        "{after:?}"
    );

    let mut http2 = server.connect().await;
    let empty_settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    http2
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    http2.write_all(&empty_settings).await.unwrap();
    // hyper says goodbye in HTTP/2 and waits for an answer to it, up to the farewell's end.
    let after = closes_after(&mut http2).await;
    assert!(
        (LEAST..IDLE + 2 * FAREWELL_TIMEOUT).contains(&after),
        "{after:?}"
    );
}

#[tokio::test]
async fn a_request_under_way_is_not_idle() {
    let server = serve(8, NEVER, Duration::from_millis(200)).await;
    let mut client = server.connect().await;

    ask(&mut client, "/slow").await;
    // A connection that had to go would have taken its leave with that answer.
    ask(&mut client, "/").await;
}

#[tokio::test]
async fn silent_connections_give_way_to_one_that_speaks() {
    const CONNECTIONS_MAX: usize = 8;
    let server = serve(CONNECTIONS_MAX, NEVER, NEVER).await;
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        silent.push(server.connect().await);
    }

    ask(&mut server.connect().await, "/").await;

    let mut closed = 0;
    for client in &mut silent {
        closed += usize::from(is_closed(client).await);
    }
    // One peer may have six of the eight, so that it lost two before and one to who speaks.
    assert_eq!(closed, 3);
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_left() {
    let timeouts = Timeouts {
        opening: NEVER,
        idle: NEVER,
        write: Duration::from_millis(300),
    };
    let server = serve_with(8, timeouts).await;
    let mut client = server.connect().await;
    client
        .write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;

    let mut answer = Vec::new();
    // It ends early, or is reset.
    let _ = client.read_to_end(&mut answer).await;

    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(answer.len() < LARGE_BYTES, "{} bytes", answer.len());
}

#[tokio::test]
async fn a_client_that_reads_slowly_gets_all_of_its_answer() {
    let timeouts = Timeouts {
        opening: NEVER,
        idle: NEVER,
        write: Duration::from_secs(1),
    };
    let server = serve_with(8, timeouts).await;
    let mut client = server.connect().await;
    client
        .write_all(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut read = 0;
    let mut buffer = vec![0; 8 << 20];
    loop {
        match client.read(&mut buffer).await.unwrap() {
            0 => break,
            some => read += some,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(read > LARGE_BYTES, "{read} bytes");
}
