//! The end of a server.

use std::sync::Arc;

use bytes::Bytes;
use clew_server::Options;
use clew_testkit::{request_of, service, span};
use clew_testkit_server::{Backend, http_client};
use http::StatusCode;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::support::{GatedStore, PROTOBUF, post};

fn one_span() -> Bytes {
    request_of(&[span(&service("cart"), 1, 1)])
}

#[tokio::test]
async fn requests_under_way_are_answered_and_new_ones_are_not_taken() {
    let store = GatedStore::closed();
    let backend = Backend::start_with(Options::default(), Arc::clone(&store) as _);
    let address = backend.otlp_http();
    let headers = [("content-type", PROTOBUF)];
    let under_way =
        tokio::spawn(async move { post(address, "/v1/traces", &headers, one_span()).await });
    store.wait_for(1).await;

    let stopping = tokio::spawn(backend.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    store.gate.add_permits(1);

    assert_eq!(under_way.await.unwrap().status, StatusCode::OK);
    stopping.await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let backend = Backend::start();
    let client = http_client();
    let url = format!("http://{}/readyz", backend.http());
    client.get(&url).send().await.unwrap();
    let mut silent = TcpStream::connect(backend.http()).await.unwrap();
    // Connections are accepted in the order made, so after this one the silent one was.
    http_client().get(&url).send().await.unwrap();

    let stopping = tokio::time::timeout(std::time::Duration::from_secs(4), backend.stop());

    stopping.await.expect("nothing was under way");
    assert_eq!(silent.read(&mut [0]).await.unwrap_or_default(), 0);
    drop(client);
}
