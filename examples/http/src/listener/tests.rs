use std::net::{Ipv4Addr, Ipv6Addr};

use axum::routing::get;

use super::*;

async fn address_seen_by(url: &str) -> String {
    let response = crate::client(std::time::Duration::from_secs(5))
        .get(url)
        .send();
    response.await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn both_loopback_addresses_answer() {
    use axum::extract::ConnectInfo;

    let has_ipv6 = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let loopback = Loopback::bind(0).await.unwrap();
    let url = loopback.url().unwrap();
    let app = Router::new().route(
        "/",
        get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
    );
    tokio::spawn(loopback.serve(app));

    let port = url.rsplit(':').next().unwrap();
    assert_eq!(
        address_seen_by(&format!("http://127.0.0.1:{port}")).await,
        "127.0.0.1"
    );
    if has_ipv6 {
        assert_eq!(
            address_seen_by(&format!("http://[::1]:{port}")).await,
            "::1"
        );
    }
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Loopback::bind(port).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("port {port} is taken at 127.0.0.1: choose another one with --port, or 0 for any")
    );
}

#[tokio::test]
async fn a_port_that_is_taken_at_one_address_alone_is_taken() {
    let Ok(taken) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else {
        println!("a machine without IPv6 has one loopback address, and nothing to test here");
        return;
    };
    let port = taken.local_addr().unwrap().port();
    let error = Loopback::bind(port).await.unwrap_err();
    assert!(
        matches!(error, BindError::Taken { address, .. } if address.is_ipv6()),
        "{error}"
    );
}
