use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::*;

const ANSWER: &str = "ready";

/// Speaks HTTP/1.1 on a connection without a network, where the clock can be turned on.
fn connect() -> DuplexStream {
    let (client, server) = tokio::io::duplex(4096);
    let (_, stopped) = watch::channel(false);
    let router = Router::new().route("/", get(async || ANSWER));
    tokio::spawn(async move {
        let service = TowerToHyperService::new(router);
        let protocol = Connections::new(stopped).protocol;
        let connection = protocol.serve_connection(TokioIo::new(server), service);
        connection.await.map_err(|error| error.to_string())
    });
    client
}

async fn ask(client: &mut DuplexStream) {
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    while !answer.ends_with(ANSWER) {
        let mut bytes = [0; 512];
        let read = client.read(&mut bytes).await.unwrap();
        assert_ne!(read, 0, "closed after {answer:?}");
        answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_outlives_the_patience_of_clients() {
    let mut client = connect();
    ask(&mut client).await;

    tokio::time::sleep(Duration::from_secs(90)).await;

    ask(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_stays_idle_is_closed() {
    let mut client = connect();
    ask(&mut client).await;

    tokio::time::sleep(IDLE_TIMEOUT + Duration::from_secs(1)).await;

    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
}
